"""A calendar's facts as short phrases, the same in the terminal and on the page.

A timeline comes in, plain text goes out; escaping is the business of whoever writes it into something.
"""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from stream.decide.local_time import said_at
from stream.decide.phase_calendar import Calendar, Span, State
from stream.decide.policy import Policy
from stream.timeline.timeline import Timeline

_UNITS = {"Y": "year", "M": "month", "W": "week", "D": "day"}


def said_every(duration: str) -> str:
    """Give a duration in words.

    >>> said_every("P6M"), said_every("P1Y"), said_every("P1Y2W")
    ('6 months', 'year', '1 year 2 weeks')
    """
    words, count = [], ""
    for sign in duration.removeprefix("P"):
        if sign.isdigit():
            count += sign
        else:
            words += [counted(int(count), _UNITS[sign])] if int(count) else []
            count = ""
    return words[0].removeprefix("1 ") if len(words) == 1 else " ".join(words)


def counted(count: int, noun: str, plural: str = "") -> str:
    """Give a count with its noun."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def summary(timeline: Timeline) -> str:
    """Give what all policies come to in one line."""
    calendars = timeline.calendars
    return ", ".join(
        [
            counted(len(calendars), "policy", "policies"),
            f"{sum(calendar.in_force is not None for calendar in calendars)} in force",
            f"{sum(calendar.review_due for calendar in calendars)} due for review",
            f"{counted(sum(len(calendar.coming) for calendar in calendars), 'phase')} coming",
            f"{sum(span.retroactive for calendar in calendars for span in calendar.spans)} retroactive",
        ]
    )


def said_moments(timeline: Timeline) -> str:
    """Give the moments that were asked for."""
    on, known_on = (said_at(each.micros, timeline.zone) for each in (timeline.on, timeline.known_on))
    known = "as known then" if known_on == on else f"as known on {known_on}"
    return f"as of {on} in {timeline.zone.key}, {known}"


def said_head(policy: Policy) -> str:
    """Give what a policy is, behind its name."""
    markets = f"{'market' if len(policy.markets) == 1 else 'markets'} {', '.join(policy.markets)}"
    return f"version {policy.version}, {markets}, times in {policy.zone.key}"


def facts_of(calendar: Calendar) -> Iterator[tuple[str, str]]:
    """Give what there is to say of a policy: a word for what it is about, and the sentence."""
    if note := calendar.policy.document.get("note"):
        yield "note", " ".join(note.split())
    yield "in force", _in_force(calendar)
    yield "next", _next(calendar)
    yield "review", _review(calendar)
    if calendar.left_out:
        yield "left out", f"{counted(calendar.left_out, 'phase')} published later than is asked for"


def said_span(span: Span, zone: ZoneInfo) -> str:
    """Give when a phase binds."""
    if span.state is State.REPLACED:
        return f"by a phase that was published later and begins in the same second, {said_at(span.begins, zone)}"
    if not span.binds:
        return f"by phase {span.by.name}; it would have begun {said_at(span.begins, zone)}"
    until = "no end is known" if span.ends is None else f"until {said_at(span.ends, zone)}"
    word = "by" if span.state is State.SUPERSEDED else "superseded by"
    by = f", {word} phase {span.by.name}" if span.by else ""
    return f"from {said_at(span.begins, zone)}, {until}{by}"


def said_publication(span: Span, zone: ZoneInfo) -> str | None:
    """Give when a phase became known, where that is another moment than when it took effect."""
    published = said_at(span.phase.published, zone)
    if span.retroactive:
        return f"retroactive: published {published}, decisions before that did not know it"
    return f"published {published}" if span.phase.published < span.begins else None


def _in_force(calendar: Calendar) -> str:
    span = calendar.in_force
    if span is None:
        return "nothing"
    rules = counted(len(span.phase.rules), "rule") if span.phase.rules else "no rules, so it asks nothing"
    return f"phase {span.phase.name} since {said_at(span.begins, calendar.policy.zone)}, {rules}"


def _next(calendar: Calendar) -> str:
    change = calendar.next_change()
    if change is None:
        return "no change is known"
    at, span = change
    return f"{f'phase {span.phase.name}' if span else 'nothing in force'} from {said_at(at, calendar.policy.zone)}"


def _review(calendar: Calendar) -> str:
    every, reviews, span = calendar.policy.review_every, calendar.reviews, calendar.in_force
    if every is None:
        return "none asked for"
    rhythm = f"every {said_every(every)}"
    if reviews is None or span is None:
        return f"{rhythm} of a phase in force; none is"
    zone = calendar.policy.zone
    following = said_at(reviews.following, zone) if reviews.following is not None else "never"
    counted_from = f"{rhythm} from the beginning of phase {span.phase.name}"
    if not reviews.times:
        return f"next {following}, {counted_from}"
    times = "once" if reviews.times == 1 else f"{reviews.times} times"
    return f"due since {said_at(reviews.first, zone)}, {counted_from}: {times} so far, next {following}"
