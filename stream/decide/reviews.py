"""When a policy's reviews come due: an ISO 8601 duration counted from the beginning of a phase, in the policy's zone.

A duration, a beginning and a moment come in; how often a review has come due by then, and when it does next, go out.
It refuses to know whether a review was held: a review that renews a policy writes a phase, from which the count begins
anew.
"""

import re
from bisect import bisect_right
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PART = re.compile(r"([0-9]+)([YMWD])")
_NEVER = 1 << 62
_MOST = 120_000  # a daily review from 1900 to 2200, the years that policies may name, and some


class Reviews(NamedTuple):
    """`times` that a review has come due, at `first` for the first time; `following` is the next; None: never."""

    times: int
    first: int | None
    following: int | None


def reviews_by(moment: int, every: str, begun: int, zone: ZoneInfo) -> Reviews:
    """Count the reviews that have come due by a moment; microseconds since 1970.

    >>> from stream.contract.instant import instant_at, parse_instant
    >>> begun, now = (parse_instant(text).micros for text in ("2021-08-31T00:00:00+07:00", "2022-03-01T00:00:00Z"))
    >>> reviews = reviews_by(now, "P6M", begun, ZoneInfo("Asia/Jakarta"))
    >>> reviews.times, instant_at(reviews.first).text, instant_at(reviews.following).text
    (1, '2022-02-27T17:00:00Z', '2022-08-30T17:00:00Z')
    """
    times = bisect_right(range(1, _MOST), moment, key=lambda nth: _due(nth, every, begun, zone))
    first, following = (_due(nth, every, begun, zone) for nth in (1, times + 1))
    return Reviews(times, *(None if due == _NEVER else due for due in (first, following)))


def _due(nth: int, every: str, begun: int, zone: ZoneInfo) -> int:
    """Give the nth review: months are the calendar's, and a day that a month lacks is its last."""
    parts = {unit: int(count) * nth for count, unit in _PART.findall(every)}
    start = (_EPOCH + timedelta(microseconds=begun)).astimezone(zone).replace(tzinfo=None)
    try:
        after = _later(start, 12 * parts.get("Y", 0) + parts.get("M", 0))
        due = after + timedelta(days=7 * parts.get("W", 0) + parts.get("D", 0))
        return (due.replace(tzinfo=zone) - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):  # after the year 9999
        return _NEVER


def _later(start: datetime, months: int) -> datetime:
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    if year > 9999:
        raise OverflowError
    return start.replace(year=year, month=month, day=min(start.day, monthrange(year, month)[1]))
