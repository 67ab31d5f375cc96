"""An instant: an RFC 3339 time with an offset, kept as it was written and as microseconds for comparing."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# RFC 3339 section 5.6. `[0-9]` and not `\d`, which takes the digits of every script.
_RFC3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]((?:[01][0-9]|2[0-3]):[0-5][0-9]):([0-9]{2})(?:\.([0-9]+))?"
    r"([Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
# The spellings that nearly every producer uses, with each digit as 0: Python's own parser reads those right, and in a
# fifth of the time.
_SHAPE = bytes(0x30 if 0x30 <= byte <= 0x39 else byte for byte in range(256))
_USUAL = {
    f"0000-00-00T00:00:00{fraction}{offset}".encode()
    for fraction in ("", ".000", ".000000")
    for offset in ("Z", "+00:00", "-00:00")
}
# Well inside the years 1 to 9999, whatever the offset.
_FIRST_DAY, _LAST_DAY = -719_000, 2_932_000


class Instant(NamedTuple):
    """A moment. `text` is the source's own spelling; `micros` counts from 1970-01-01T00:00:00Z and decides every
    comparison.
    """

    text: str
    micros: int


def parse_instant(text: str) -> Instant:
    """Read an RFC 3339 time with an offset; fractions count down to the microsecond, a leap second is the next second.

    Raises ValueError for anything else, a time without an offset included, and outside the years 1 to 9999 in UTC.

    >>> parse_instant("2021-08-03T09:00:00+07:00").micros == parse_instant("2021-08-03T02:00:00Z").micros
    True
    """
    # Python reads 24:00 as the next midnight from some version on: here it is no time under any.
    if text.encode("utf-8", "replace").translate(_SHAPE) in _USUAL and text[11:13] != "24":
        try:
            since = datetime.fromisoformat(text) - _EPOCH
        except (ValueError, OverflowError):
            pass  # an impossible day, or a moment at the end of time: the long way words it, or takes it
        else:
            if _FIRST_DAY <= since.days <= _LAST_DAY:
                return Instant(text, since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds)
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError("not an RFC 3339 time with an offset")
    day, minute, second, fraction, offset = match.groups()
    leap = second == "60"
    zone = "+00:00" if offset in ("Z", "z") else offset
    try:
        moment = datetime.fromisoformat(f"{day}T{minute}:{'59' if leap else second}{zone}")
        micros = (moment - _EPOCH) // _MICROSECOND + leap * 1_000_000 + int(((fraction or "") + "000000")[:6])
        _EPOCH + micros * _MICROSECOND
    except (ValueError, OverflowError) as reason:
        raise ValueError("not an RFC 3339 time with an offset") from reason
    return Instant(text, micros)


def instant_at(micros: int) -> Instant:
    """Give the instant that many microseconds after 1970, spelt in UTC, with a fraction only where there is one.

    >>> instant_at(1_627_956_001_000_000).text
    '2021-08-03T02:00:01Z'
    """
    moment = _EPOCH + micros * _MICROSECOND
    return Instant(moment.replace(tzinfo=None).isoformat() + "Z", micros)


def instant_of(moment: datetime) -> Instant:
    """Give an aware datetime as an instant. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a datetime without a time zone is no instant")
    return instant_at((moment - _EPOCH) // _MICROSECOND)


def _validate(found: Any) -> Instant:
    if isinstance(found, Instant):
        return found
    if not isinstance(found, str):
        raise PydanticCustomError("string_type", "Input should be a valid string")
    try:
        return parse_instant(found)
    except ValueError as reason:
        raise PydanticCustomError("instant", "{reason}", {"reason": str(reason)}) from reason


InstantField = Annotated[
    Instant,
    PlainValidator(_validate),
    PlainSerializer(lambda instant: instant.text, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
