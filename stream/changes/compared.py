"""A run's changes as columns: events and their rulings by two ways of deciding in, the change of any row out.

Rows that share both rulings share their comparison, so whoever counts counts comparisons. A change, and the event in
it, is made where somebody asks for one; most runs have few that anybody looks at.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import overload

import numpy as np
from numpy.typing import NDArray

from stream.changes.change import Cause, Change, Comparison, Effect, Ruled, compare
from stream.contract.alike import alike_numbers
from stream.contract.classification import Classifications
from stream.contract.event import ListingEvent
from stream.contract.events import Events, events_of
from stream.decide.ruling import Ruling

EFFECTS = tuple(Effect)
_NUMBER = {effect: at for at, effect in enumerate(EFFECTS)}


@dataclass(frozen=True, slots=True, eq=False)
class Assigned:
    """The cluster of every row, where only that is known: `likeliest` (n,) are indices into `clusters`.

    `labelled` holds the rows that a person's label answered, as of `Classifications`.
    """

    clusters: tuple[str, ...]
    likeliest: NDArray[np.int64]
    labelled: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.likeliest)


@dataclass(frozen=True, slots=True, eq=False)
class Changes(Sequence[Change]):
    """The change of every event of a run. Row i has `comparisons[codes[i]]`; `causes` are told of some rows."""

    events: Events
    before: Classifications | Assigned
    after: Classifications
    comparisons: Sequence[Comparison]
    codes: NDArray[np.int64]
    causes: Mapping[int, Cause] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, row: int) -> Change: ...
    @overload
    def __getitem__(self, row: slice) -> list[Change]: ...
    def __getitem__(self, row: int | slice) -> Change | list[Change]:
        """Give one change, made anew each time. Raises IndexError."""
        at = range(len(self))[row]
        return self._make(at) if isinstance(at, int) else list(map(self._make, at))

    def __iter__(self) -> Iterator[Change]:
        return map(self._make, range(len(self)))

    def _make(self, row: int) -> Change:
        clusters = (held.clusters[held.likeliest[row]] for held in (self.before, self.after))
        return Change(self.events[row], *clusters, self.comparisons[self.codes[row]], self.causes.get(row))

    def counted(self) -> list[tuple[Comparison, int]]:
        """Give every comparison with how many rows have it."""
        counts = np.bincount(self.codes, minlength=len(self.comparisons)).tolist()
        return list(zip(self.comparisons, counts, strict=True))

    def effects(self) -> NDArray[np.int64]:
        """Give the effect of every row by its number in `EFFECTS`."""
        numbers = [_NUMBER[comparison.effect] for comparison in self.comparisons]
        return np.array(numbers, np.int64)[self.codes]

    def where(self, is_wanted: Callable[[Comparison], bool]) -> list[int]:
        """Give the rows, in order, whose comparison is wanted."""
        wanted = np.fromiter(map(is_wanted, self.comparisons), np.bool_, len(self.comparisons))
        return np.flatnonzero(wanted[self.codes]).tolist()


def changes_of(events: Sequence[ListingEvent], before: Ruled, after: Ruled) -> Changes:
    """Compare the rulings on every event, in order. Raises ValueError where the lengths differ."""
    lengths = {len(part) for part in (events, *before, *after)}
    if len(lengths) > 1:
        raise ValueError(f"{len(events)} events, {len(before.rulings)} rulings before, {len(after.rulings)} after")
    comparisons, codes = _compared(before.rulings, after.rulings)
    return Changes(events_of(events), before.classifications, after.classifications, comparisons, codes)


def _compared(before: Sequence[Ruling], after: Sequence[Ruling]) -> tuple[list[Comparison], NDArray[np.int64]]:
    # Equal rulings are one object, so a run has far fewer pairs than events; both lists keep the objects alive.
    ids = [np.fromiter(map(id, rulings), np.int64, len(rulings)) for rulings in (before, after)]
    codes, firsts = alike_numbers(np.stack(ids, axis=1))
    return [compare(before[row], after[row]) for row in firsts.tolist()], codes
