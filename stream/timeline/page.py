"""The calendar of policies as a drawing (SVG) and as a page (HTML): a timeline in, the text of a file out.

Both stand alone: no script, no font, nothing fetched. Widths are parts of whatever width there is: one drawing serves
a telephone and a desk. Every text is escaped by the template engine. It refuses to know files and clocks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stream.decide.local_time import said_at
from stream.decide.phase_calendar import Calendar
from stream.pages import render
from stream.timeline import phrases
from stream.timeline.axis import Axis, Mark
from stream.timeline.timeline import Timeline

SCALE_HEIGHT, NAME_HEIGHT, PHASE_HEIGHT, KEY_HEIGHT = 56, 36, 44, 36
_LONGEST = 34  # signs of a name that fit beside each other on a telephone
_SHORTEST = 0.006  # a part of the width that is still seen


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the drawing: a policy's name, or a phase with its bar; `at` and `width` are parts of the width."""

    y: int
    text: str
    whole: str
    state: str | None = None
    at: float = 0
    width: float = 0
    open_ended: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """All that the drawing shows, placed."""

    height: int
    marks: tuple[Mark, ...]
    on: Mark
    rows: tuple[Row, ...]


def write_svg(timeline: Timeline) -> str:
    """Write the timeline alone."""
    return _write("calendar.svg.jinja", timeline)


def write_page(timeline: Timeline) -> str:
    """Write the page: the timeline, then every policy in words."""
    return _write("calendar.html.jinja", timeline)


def draw(timeline: Timeline) -> Drawing:
    """Place everything that the drawing shows."""
    axis = timeline.axis()
    rows = tuple(_rows(timeline.calendars, axis))
    depth = rows[-1].y + (PHASE_HEIGHT if rows[-1].state else NAME_HEIGHT) if rows else SCALE_HEIGHT
    asked = Mark(axis.at(timeline.on.micros), said_at(timeline.on.micros, timeline.zone))
    return Drawing(depth + KEY_HEIGHT, axis.marks, asked, rows)


def _rows(calendars: Sequence[Calendar], axis: Axis) -> Iterator[Row]:
    y = SCALE_HEIGHT
    for calendar in calendars:
        name = calendar.policy.name
        yield Row(y, _cut(name), name)
        y += NAME_HEIGHT
        for span in (span for span in calendar.spans if span.binds):
            at, end = axis.at(span.begins), 1 if span.ends is None else axis.at(span.ends)
            width = max(end - at, _SHORTEST)
            whole = f"{name}, phase {span.phase.name}: {span.state}, {phrases.said_span(span, calendar.policy.zone)}"
            text = f"{_cut(span.phase.name)}, {span.state}"
            yield Row(y, text, whole, span.state.name.lower(), min(at, 1 - width), width, span.ends is None)
            y += PHASE_HEIGHT


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"


def _write(template: str, timeline: Timeline) -> str:
    return render(
        Path(__file__).parent,
        template,
        {"percent": lambda part: f"{part * 100:.2f}%"},
        calendars=timeline.calendars,
        drawing=draw(timeline),
        moments=phrases.said_moments(timeline),
        summary=phrases.summary(timeline),
        said=phrases,
    )
