"""The calendar of policies in words: a timeline in, lines of text with bars out.

It refuses to know the terminal: notes are wrapped at a hundred signs, whatever its width.
"""

from collections.abc import Iterator
from textwrap import wrap

from stream.decide.phase_calendar import Calendar, Span, State
from stream.timeline.axis import Axis
from stream.timeline.phrases import facts_of, said_head, said_moments, said_publication, said_span, summary
from stream.timeline.timeline import Timeline

COLUMNS = 56
WIDTH = 100
_NAMES = 20
_SIGNS = {State.ENDED: "░", State.SUPERSEDED: "░", State.IN_FORCE: "█", State.COMING: "▒"}


def in_words(timeline: Timeline) -> str:
    """Give a timeline as text for a person: what is in force, what comes, what is due, then bars."""
    lines = [f"{said_moments(timeline)}: {summary(timeline)}"]
    for calendar in timeline.calendars:
        lines += ["", *_policy(calendar)]
    return "\n".join([*lines, "", *_bars(timeline)])


def _policy(calendar: Calendar) -> Iterator[str]:
    policy = calendar.policy
    yield f"{policy.name}, {said_head(policy)} ({policy.place.file})"
    for about, said in facts_of(calendar):
        yield from wrap(said, WIDTH, initial_indent=f"  {about:<9} ", subsequent_indent=" " * 12)
    for span in calendar.spans:
        yield f"  phase     {span.phase.name}: {span.state}, {said_span(span, policy.zone)}"
        more = (said_publication(span, policy.zone), f"citing: {span.phase.citation}")
        yield from (f"            {said}" for said in more if said)


def _bars(timeline: Timeline) -> Iterator[str]:
    axis = timeline.axis()
    yield _row("timeline", "".join(_scale(axis)).rstrip())
    yield _row("", " " * _column(axis, timeline.on.micros) + "▼ the moment asked for")
    for calendar in timeline.calendars:
        yield calendar.policy.name
        yield from (_row(f"  {span.phase.name}", _bar(axis, span)) for span in calendar.spans)
    yield _row("", "░ ended  █ in force  ▒ coming  → no end is known")


def _row(name: str, drawn: str) -> str:
    shown = name if len(name) <= _NAMES else name[: _NAMES - 1] + "…"
    return f"{shown:<{_NAMES}} {drawn}".rstrip()


def _scale(axis: Axis) -> list[str]:
    signs = [" "] * (COLUMNS + 8)
    for mark in axis.marks:
        start = round(mark.at * COLUMNS)
        signs[start : start + len(mark.text)] = mark.text
    return signs


def _column(axis: Axis, micros: int) -> int:
    return min(int(axis.at(micros) * COLUMNS), COLUMNS - 1)


def _bar(axis: Axis, span: Span) -> str:
    """Draw a phase: one column at least, however short it is."""
    if not span.binds:
        return ""
    start = _column(axis, span.begins)
    end = COLUMNS if span.ends is None else max(_column(axis, span.ends), start + 1)
    return " " * start + _SIGNS[span.state] * (end - start) + ("→" if span.ends is None else "")
