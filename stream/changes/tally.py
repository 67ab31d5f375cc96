"""A tally: changes in, counts out, and of every sort of change the first few examples.

Tallies of consecutive runs merge to the tally of the whole, whoever counted them. What one holds grows with the number
of different sellers and markets, and not with the number of events.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from stream.changes.change import FLIPS, Cause, Change, Effect, Responsible
from stream.contract.dead_letter import DeadLetter
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
    listing is an example once.
    """

    most: int = 3
    cells: Counter[Cell] = field(default_factory=Counter)
    sellers: Counter[tuple[str, str, Effect]] = field(default_factory=Counter)
    sorts: Counter[Sort] = field(default_factory=Counter)
    states: Counter[State] = field(default_factory=Counter)
    causes: Counter[tuple[Effect, Cause]] = field(default_factory=Counter)
    removals: int = 0
    dead: Counter[str] = field(default_factory=Counter)
    examples: dict[Sort, list[Change]] = field(default_factory=dict)
    flips: list[Change] = field(default_factory=list)
    local_blocks: list[Change] = field(default_factory=list)
    first_dead: list[tuple[int, DeadLetter]] = field(default_factory=list)

    @property
    def decided(self) -> int:
        """How many events were decided, both ways."""
        return self.cells.total()

    @property
    def records(self) -> int:
        """How many records there were."""
        return self.decided + self.removals + self.dead.total()

    @property
    def local_block_count(self) -> int:
        """How many listing events of local sellers are newly blocked."""
        return sum(n for cell, n in self.cells.items() if is_local_block(cell.effect, cell.seller_type))

    def add(self, changes: Sequence[Change]) -> None:
        """Take in the changes of a run."""
        self.cells.update([_cell(change) for change in changes])
        self.sellers.update([_seller(change) for change in changes])
        for comparison, count in Counter([change.comparison for change in changes]).items():
            for side, ruling in (("before", comparison.before), ("after", comparison.after)):
                self.states[State(side, ruling.decision, ruling.review, ruling.policies)] += count
        for change in changes:
            if change.comparison.effect is not Effect.UNCHANGED:
                self._add_changed(change)

    def add_others(self, removals: int, dead: Iterable[tuple[int, DeadLetter]]) -> None:
        """Take in what a run held besides: removals, and dead letters with their offsets."""
        letters = list(dead)
        self.removals += removals
        self.dead.update([letter.code for _, letter in letters])
        _keep(self.first_dead, letters, FIRST)

    def merge(self, later: "Tally") -> None:
        """Take in the tally of the runs that follow."""
        for name in ("cells", "sellers", "sorts", "states", "causes", "dead"):
            getattr(self, name).update(getattr(later, name))
        self.removals += later.removals
        for sort, changes in later.examples.items():
            _keep_listings(self.examples.setdefault(sort, []), changes, self.most)
        _keep_listings(self.flips, later.flips, FIRST)
        _keep_listings(self.local_blocks, later.local_blocks, FIRST)
        _keep(self.first_dead, later.first_dead, FIRST)

    def _add_changed(self, change: Change) -> None:
        sort = Sort(change.comparison.effect, change.comparison.responsible)
        self.sorts[sort] += 1
        if change.cause:
            self.causes[sort.effect, change.cause] += 1
        _keep_listings(self.examples.setdefault(sort, []), [change], self.most)
        if sort.effect in FLIPS:
            _keep_listings(self.flips, [change], FIRST)
        if is_local_block(sort.effect, change.event.seller.type):
            _keep_listings(self.local_blocks, [change], FIRST)


def is_local_block(effect: Effect, seller_type: str) -> bool:
    """Tell a change that blocks what a local seller may sell today."""
    return effect is Effect.NEWLY_BLOCKED and seller_type == "local"


def _cell(change: Change) -> Cell:
    event = change.event
    country = country_of(event.origin.country)
    return Cell(change.comparison.effect, change.cluster_after, country, event.seller.type, event.market)


def _seller(change: Change) -> tuple[str, str, Effect]:
    return change.event.seller.id, change.event.seller.type, change.comparison.effect


def _keep_listings(kept: list[Change], more: Iterable[Change], most: int) -> None:
    for change in more:
        if len(kept) < most and all(change.event.listing.id != held.event.listing.id for held in kept):
            kept.append(change)


def _keep(kept: list, more: Sequence, most: int) -> None:
    kept.extend(more[: most - len(kept)])
