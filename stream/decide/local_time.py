"""Times as a policy writes them, in its zone, to microseconds since 1970; it refuses to know what they are for.

A bare date is its first moment in the zone. A time that the zone's clocks skip, or show twice, is refused unless it
has an offset.
"""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from stream.decide.unreadable import Unreadable

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?")
_DURATION = re.compile(r"P(?=[0-9])([0-9]{1,3}Y)?([0-9]{1,3}M)?([0-9]{1,3}W)?([0-9]{1,4}D)?")
_DAYS = re.compile(r"P([1-9][0-9]{0,2})([DW])")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(1900, 2200)  # far from where a zone's offset leaves the calendar


def read_date(text: str) -> date:
    """Read `2021-08-03`; raises Unreadable."""
    if not _DATE.fullmatch(text):
        raise Unreadable(f"expected a date, found `{text}`", "write `2021-08-03`")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Unreadable(f"`{text}` is no day of the calendar") from None
    check_year(day.year, text)
    return day


def start_of(day: date, zone: ZoneInfo) -> int:
    """Give a day's first moment in the zone, also where its clocks skip or repeat midnight."""
    return _micros(datetime(day.year, day.month, day.day, tzinfo=zone))


def read_time(text: str, zone: ZoneInfo) -> int:
    """Read a date or a time, in the zone unless it has its own offset; raises Unreadable."""
    if _DATE.fullmatch(text):
        return start_of(read_date(text), zone)
    if not _TIME.fullmatch(text):
        raise Unreadable(f"expected a date or a time, found `{text}`", "write `2021-08-03` or `2021-08-03T09:00:00`")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or text[11:13] == "24":  # which Python reads as the next midnight from some version on
        raise Unreadable(f"`{text}` is no time of the calendar")
    check_year(moment.year, text)
    return _micros(moment if moment.tzinfo else _in_zone(moment, zone, text))


def read_duration(text: str) -> str:
    """Read an ISO 8601 duration in years, months, weeks and days; raises Unreadable."""
    if not _DURATION.fullmatch(text):
        raise Unreadable(f"expected a duration, found `{text}`", "write `P6M` for six months, `P1Y`, `P2W` or `P10D`")
    if not text.strip("PYMWD0"):
        raise Unreadable(f"`{text}` is no time at all", "write `P6M` for six months, or leave it out")
    return text


def read_days(text: str) -> timedelta:
    """Read a duration in whole days or weeks; raises Unreadable."""
    found = _DAYS.fullmatch(text)
    if not found:
        raise Unreadable(
            f"expected a number of days or weeks, found `{text}`", "write `P3D` for three days or `P1W` for a week"
        )
    return timedelta(days=int(found[1]) * (7 if found[2] == "W" else 1))


def said_at(micros: int, zone: ZoneInfo) -> str:
    """Give a moment as a policy of the zone writes it; with its offset where the zone's clocks show it twice.

    >>> said_at(1_627_923_600_000_000, ZoneInfo("Asia/Jakarta"))
    '2021-08-03'
    >>> said_at(1_627_956_001_000_000, ZoneInfo("Asia/Jakarta"))
    '2021-08-03 09:00:01'
    """
    moment = _EPOCH + timedelta(microseconds=micros)
    if moment.year not in _YEARS:  # an event may say it happened in any year from 1 to 9999
        return moment.isoformat()
    moment = moment.astimezone(zone)
    bare = moment.replace(tzinfo=None)
    text = bare.isoformat(" ", "seconds" if bare.second else "minutes")
    if moment.utcoffset() != moment.replace(fold=1 - moment.fold).utcoffset():
        return f"{text}{moment.isoformat()[-6:]}"
    return text.removesuffix(" 00:00")


def _in_zone(moment: datetime, zone: ZoneInfo, text: str) -> datetime:
    first, second = moment.replace(tzinfo=zone), moment.replace(tzinfo=zone, fold=1)
    if first.utcoffset() != second.utcoffset():
        skipped = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment
        happens = "does not happen" if skipped else "happens twice"
        offsets = " or ".join(f"`{each.isoformat()[-6:]}`" for each in (first, second))
        raise Unreadable(f"`{text}` {happens} in `{zone.key}`", f"add the offset that is meant, {offsets}")
    return first


def check_year(year: int, text: str) -> None:
    """Refuse a year in which a zone's offset could leave the calendar, or nearly; raises Unreadable."""
    if year not in _YEARS:
        raise Unreadable(f"`{text}` is outside the years {_YEARS.start} to {_YEARS.stop - 1}")


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
