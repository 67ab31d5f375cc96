"""The places of one partition's listings: for each listing the newest event it has, in less than 100 bytes.

Runs of places come in; out go, for each, whether it is newer than what its listing has, the same again, or superseded,
and the decision that it replaces. It knows no Kafka, no clock and no listing event.

Every listing is one entry of 64-bit words in an arena:

    revision | occurred_at | decision_id, two words | removed_at, key and event_id lengths | key and event_id, padded

and a slot in an open-addressing index that holds the word at which the entry begins. Keys and event ids are whole, so
nothing rests on a hash being unique. An entry that must grow is written anew at the end; when an eighth of the arena is
of no use, what is left is moved together.
"""

import secrets
from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from stream.contract.outcome import Place
from stream.contract.outcomes import Outcomes, digests_of, names_of
from stream.engines.places_kernel import HEAD, LISTINGS, USED, USELESS, find, index, lose_removed, move_together, take


class Verdict(IntEnum):
    """What a place is to its listing; the last three are superseded, by its event, its removal or its own removal."""

    NEWER = 0
    AGAIN = 1
    OLDER = 2
    REMOVED = 3
    DUPLICATE = 4


_FIRST_WORDS, _FIRST_SLOTS = 1 << 10, 1 << 8
# So much of the index is taken at most: with half as much after it grew, 7 to 13 bytes a listing.
_FULL = 0.6
# The arena grows by an eighth, and first gives up what is of no use where that is an eighth or more.
_PART = 8


class Places:
    """One partition's places; `retention` is how many minutes a removal is remembered."""

    def __init__(self, retention: int) -> None:
        self._retention = retention
        self._seed = np.uint64(secrets.randbits(64))
        self._words = np.zeros(_FIRST_WORDS, np.int64)
        self._slots = np.zeros(_FIRST_SLOTS, np.uint32)
        # Words used, words of no use, listings: what the kernel counts.
        self._counts = np.zeros(3, np.int64)

    def __len__(self) -> int:
        return int(self._counts[LISTINGS])

    def nbytes(self) -> int:
        """Give the bytes that are in use, as far as anything was ever written to them."""
        return int(self._counts[USED]) * 8 + self._slots.nbytes

    def take(
        self,
        keys: Sequence[bytes],
        places: Sequence[Place],
        removed: Sequence[bool],
        minutes: Sequence[int],
        *,
        revive: bool = True,
    ) -> tuple[list[int], list[bytes]]:
        """Take a run of places in order, one each of `keys`; give each its `Verdict` and the decision that it replaces.

        A place is newer when (revision, occurred_at, event_id) is greater than what its listing has; where they are
        equal it is the same again. A null value removes a listing at the place that it has, and `revive` says whether
        that very event, coming after it, puts the listing back. Only what is newer or the same again is remembered.
        `removed` says which are removals, `minutes` when each was taken, since 1970, in order. The decision is empty
        where none is replaced.
        """
        if not keys:
            return [], []
        revisions, moments, ids, decisions = zip(*places, strict=True)
        stops = np.cumsum([0, *map(len, keys), *map(len, ids)])
        spans = np.stack([stops[:-1], stops[1:]], axis=1).reshape(2, -1, 2)
        content = np.frombuffer(b"".join([*keys, *ids]) or b"\0", np.uint8)
        verdicts, replaced = self._take(
            content, *spans, np.ones(len(keys), np.bool_), np.array(revisions, np.int64), np.array(moments, np.int64),
            digests_of(decisions), np.array(removed, np.bool_), np.array(minutes, np.int64), revive,
        )  # fmt: skip
        return verdicts.tolist(), names_of(replaced)

    def take_outcomes(
        self, run: Outcomes, minutes: NDArray[np.int64], *, revive: bool = True
    ) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Take the places of a run's outcomes, of those that have one, as `take` does; ids of decisions are words."""
        return self._take(
            run.source, run.keys, run.event_ids, run.placed, run.revisions, run.micros, run.decision_ids, run.no_value,
            minutes, revive,
        )  # fmt: skip

    def _take(self, content, keys, event_ids, placed, *rest) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        count, (*_, minutes, _) = len(keys), rest
        verdicts, replaced = np.zeros(count, np.uint8), np.zeros((count, 2), np.int64)
        if count:
            size = int((keys[:, 1] - keys[:, 0]).sum() + (event_ids[:, 1] - event_ids[:, 0]).sum())
            self._make_room(count, size // 8 + (HEAD + 1) * count, int(minutes[-1]))
            words = (self._words, self._words.view(np.uint8), self._slots, self._counts, self._seed)
            take(*words, content, keys, event_ids, placed, *rest, verdicts, replaced)
        return verdicts, replaced

    def remove(self, key: bytes, minute: int) -> Place | None:
        """Remove a listing at the place that it has, and give that; None where nothing is known of it."""
        at = find(self._words, self._words.view(np.uint8), self._slots, self._seed, np.frombuffer(key, np.uint8))
        if at < 0:
            return None
        revision, occurred_at, _, _, sizes = self._words[at : at + HEAD].tolist()
        begin = 8 * (at + HEAD) + len(key)
        event_id = self._words.view(np.uint8)[begin : begin + (sizes >> 48)].tobytes()
        (decision,) = names_of(self._words[at + 2 : at + 4].reshape(1, 2))
        self._words[at + 2 : at + 4] = 0
        if not sizes & 0xFFFFFFFF:
            self._words[at + 4] = sizes | minute
        return Place(revision, occurred_at, event_id, decision)

    def _make_room(self, count: int, words: int, minute: int) -> None:
        if self._counts[USED] + words > len(self._words):
            self._grow(words, minute)
        if self._counts[LISTINGS] + count > _FULL * len(self._slots):
            self._index(count)

    def _grow(self, words: int, minute: int) -> None:
        lost = lose_removed(self._words, self._counts, minute - self._retention)
        if lost or self._counts[USELESS] * _PART > self._counts[USED]:
            move_together(self._words, self._counts)
            self._index(0)
        needed = int(self._counts[USED]) + words
        if needed * _PART > len(self._words) * (_PART - 1):
            # realloc: a large block is moved by the page table, not copied.
            self._words.resize(needed + needed // _PART, refcheck=False)

    def _index(self, count: int) -> None:
        slots = len(self._slots)
        while self._counts[LISTINGS] + count > _FULL * slots:
            slots *= 2
        self._slots = np.zeros(slots, np.uint32)
        index(self._words, self._words.view(np.uint8), self._slots, self._counts, self._seed)


def warm() -> None:
    """Compile all of the kernel, or load it from numba's cache, by walking every way through it once."""
    places = Places(retention=1)
    places.take([b"key"], [Place(0, 0, b"event", b"1" * 32)], [False], [1])
    places.remove(b"key", 1)
    places._grow(_FIRST_WORDS, 10)
