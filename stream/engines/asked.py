"""Which listings a person is asked about: what stands on `reviews`, kept in step with what stands on `decisions`.

A run's outcomes come in as the order guard lets them through; out they go, and those that end a question say so, for a
tombstone on `reviews`. It knows no Kafka client and no label.

It holds keys, whole, and no more of them than there are listings: what is decided, removed or answered goes. Beside
them stand bits that hashes of keys fall on, so that one compiled pass leaves out nearly all of a run: what asks nobody
and cannot be a listing that was asked about.
"""

import sys
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.contract.compiled import compiled
from stream.contract.outcome import Kind, Outcome
from stream.contract.outcomes import Outcomes, outcomes_of
from stream.contract.record import Record

# Bits a listing, at least, when they are laid out anew, and then for twice as many: one in 16 to 32 is set.
_BITS = 32
_FIRST_BITS = 1 << 10
_START, _PRIME, _MIX = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3), np.uint64(0xFF51AFD7ED558CCD)
_33, _6, _63, _1 = np.uint64(33), np.uint64(6), np.uint64(63), np.uint64(1)


class _Reviewed(msgspec.Struct, frozen=True):
    review: bool


_decode = msgspec.json.Decoder(_Reviewed).decode


class Asked:
    """The listings of one partition whose last decision asks for a person: a few in a hundred of all."""

    def __init__(self) -> None:
        self._listings: set[bytes] = set()
        # How many keys the bits were set for so far, also those that are gone; and whether some have none yet.
        self._marks, self._marked, self._stale = np.zeros(_FIRST_BITS // 64, np.uint64), 0, False

    def __len__(self) -> int:
        return len(self._listings)

    def nbytes(self) -> int:
        """Give the bytes that the keys and their table take: 80 to 110 a listing, of keys of 14 bytes."""
        return sys.getsizeof(self._listings) + sum(map(sys.getsizeof, self._listings)) + self._marks.nbytes

    def restore(self, records: Iterable[Record]) -> None:
        """Take what is on `decisions`, in order."""
        for record in records:
            self._note(record.key or b"", record.value is not None and _asks(record.value))
        self._stale = True

    def take(self, outcomes: Sequence[Outcome]) -> Outcomes:
        """Give a run's outcomes; those that replace what a person was asked about, and ask nothing, are `answered`."""
        run = outcomes_of(outcomes)
        rows = self._that_matter(run)
        answered = run.answered.copy()
        chosen = run.rows(rows)
        keys, reviews = chosen.texts(chosen.keys[:, np.newaxis], chosen.no_key), chosen.review.tolist()
        for row, key, review in zip(rows.tolist(), keys, reviews, strict=True):
            answered[row] |= key in self._listings and not review
            self._note(key, review)
        return run.answering(answered)

    def _that_matter(self, run: Outcomes) -> NDArray[np.int64]:
        """Give the rows that ask for a person, and those of listings that one may have been asked about."""
        stands = run.of_kinds(Kind.DECISION, Kind.TOMBSTONE) & ~run.no_key
        matters, more = np.empty(len(run), np.bool_), int((stands & run.review).sum())
        if self._stale or (self._marked + more) * _BITS > 2 * 64 * len(self._marks):
            self._mark_all(more)
        self._marked += more
        _mark(run.source, run.keys, stands, run.review, self._marks, matters)
        return np.flatnonzero(matters)

    def _mark_all(self, more: int = 0) -> None:
        """Lay the bits out anew, for so many more listings."""
        bits = _FIRST_BITS
        while bits < (len(self._listings) + more) * _BITS:
            bits *= 2
        self._marks, self._marked, self._stale = np.zeros(bits // 64, np.uint64), len(self._listings), False
        content, count = b"".join(self._listings), len(self._listings)
        stops = np.cumsum([0, *map(len, self._listings)])
        ask, keys = np.ones(count, np.bool_), np.stack([stops[:-1], stops[1:]], axis=1)
        _mark(np.frombuffer(content or b"\0", np.uint8), keys, ask, ask, self._marks, np.empty(count, np.bool_))

    def _note(self, listing: bytes, review: bool) -> None:
        if review:
            self._listings.add(listing)
        else:
            self._listings.discard(listing)


@compiled
def _mark(source, keys, stands, reviews, marks, matters):
    """Say which rows matter, in order, and set the bits of those that ask for a person."""
    last = np.uint64(64 * len(marks)) - _1
    for i in range(len(stands)):
        h = _START
        for at in range(np.uintp(keys[i, 0]), np.uintp(keys[i, 1])):
            h = (h ^ np.uint64(source[at])) * _PRIME
        h = (h ^ (h >> _33)) * _MIX
        h = (h ^ (h >> _33)) & last
        bit = _1 << (h & _63)
        if stands[i] and reviews[i]:
            marks[h >> _6] |= bit
        matters[i] = stands[i] and (marks[h >> _6] & bit) != 0


def _asks(value: bytes) -> bool:
    # Only a few ask: the search is a tenth of the decoding, and within a text the quotes would be escaped.
    if b'"review":true' not in value:
        return False
    try:
        return _decode(value).review
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
