"""The usual times of a batch, read in one compiled pass: bytes in, microseconds since 1970 out.

It takes `YYYY-MM-DDTHH:MM:SS`, a fraction of up to six digits, and `Z` or an offset, within the years below; what else
RFC 3339 allows is LEFT to `parse_instant`, which gives the same for what is taken here.
"""

import numpy as np
from numpy.typing import NDArray

from stream.contract.compiled import compiled

# No time: whoever asked goes the longer way.
LEFT = -(2**63)
FIRST_YEAR, LAST_YEAR = 1900, 2999

_DAYS_BEFORE = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365])
_LEFT, _FIRST_YEAR, _LAST_YEAR = np.int64(LEFT), np.int64(FIRST_YEAR), np.int64(LAST_YEAR)
_DAYS_TO_1970 = 719_162
_SECONDS = len("YYYY-MM-DDTHH:MM:SS")


def micros_of(content: bytes, spans: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the microseconds of each of n times, or LEFT; `spans` is (n, 2): where each begins and ends in `content`."""
    micros = np.empty(len(spans), np.int64)
    _read_all(np.frombuffer(content or b"\0", np.uint8), spans, micros)
    return micros


@compiled
def _read_all(content, spans, micros):
    for i in range(len(spans)):
        micros[i] = _read(content[spans[i, 0] : spans[i, 1]])


@compiled
def _read(text):
    if len(text) < _SECONDS + 1:
        return _LEFT
    year, month, day = _two(text, 0) * 100 + _two(text, 2), _two(text, 5), _two(text, 8)
    hour, minute, second = _two(text, 11), _two(text, 14), _two(text, 17)
    marks = text[4] == 0x2D and text[7] == 0x2D and text[10] == 0x54 and text[13] == 0x3A and text[16] == 0x3A
    if not marks or min(_two(text, 0), _two(text, 2), month, day, hour, minute, second) < 0:
        return _LEFT
    if not _FIRST_YEAR <= year <= _LAST_YEAR or not 1 <= month <= 12 or hour > 23 or minute > 59 or second > 59:
        return _LEFT
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= day <= _DAYS_BEFORE[month] - _DAYS_BEFORE[month - 1] + (leap and month == 2):
        return _LEFT
    fraction, at = _fraction(text)
    offset = _offset(text, at)
    if fraction < 0 or offset == _LEFT:
        return _LEFT
    years = year - 1
    days = years * 365 + years // 4 - years // 100 + years // 400 + _DAYS_BEFORE[month - 1] + (leap and month > 2) + day
    minutes = ((days - 1 - _DAYS_TO_1970) * 24 + hour) * 60 + minute - offset
    return (minutes * 60 + second) * 1_000_000 + fraction


@compiled
def _two(text, at):
    # Two digits as a number, negative where they are none.
    tens, ones = np.int64(text[at]) - 0x30, np.int64(text[at + 1]) - 0x30
    return tens * 10 + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else np.int64(-1)


@compiled
def _fraction(text):
    # The microseconds behind a point, negative where they are none, and where the offset begins.
    at = _SECONDS
    if text[at] != 0x2E:
        return np.int64(0), at
    micros, unit = np.int64(0), np.int64(1_000_000)
    at += 1
    while at < len(text) and 0x30 <= text[at] <= 0x39 and unit > 1:
        unit //= 10
        micros += unit * (np.int64(text[at]) - 0x30)
        at += 1
    return micros if unit < 1_000_000 else np.int64(-1), at


@compiled
def _offset(text, at):
    # The minutes that local time is ahead, or LEFT.
    if at + 1 == len(text) and text[at] == 0x5A:
        return np.int64(0)
    if at + 6 != len(text) or text[at + 3] != 0x3A or not (text[at] == 0x2B or text[at] == 0x2D):
        return _LEFT
    hours, minutes = _two(text, at + 1), _two(text, at + 4)
    if not 0 <= hours <= 23 or not 0 <= minutes <= 59:
        return _LEFT
    return hours * 60 + minutes if text[at] == 0x2B else -(hours * 60 + minutes)
