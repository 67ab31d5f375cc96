"""Plain JSON values read where they stand: texts and whole numbers of a batch, in compiled passes.

Bytes and spans of well-formed values come in; out go spans of texts and an array of numbers. What is not plain, an
escape or a number with more than digits, is decoded one by one. It knows no field.
"""

import numpy as np
import orjson
from numpy.typing import NDArray

from stream.contract.compiled import compiled
from stream.contract.rows import Source, Spans, within_quotes

_1, _10, _ZERO, _NINE, _ESCAPE = np.uintp(1), np.int64(10), np.uint8(0x30), np.uint8(0x39), np.uint8(0x5C)
# So many digits always fit a number of 64 bits.
_DIGITS = 18
_ODD = -1


def plain_texts(content: bytes, spans: Spans, source: Source) -> Spans:
    """Give where the UTF-8 of n JSON strings stands: within their quotes, or in `source`, put there where one holds an
    escape. `source` begins with `content`.
    """
    escaped, texts = np.empty(len(spans), np.bool_), within_quotes(spans)
    _find_escapes(np.frombuffer(content or b"\0", np.uint8), texts, escaped)
    for row in np.flatnonzero(escaped).tolist():
        begin, end = spans[row]
        texts[row] = source.put(orjson.loads(content[begin:end]).encode())
    return texts


def whole_numbers(content: bytes, spans: Spans) -> NDArray[np.int64]:
    """Give n whole numbers from 0 on; an empty span is 0."""
    numbers = np.empty(len(spans), np.int64)
    _read_digits(np.frombuffer(content or b"\0", np.uint8), np.ascontiguousarray(spans), numbers)
    for row in np.flatnonzero(numbers == _ODD).tolist():
        begin, end = spans[row]
        numbers[row] = orjson.loads(content[begin:end])
    return numbers


@compiled
def _find_escapes(source, spans, escaped):
    for i in range(len(spans)):
        found = False
        for at in range(np.uintp(spans[i, 0]), np.uintp(spans[i, 1])):
            found |= source[at] == _ESCAPE
        escaped[i] = found


@compiled
def _read_digits(source, spans, numbers):
    for i in range(len(spans)):
        number, plain = np.int64(0), spans[i, 1] - spans[i, 0] <= _DIGITS
        for at in range(np.uintp(spans[i, 0]), np.uintp(spans[i, 1])):
            byte = source[at]
            plain &= (byte >= _ZERO) & (byte <= _NINE)
            number = number * _10 + np.int64(byte - _ZERO)
        numbers[i] = number if plain else _ODD
