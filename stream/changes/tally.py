"""A tally: changes in, counts out, and of every sort of change the first few examples.

Tallies of consecutive runs merge to the tally of the whole, whoever counted them. What one holds grows with the number
of different sellers and markets, and not with the number of events.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from stream.changes.change import FLIPS, Cause, Change, Comparison, Effect, Responsible
from stream.changes.compared import EFFECTS, Changes
from stream.changes.doubt import Sample
from stream.changes.stands import Stands
from stream.changes.values import Band, band_of
from stream.contract.alike import alike_numbers
from stream.contract.dead_letter import DeadLetter
from stream.contract.fields import AMOUNT, COUNTRY, CURRENCY, LISTING_ID, MARKET, SELLER_ID, SELLER_TYPE
from stream.decide.countries import country_of

# How many are named of what counts against a budget, and of what could not be read.
FIRST = 3


class Cell(NamedTuple):
    """What events are counted together by. The country is the declared one of the goods; None is unknown."""

    effect: Effect
    cluster: str
    country: str | None
    seller_type: str
    market: str


class Sort(NamedTuple):
    """A sort of change: what it does, and by which rules."""

    effect: Effect
    responsible: Responsible


class DeadAt(NamedTuple):
    """A record that could not be read, and where it was; of a file only the offset tells."""

    partition: int
    offset: int
    letter: DeadLetter


class State(NamedTuple):
    """How an event stood, `before` or `after`."""

    side: str
    decision: str
    review: bool
    policies: tuple[str, ...]


@dataclass
class Tally:
    """Counts of changes. `most` examples are kept of each sort: the first in the order of the events.

    The first, not a random few: whoever reads the report finds them at the head of the file, a longer file shows the
    same ones, and tallies merge without a seed. That they are kept by sort makes up for what a file begins with. A
    listing is an example once. `stands` is what one side is, where that is decisions; `skipped` are the events that are
    not those which were decided, by why. `labelled` are the decisions, `before` and `after`, that rest on a label.
    """

    most: int = 3
    cells: Counter[Cell] = field(default_factory=Counter)
    sellers: Counter[tuple[str, str, Effect]] = field(default_factory=Counter)
    values: Counter[tuple[Band, Effect]] = field(default_factory=Counter)
    sorts: Counter[Sort] = field(default_factory=Counter)
    states: Counter[State] = field(default_factory=Counter)
    causes: Counter[tuple[Effect, Cause]] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    labelled: Counter[str] = field(default_factory=Counter)
    removals: int = 0
    dead: Counter[str] = field(default_factory=Counter)
    examples: dict[Sort, list[Change]] = field(default_factory=dict)
    flips: list[Change] = field(default_factory=list)
    local_blocks: list[Change] = field(default_factory=list)
    first_dead: list[DeadAt] = field(default_factory=list)
    stands: Stands = field(default_factory=Stands)
    sample: Sample = field(default_factory=Sample)

    @property
    def decided(self) -> int:
        """How many events were decided, both ways."""
        return self.cells.total()

    @property
    def records(self) -> int:
        """How many records there were."""
        return self.decided + self.removals + self.dead.total() + self.skipped.total()

    @property
    def local_block_count(self) -> int:
        """How many listing events of local sellers are newly blocked."""
        return sum(n for cell, n in self.cells.items() if is_local_block(cell.effect, cell.seller_type))

    def add(self, changes: Changes) -> None:
        """Take in the changes of a run."""
        self._count_cells(changes)
        told = list(map(EFFECTS.__getitem__, changes.effects().tolist()))
        self.sellers.update(zip(*map(changes.events.column, (SELLER_ID, SELLER_TYPE)), told, strict=True))
        bands = map(band_of, *map(changes.events.column, (AMOUNT, CURRENCY)))
        self.values.update(zip(bands, told, strict=True))
        for comparison, count in changes.counted():
            for side, ruling in (("before", comparison.before), ("after", comparison.after)):
                self.states[State(side, ruling.decision, ruling.review, ruling.policies)] += count
            if comparison.effect is not Effect.UNCHANGED:
                self.sorts[sort_of(comparison)] += count
        self.causes.update((changes.comparisons[changes.codes[row]].effect, c) for row, c in changes.causes.items())
        self.labelled.update(before=len(changes.before.labelled), after=len(changes.after.labelled))
        self.sample.take(changes)
        self._keep_first(changes)

    def add_others(self, removals: int, dead: Iterable[DeadAt]) -> None:
        """Take in what a run held besides: removals and dead letters."""
        letters = list(dead)
        self.removals += removals
        self.dead.update([at.letter.code for at in letters])
        _keep(self.first_dead, letters, FIRST)

    def merge(self, later: "Tally") -> None:
        """Take in the tally of the runs that follow."""
        for name in ("cells", "sellers", "values", "sorts", "states", "causes", "skipped", "labelled", "dead"):
            getattr(self, name).update(getattr(later, name))
        self.removals += later.removals
        for sort, changes in later.examples.items():
            _keep_listings(self.examples.setdefault(sort, []), changes, self.most)
        _keep_listings(self.flips, later.flips, FIRST)
        _keep_listings(self.local_blocks, later.local_blocks, FIRST)
        _keep(self.first_dead, later.first_dead, FIRST)
        self.sample.add(later.sample.drawn)
        self.stands.add(later.stands)

    def _count_cells(self, changes: Changes) -> None:
        said = changes.events.alike((COUNTRY, SELLER_TYPE, MARKET)).codes
        rows = np.stack([said, changes.effects(), changes.after.likeliest], axis=1)
        codes, firsts = alike_numbers(rows)
        columns = map(changes.events.rows(firsts).column, (COUNTRY, SELLER_TYPE, MARKET))
        counts, clusters = np.bincount(codes).tolist(), changes.after.clusters
        for (_, effect, cluster), *told, count in zip(rows[firsts].tolist(), *columns, counts, strict=True):
            country, seller_type, market = told
            self.cells[Cell(EFFECTS[effect], clusters[cluster], country_of(country), seller_type, market)] += count

    def _keep_first(self, changes: Changes) -> None:
        """Keep the first of every sort that has too few examples yet, and the first that count against budgets."""
        for comparison in changes.comparisons:
            if comparison.effect is not Effect.UNCHANGED:
                self.examples.setdefault(sort_of(comparison), [])
        open_rows = changes.where(lambda comparison: any(len(kept) < most for kept, most in self._kept_of(comparison)))
        events = changes.events.rows(open_rows)
        for row, listing, kind in zip(open_rows, *map(events.column, (LISTING_ID, SELLER_TYPE)), strict=True):
            for kept, most in self._kept_of(changes.comparisons[changes.codes[row]], kind):
                if len(kept) < most and all(listing != held.event.listing.id for held in kept):
                    kept.append(changes[row])

    def _kept_of(self, comparison: Comparison, seller_type: str = "local") -> list[tuple[list[Change], int]]:
        """Give the lists that a change goes to, with how many each may hold."""
        if comparison.effect is Effect.UNCHANGED:
            return []
        kept = [(self.examples[sort_of(comparison)], self.most)]
        kept += [(self.flips, FIRST)] if comparison.effect in FLIPS else []
        return kept + ([(self.local_blocks, FIRST)] if is_local_block(comparison.effect, seller_type) else [])


def sort_of(comparison: Comparison) -> Sort:
    """Give the sort of change that a comparison is."""
    return Sort(comparison.effect, comparison.responsible)


def is_local_block(effect: Effect, seller_type: str) -> bool:
    """Tell a change that blocks what a local seller may sell today."""
    return effect is Effect.NEWLY_BLOCKED and seller_type == "local"


def _keep_listings(kept: list[Change], more: Iterable[Change], most: int) -> None:
    for change in more:
        if len(kept) < most and all(change.event.listing.id != held.event.listing.id for held in kept):
            kept.append(change)


def _keep(kept: list, more: Sequence, most: int) -> None:
    kept.extend(more[: most - len(kept)])
