"""Which rows of a run are alike: rows in, a code for each out, so that what follows is worked out once a code.

A row is some spans over one source, or some whole numbers. It knows nothing of what they say.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.contract.compiled import compiled, in_place

_0, _1, _8 = np.uintp(0), np.uintp(1), np.uintp(8)
_ALL_BITS, _HALF = np.uint64(2**64 - 1), np.uint64(32)
# Whoever makes many rows fall on one slot makes a run slower, and no answer wrong.
_START, _MIX = np.uint64(0xCBF29CE484222325), np.uint64(0x9E3779B97F4A7C15)
_NO_TEXTS = np.zeros(1, np.uint8)
# Slots a row at least: half of them stay free.
_ROOM = 2


class Alike(NamedTuple):
    """`codes[i]`, from 0 on, is the same for rows that are alike; `firsts[c]` is the first row that has code c."""

    codes: NDArray[np.int64]
    firsts: NDArray[np.int64]


def alike_texts(source: bytes, rows: NDArray[np.int64]) -> Alike:
    """Tell which of n rows of spans, (n, k, 2), say the same, text by text.

    >>> texts = b"CNID"
    >>> alike_texts(texts, np.array([[[0, 2]], [[2, 4]], [[0, 2]], [[0, 0]]])).codes.tolist()
    [0, 1, 0, 2]
    """
    held = _room(len(rows))
    count = _find(np.frombuffer(source or b"\0", np.uint8), rows, *held)
    return Alike(held[-2], held[-1][:count])


def alike_numbers(rows: NDArray[np.int64]) -> Alike:
    """Tell which of n rows of whole numbers, (n, k), are equal."""
    held = _room(len(rows))
    count = _find(_NO_TEXTS, np.ascontiguousarray(rows), *held)
    return Alike(held[-2], held[-1][:count])


def _room(count: int) -> tuple[NDArray[np.int32], NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
    """Give free slots, a power of two, and room for the hashes, codes and first rows."""
    slots = np.full(1 << (_ROOM * count).bit_length(), -1, np.int32)
    codes, firsts = np.empty((2, count), np.int64)
    return slots, np.empty(count, np.uint64), codes, firsts


# A row of numbers has one dimension less: numba leaves out the branch that is for the others.
@compiled
def _find(source, rows, slots, hashes, codes, firsts):
    # All hashes first: so the processor fetches the bytes of several rows at once, and waits for none.
    _mix_rows(source, rows, codes)
    count, last = np.int64(0), np.uintp(len(slots)) - _1
    for i in range(len(rows)):
        mixed = np.uint64(codes[i])
        slot = np.uintp(mixed) & last
        while slots[slot] >= 0:
            code = slots[slot]
            if hashes[code] == mixed and _same(source, rows[i], rows[firsts[code]]):
                break
            slot = (slot + _1) & last
        if slots[slot] < 0:
            slots[slot], hashes[count], firsts[count] = count, mixed, i
            count += 1
        codes[i] = slots[slot]
    return count


@compiled
def _mix_rows(source, rows, hashes):
    for i in range(len(rows)):
        mixed = _START
        for j in range(rows.shape[1]):
            if rows.ndim == 2:
                mixed = _mix(mixed, np.uint64(rows[i, j]))
            else:
                begin, end = np.uintp(rows[i, j, 0]), np.uintp(rows[i, j, 1])
                for at in range(begin, end, _8):
                    mixed = _mix(mixed, _word(source, at, end))
                mixed = _mix(mixed, np.uint64(end - begin))
        hashes[i] = np.int64(mixed)


@compiled
def _same(source, row, other):
    if row.ndim == 1:
        return _same_numbers(row, other)
    return _same_texts(source, row, other)


@compiled
def _same_texts(source, row, other):
    for j in range(len(row)):
        begin, end = np.uintp(row[j, 0]), np.uintp(row[j, 1])
        there, stop = np.uintp(other[j, 0]), np.uintp(other[j, 1])
        if end - begin != stop - there:
            return False
        for at in range(_0, end - begin, _8):
            if _word(source, begin + at, end) != _word(source, there + at, stop):
                return False
    return True


@compiled
def _same_numbers(row, other):
    same = True
    for j in range(len(row)):
        same &= row[j] == other[j]
    return same


@in_place
def _mix(mixed, word):
    # A product mixes upwards alone.
    product = (mixed ^ word) * _MIX
    return product ^ (product >> _HALF)


@in_place
def _word(source, at, end):
    # Eight bytes, or those before the end, as one number. LLVM makes one load of eight.
    word = np.uint64(0)
    if at + _8 <= np.uintp(len(source)):
        for i in range(_0, _8):
            word |= np.uint64(source[at + i]) << np.uint64(i * _8)
        if end - at < _8:
            word &= _ALL_BITS >> np.uint64((_8 - (end - at)) * _8)
    else:
        for i in range(at, end):
            word |= np.uint64(source[i]) << np.uint64((i - at) * _8)
    return word
