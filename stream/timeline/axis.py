"""The axis of a timeline: moments in, where each stands between left and right and the marks between them out.

It refuses to know what stands on it and how wide it is drawn.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_YEAR = timedelta(days=366) // _MICROSECOND
# Room behind the last moment, so that what has no end is seen to go on.
_BEYOND = 0.06
MOST_MARKS = 5
_STEPS = (1, 3, 6, 12, 24, 60, 120, 240, 600, 1200)  # months


class Mark(NamedTuple):
    """A date on the axis: where it stands, 0 to 1, and how it is written."""

    at: float
    text: str


class Axis(NamedTuple):
    """From `low` to `high` in microseconds since 1970."""

    low: int
    high: int
    marks: tuple[Mark, ...]

    def at(self, micros: int) -> float:
        """Give where a moment stands, 0 at the left and 1 at the right."""
        return (micros - self.low) / (self.high - self.low)


def axis_of(moments: Iterable[int], zone: ZoneInfo) -> Axis:
    """Give an axis that holds every moment and is a year long at least, with five marks at most.

    >>> axis = axis_of([0, 2 * _YEAR], ZoneInfo("UTC"))
    >>> [mark.text for mark in axis.marks]
    ['1970-01', '1970-07', '1971-01', '1971-07', '1972-01']
    """
    held = sorted(moments)
    low, length = held[0], max(held[-1] - held[0], _YEAR)
    high = low + int(length * (1 + _BEYOND))
    marks: list[tuple[int, str]] = []
    for months in _STEPS:
        marks = list(_marks(low, high, months, zone))
        if len(marks) <= MOST_MARKS:
            break
    return Axis(low, high, tuple(Mark((micros - low) / (high - low), text) for micros, text in marks))


def local(micros: int, zone: ZoneInfo) -> datetime:
    """Give a moment as the zone's clocks show it."""
    return (_EPOCH + micros * _MICROSECOND).astimezone(zone)


def _marks(low: int, high: int, months: int, zone: ZoneInfo) -> Iterator[tuple[int, str]]:
    first = local(low, zone)
    month = (first.year * 12 + first.month - 1) // months * months
    while (at := _first_of(month, zone)) <= high:
        if at >= low:
            year = f"{month // 12:04}"
            yield at, year if months % 12 == 0 else f"{year}-{month % 12 + 1:02}"
        month += months


def _first_of(month: int, zone: ZoneInfo) -> int:
    return (datetime(month // 12, month % 12 + 1, 1, tzinfo=zone) - _EPOCH) // _MICROSECOND
