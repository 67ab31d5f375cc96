"""Rows of spans: texts that are put together from bytes that already stand somewhere, a batch in one compiled pass.

A source and (n, k, 2) spans come in: text i is `source[begin:end]` of each of its k spans, one behind the other. It
knows nothing of what the bytes say.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from stream.contract.compiled import compiled

_1 = np.uintp(1)
_NULL = np.frombuffer(b"null", np.uint8)

# (n, 2): where each of n pieces begins and ends.
Spans = NDArray[np.int64]


class Source:
    """Bytes behind one another, to which more can be put: what spans refer to."""

    def __init__(self, content: bytes) -> None:
        self._pieces, self._size = [content], len(content)

    def put(self, piece: bytes) -> tuple[int, int]:
        """Take a piece, and say where it stands."""
        begin = self._size
        self._pieces.append(piece)
        self._size += len(piece)
        return begin, self._size

    def put_all(self, pieces: Iterable[bytes]) -> Spans:
        """Take pieces, and say where each stands."""
        return np.array([self.put(piece) for piece in pieces], np.int64).reshape(-1, 2)

    def content(self) -> bytes:
        """Give all that was put, in one."""
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)


def side_by_side(count: int, pieces: Sequence[Spans | tuple[int, int]]) -> NDArray[np.int64]:
    """Give `count` rows of pieces: spans, one a row, or one for all."""
    rows = np.empty((count, len(pieces), 2), np.int64)
    for place, piece in enumerate(pieces):
        rows[:, place] = piece
    return rows


def join_rows(source: bytes, rows: NDArray[np.int64]) -> list[bytes]:
    """Give the n texts."""
    stops = (rows[:, :, 1] - rows[:, :, 0]).sum(axis=1).cumsum()
    joined = np.empty(int(stops[-1]) if len(stops) else 0, np.uint8)
    _join(np.frombuffer(source or b"\0", np.uint8), rows, joined)
    content = joined.tobytes()
    return [content[begin:end] for begin, end in pairwise([0, *stops.tolist()])]


@compiled
def _join(source, rows, joined):
    n = np.uintp(0)
    for i in range(len(rows)):
        for j in range(rows.shape[1]):
            for at in range(np.uintp(rows[i, j, 0]), np.uintp(rows[i, j, 1])):
                joined[n] = source[at]
                n += _1


def json_array(source: bytes, spans: Spans) -> bytes:
    """Give n JSON values, one a span, as one JSON array; an empty span is null."""
    array = np.empty(2 + int((spans[:, 1] - spans[:, 0]).sum()) + 5 * len(spans), np.uint8)
    return array[: _write_array(np.frombuffer(source or b"\0", np.uint8), spans, _NULL, array)].tobytes()


@compiled
def _write_array(source, spans, null, array):
    array[0] = 0x5B  # [
    n = _1
    for i in range(len(spans)):
        begin, end = np.uintp(spans[i, 0]), np.uintp(spans[i, 1])
        if i:
            array[n] = 0x2C  # ,
            n += _1
        for at in range(begin, end):
            array[n] = source[at]
            n += _1
        if begin == end:
            for at in range(len(null)):
                array[n] = null[at]
                n += _1
    array[n] = 0x5D  # ]
    return n + _1


def plain_lines(source: bytes, spans: Spans) -> tuple[bytes, NDArray[np.bool_]]:
    """Give n JSON strings without their quotes, each behind the other with a line's end, and which of them are there:
    one that holds an escape or more than ASCII leaves its line empty.
    """
    spans = np.ascontiguousarray(spans)  # one kind of array: for another it would be compiled once more
    lines, plain = (
        np.empty(int((spans[:, 1] - spans[:, 0]).sum()) + len(spans), np.uint8),
        np.empty(len(spans), np.bool_),
    )
    return lines[: _write_lines(np.frombuffer(source or b"\0", np.uint8), spans, lines, plain)].tobytes(), plain


@compiled
def _write_lines(source, spans, lines, plain):
    n = np.uintp(0)
    for i in range(len(spans)):
        begin, end, odd = np.uintp(spans[i, 0]) + _1, np.uintp(spans[i, 1]), False
        length = end - begin - _1 if begin < end else np.uintp(0)
        for at in range(length):
            byte = source[begin + at]
            lines[n + at] = byte
            odd |= (byte >= 0x80) | (byte == 0x5C)
        plain[i] = not odd
        n += np.uintp(0) if odd else length
        lines[n] = 0x0A
        n += _1
    return n


def within_quotes(spans: Spans) -> Spans:
    """Give the spans, (n, 2), of texts without the quotes around them."""
    return spans + np.array([1, -1])


def equal_rows(source: bytes, ours: Spans, theirs: Spans) -> NDArray[np.bool_]:
    """Say of each of n pairs of spans, (n, 2), whether their bytes are the same."""
    equal = np.empty(len(ours), np.bool_)
    _compare(np.frombuffer(source or b"\0", np.uint8), ours, np.ascontiguousarray(theirs), equal)
    return equal


@compiled
def _compare(source, ours, theirs, equal):
    for i in range(len(ours)):
        begin, other = np.uintp(ours[i, 0]), np.uintp(theirs[i, 0])
        size = ours[i, 1] - ours[i, 0]
        equal[i] = size == theirs[i, 1] - theirs[i, 0]
        for j in range(np.uintp(size) if equal[i] and size > 0 else np.uintp(0)):
            equal[i] &= source[begin + j] == source[other + j]
