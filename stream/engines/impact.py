"""Impact: two ways of deciding over a whole catalogue, on all cores; one tally comes out, as of a diff of its lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from stream.catalogue.arrow import records_of
from stream.catalogue.files import Piece, batches_of, pieces_of
from stream.changes.tally import Tally
from stream.compose import load_sets
from stream.contract.instant import Instant
from stream.engines.collector import spare_the_collector
from stream.engines.diff import Moment, Sides, count_run
from stream.engines.machine import in_order
from stream.problems import BadSetup, Problem, gathered


@dataclass(frozen=True, slots=True)
class Compared:
    """The two ways by name: what a process loads them by. `old_moment` None: the old side decides as of the same."""

    old_policies: Sequence[Path] = ()
    new_policies: Sequence[Path] = ()
    old_model: str | None = None
    new_model: str | None = None
    as_of: Instant | None = None
    as_known_on: Instant | None = None
    old_moment: Moment | None = None

    def load(self, found: Sequence[Problem] = ()) -> Sides:
        """Load both. Raises BadSetup with the problems of both, `found` those before them."""
        problems = list(found)
        old = gathered(problems, lambda: load_sets([self.old_policies], model=self.old_model))
        new = gathered(problems, lambda: load_sets([self.new_policies], model=self.new_model))
        if problems or old is None or new is None:
            raise BadSetup(dict.fromkeys(problems))
        (_, old_model, (old_set,)), (_, model, (new_set,)) = old, new
        other = old_model if old_model.id != model.id else None
        return Sides(model, old_set, new_set, self.as_of, self.as_known_on, other, self.old_moment)


def impact(
    compared: Compared,
    catalogue: str,
    processes: int = 1,
    examples: int = 3,
    progress: Callable[[int], None] = lambda rows: None,
) -> Tally:
    """Count what changes over a catalogue, whoever counts a piece of it. Raises BadSetup, and ProcessDied."""
    whole = Tally(examples)
    work = partial(_count, examples)
    for tally in in_order(partial(_load, compared), work, pieces_of(catalogue), processes):
        whole.merge(tally)
        progress(tally.records)
    return whole


def _load(compared: Compared) -> Sides:
    sides = compared.load()
    spare_the_collector()
    return sides


def _count(examples: int, sides: Sides, piece: Piece) -> Tally:
    tally = Tally(examples)
    for batch in batches_of(piece):
        count_run(tally, sides, records_of(batch))
    return tally
