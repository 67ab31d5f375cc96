"""A calendar's facts as short phrases, the same in the terminal and on the page, in English unless told otherwise.

A timeline comes in, plain text goes out; escaping is the business of whoever writes it into something.
"""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from stream.decide.local_time import said_at
from stream.decide.phase_calendar import Calendar, Span, State
from stream.decide.policy import Policy
from stream.timeline.languages import ENGLISH, Words
from stream.timeline.timeline import Timeline

_UNITS = {"Y": "year", "M": "month", "W": "week", "D": "day"}


def said_every(duration: str, words: Words = ENGLISH) -> str:
    """Give a duration in words.

    >>> said_every("P6M"), said_every("P1Y"), said_every("P1Y2W")
    ('6 months', 'year', '1 year 2 weeks')
    """
    said, count = [], ""
    for sign in duration.removeprefix("P"):
        if sign.isdigit():
            count += sign
        else:
            said += [_counted(int(count), _UNITS[sign], words)] if int(count) else []
            count = ""
    return said[0].removeprefix("1 ") if len(said) == 1 else " ".join(said)


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


def said_moments(timeline: Timeline, words: Words = ENGLISH) -> str:
    """Give the moments that were asked for."""
    on, known_on = (said_at(each.micros, timeline.zone) for each in (timeline.on, timeline.known_on))
    known = words["known_then"] if known_on == on else words["known_on"].format(at=known_on)
    return words["moments"].format(on=on, zone=timeline.zone.key, known=known)


def said_head(policy: Policy) -> str:
    """Give what a policy is, behind its name."""
    markets = f"{'market' if len(policy.markets) == 1 else 'markets'} {', '.join(policy.markets)}"
    return f"version {policy.version}, {markets}, times in {policy.zone.key}"


def facts_of(calendar: Calendar, words: Words = ENGLISH) -> Iterator[tuple[str, str]]:
    """Give what there is to say of a policy: a word for what it is about, and the sentence."""
    if note := calendar.policy.document.get("note"):
        yield words["note"], " ".join(note.split())
    yield words["in force"], _in_force(calendar, words)
    yield words["next"], _next(calendar, words)
    yield words["review"], _review(calendar, words)
    if calendar.left_out:
        yield words["left out"], words["left_out"].format(phases=_counted(calendar.left_out, "phase", words))


def said_span(span: Span, zone: ZoneInfo, words: Words = ENGLISH) -> str:
    """Give when a phase binds."""
    begins = said_at(span.begins, zone)
    if span.state is State.REPLACED:
        return words["replaced"].format(at=begins)
    if not span.binds:
        return words["never"].format(by=span.by.name, at=begins)
    until = words["no_end"] if span.ends is None else words["until"].format(at=said_at(span.ends, zone))
    word = words["by" if span.state is State.SUPERSEDED else "superseded_by"]
    by = word.format(by=span.by.name) if span.by else ""
    return words["span"].format(begins=begins, until=until, by=by)


def said_publication(span: Span, zone: ZoneInfo, words: Words = ENGLISH) -> str | None:
    """Give when a phase became known, where that is another moment than when it took effect."""
    published = said_at(span.phase.published, zone)
    if span.retroactive:
        return words["retroactive"].format(at=published)
    return words["published"].format(at=published) if span.phase.published < span.begins else None


def _in_force(calendar: Calendar, words: Words) -> str:
    span = calendar.in_force
    if span is None:
        return words["nothing"]
    rules = _counted(len(span.phase.rules), "rule", words) if span.phase.rules else words["no_rules"]
    return words["since"].format(phase=span.phase.name, at=said_at(span.begins, calendar.policy.zone), rules=rules)


def _next(calendar: Calendar, words: Words) -> str:
    change = calendar.next_change()
    if change is None:
        return words["no_change"]
    at, span = change
    said = said_at(at, calendar.policy.zone)
    return words["phase_from"].format(phase=span.phase.name, at=said) if span else words["nothing_from"].format(at=said)


def _review(calendar: Calendar, words: Words) -> str:
    every, reviews, span = calendar.policy.review_every, calendar.reviews, calendar.in_force
    if every is None:
        return words["no_review"]
    rhythm = words["every"].format(duration=said_every(every, words))
    if reviews is None or span is None:
        return words["none_in_force"].format(rhythm=rhythm)
    zone = calendar.policy.zone
    following = said_at(reviews.following, zone) if reviews.following is not None else words["no_date"]
    counted_from = words["counted_from"].format(rhythm=rhythm, phase=span.phase.name)
    if not reviews.times:
        return words["review_next"].format(following=following, counted=counted_from)
    times = words["once"] if reviews.times == 1 else words["times"].format(count=reviews.times)
    first = said_at(reviews.first, zone)
    return words["review_due"].format(first=first, counted=counted_from, times=times, following=following)


def _counted(count: int, noun: str, words: Words) -> str:
    """Give a count with its noun, which in Indonesian has no plural."""
    return counted(count, noun) if words is ENGLISH else f"{count} {words[noun]}"
