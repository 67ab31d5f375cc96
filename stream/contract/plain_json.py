"""Which of a run's values are plainly RFC 8259 JSON in UTF-8, in one compiled pass: bytes in, one yes or "not plainly"
each out.

A yes is certain: the whole value, whatever fields will be ignored, is well-formed, every escape is paired, every number
is short enough to be a finite double, and nesting is shallow. What is not plainly so may still be; the slower reader
decides.
"""

from collections.abc import Sequence

import numpy as np
from numba import njit

# Deeper values are rare and left to the slower reader, whose limit is 1024.
DEEPEST = 64
# Digits, sign and point of a number that cannot overflow; one with an exponent is left to the slower reader.
LONGEST_NUMBER = 24

# Bytes that a string may hold as they stand and that need no further look: most of every record.
_ORDINARY = np.array([0x20 <= byte < 0x80 and byte not in b'"\\' for byte in range(256)])

_compiled = njit(cache=True, nogil=True, error_model="numpy")


def plainly_json(values: Sequence[bytes]) -> list[bool]:
    """Say of each value whether it is plainly well-formed."""
    joined = np.frombuffer(b"".join(values) + b"\0", np.uint8)
    ends = np.cumsum(np.fromiter(map(len, values), np.int64, len(values)))
    plain = np.empty(len(values), np.bool_)
    _check_all(joined, ends, plain)
    return plain.tolist()


@_compiled
def _check_all(data, ends, plain):
    opened = np.empty(DEEPEST, np.uint8)
    start = 0
    for i in range(len(ends)):
        plain[i] = _check(data, start, ends[i], opened)
        start = ends[i]


@_compiled
def _check(data, at, end, opened):
    # A value is wanted first, then whatever its brackets ask for. `opened` holds the brackets that are not closed yet.
    depth = 0
    while True:
        at = _past_space(data, at, end)
        if at >= end:
            return False
        byte = data[at]
        if byte == 0x7B or byte == 0x5B:  # { [
            if depth == DEEPEST:
                return False
            opened[depth] = byte
            depth += 1
            at = _past_space(data, at + 1, end)
            if at < end and data[at] == byte + 2:  # } ]
                at, depth = at + 1, depth - 1
            elif byte == 0x5B:
                continue
            else:
                at = _past_name(data, at, end)
                if at < 0:
                    return False
                continue
        elif byte == 0x22:  # "
            at = _past_string(data, at + 1, end)
        elif byte == 0x2D or 0x30 <= byte <= 0x39:
            at = _past_number(data, at, end)
        else:
            at = _past_word(data, at, end)
        if at < 0:
            return False
        # A value has ended: close what closes here, and go on behind a comma.
        while True:
            at = _past_space(data, at, end)
            if depth == 0:
                return at == end
            if at >= end:
                return False
            if data[at] == opened[depth - 1] + 2:
                at, depth = at + 1, depth - 1
                continue
            if data[at] != 0x2C:  # ,
                return False
            at += 1
            if opened[depth - 1] == 0x7B:
                at = _past_name(data, _past_space(data, at, end), end)
                if at < 0:
                    return False
            break


@_compiled
def _past_space(data, at, end):
    while at < end and (data[at] == 0x20 or data[at] == 0x0A or data[at] == 0x0D or data[at] == 0x09):
        at += 1
    return at


@_compiled
def _past_name(data, at, end):
    if at >= end or data[at] != 0x22:
        return -1
    at = _past_string(data, at + 1, end)
    if at < 0:
        return -1
    at = _past_space(data, at, end)
    return at + 1 if at < end and data[at] == 0x3A else -1  # :


@_compiled
def _past_string(data, at, end):
    while at < end:
        byte = data[at]
        if _ORDINARY[byte]:
            at += 1
            continue
        if byte == 0x22:
            return at + 1
        if byte < 0x20:
            return -1
        # A backslash begins an escape; what is left is the first byte of a character beyond ASCII.
        at = _past_escape(data, at + 1, end) if byte == 0x5C else _past_utf8(data, at, end)
        if at < 0:
            return -1
    return -1


@_compiled
def _past_escape(data, at, end):
    if at >= end:
        return -1
    byte = data[at]
    if byte != 0x75:  # u
        short = byte == 0x22 or byte == 0x5C or byte == 0x2F or byte == 0x62 or byte == 0x66 or byte == 0x6E
        return at + 1 if short or byte == 0x72 or byte == 0x74 else -1
    unit = _hex4(data, at + 1, end)
    if unit < 0 or 0xDC00 <= unit <= 0xDFFF:
        return -1
    if 0xD800 <= unit <= 0xDBFF:
        if at + 6 >= end or data[at + 5] != 0x5C or data[at + 6] != 0x75:
            return -1
        low = _hex4(data, at + 7, end)
        return at + 11 if 0xDC00 <= low <= 0xDFFF else -1
    return at + 5


@_compiled
def _hex4(data, at, end):
    if at + 4 > end:
        return -1
    unit = 0
    for i in range(at, at + 4):
        byte = np.int64(data[i])
        if 0x30 <= byte <= 0x39:
            unit = unit * 16 + byte - 0x30
        elif 0x41 <= byte <= 0x46 or 0x61 <= byte <= 0x66:
            unit = unit * 16 + (byte & 0xDF) - 0x37
        else:
            return -1
    return unit


@_compiled
def _past_utf8(data, at, end):
    # The well-formed sequences of Unicode's table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF.
    byte = data[at]
    low, high, more = 0x80, 0xBF, 1
    if byte < 0xC2 or byte > 0xF4:
        return -1
    if byte >= 0xE0:
        more = 2 if byte < 0xF0 else 3
        if byte == 0xE0:
            low = 0xA0
        elif byte == 0xED:
            high = 0x9F
        elif byte == 0xF0:
            low = 0x90
        elif byte == 0xF4:
            high = 0x8F
    if at + more >= end or data[at + 1] < low or data[at + 1] > high:
        return -1
    for i in range(at + 2, at + 1 + more):
        if data[i] < 0x80 or data[i] > 0xBF:
            return -1
    return at + 1 + more


@_compiled
def _past_number(data, at, end):
    start = at
    if data[at] == 0x2D:
        at += 1
    if at < end and data[at] == 0x30:
        at += 1
    else:
        first = at
        at = _past_digits(data, at, end)
        if at == first:
            return -1
    if at < end and data[at] == 0x2E:
        first = at + 1
        at = _past_digits(data, first, end)
        if at == first:
            return -1
    exponent = at < end and (data[at] == 0x65 or data[at] == 0x45)
    return -1 if exponent or at - start > LONGEST_NUMBER else at


@_compiled
def _past_digits(data, at, end):
    while at < end and 0x30 <= data[at] <= 0x39:
        at += 1
    return at


@_compiled
def _past_word(data, at, end):
    if at + 4 <= end and data[at] == 0x74 and data[at + 1] == 0x72 and data[at + 2] == 0x75 and data[at + 3] == 0x65:
        return at + 4
    if at + 4 <= end and data[at] == 0x6E and data[at + 1] == 0x75 and data[at + 2] == 0x6C and data[at + 3] == 0x6C:
        return at + 4
    if at + 5 <= end and data[at] == 0x66 and data[at + 1] == 0x61 and data[at + 2] == 0x6C and data[at + 3] == 0x73:
        return at + 5 if data[at + 4] == 0x65 else -1
    return -1
