"""The page *Policy*: what is in force, the calendar as a timeline, what a change would do, what cases come to."""

from typing import Any, NamedTuple

from stream.cases.run import RanPolicy, run_policies
from stream.console.asked import Asked, Page
from stream.console.desk import Desk
from stream.console.impact_part import impact_part
from stream.decide.phase_calendar import Calendar, Span
from stream.problems import BadSetup
from stream.timeline import phrases
from stream.timeline.axis import Axis
from stream.timeline.languages import words_of
from stream.timeline.timeline import timeline_of

ROW, BAR, TOP = 34, 14, 26


class Bar(NamedTuple):
    """A phase on the timeline; `x` and `width` are parts of a hundred."""

    span: Span
    x: float
    width: float
    y: int


def policy(asked: Asked, desk: Desk) -> Page:
    """Give the page, of the policies that are live here."""
    timeline = timeline_of(desk.serving.live.pipeline.policies, desk.now())
    axis = timeline.axis()
    ran, problems = _cases(desk)
    words = {
        "calendars": [(calendar, _bars(calendar, axis)) for calendar in timeline.calendars],
        "marks": [(mark.at * 100, mark.text) for mark in axis.marks],
        "now": axis.at(timeline.on.micros) * 100,
        "moments": phrases.said_moments(timeline, words_of(asked.language)),
        "said": phrases,
        "sentences": words_of(asked.language),
        "ran": ran,
        "problems": problems,
        "serving": desk.serving.live.named,
        "impact": impact_part(desk.impact),
    }
    return Page("policy.html", words)


def _bars(calendar: Calendar, axis: Axis) -> list[Bar]:
    found = []
    for number, span in enumerate(span for span in calendar.spans if span.binds):
        x = axis.at(span.begins) * 100
        end = 100 if span.ends is None else axis.at(span.ends) * 100
        width = max(end - x, 0.6)
        found.append(Bar(span, min(x, 100 - width), width, TOP + number * ROW))
    return found


def _cases(desk: Desk) -> tuple[list[RanPolicy], tuple[Any, ...]]:
    """Run the cases of the policies in this console's folder, which may be others than those that are live."""
    try:
        return run_policies((), shelf=desk.shelf, policies=desk.policies, model=desk.model), ()
    except BadSetup as bad:
        return [], bad.problems
