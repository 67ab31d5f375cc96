"""Impact: two ways of deciding over a whole catalogue, on all cores; one tally comes out, as of a diff of its lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from stream.catalogue.arrow import records_of
from stream.catalogue.decided import Row
from stream.catalogue.files import Piece, batches_of, pieces_of
from stream.catalogue.flips import Skipped
from stream.catalogue.standing import Standing, cause_against
from stream.changes.change import FLIPS, Ruled
from stream.changes.compared import changes_of
from stream.changes.tally import Tally
from stream.compose import load_sets
from stream.contract.instant import Instant
from stream.contract.record import FileRecord
from stream.engines.collector import keep_what_is_freed, spare_the_collector
from stream.engines.diff import Moment, Sides, count_run, others_in, run_rows
from stream.engines.machine import in_order
from stream.pipeline import classify_run, decide_run
from stream.problems import BadSetup, Problem, gathered


@dataclass(frozen=True, slots=True)
class Compared:
    """The two ways by name: what a process loads them by. `old_moment` None: the old side decides as of the same.

    Where files of decisions are named, they are the old side, and `old_*` name nothing.
    """

    old_policies: Sequence[Path] = ()
    new_policies: Sequence[Path] = ()
    old_model: str | None = None
    new_model: str | None = None
    as_of: Instant | None = None
    as_known_on: Instant | None = None
    old_moment: Moment | None = None
    decided: Sequence[str] = ()

    def load(self, found: Sequence[Problem] = ()) -> Sides:
        """Load both. Raises BadSetup with the problems of both, `found` those before them."""
        problems = list(found)
        old = None if self.decided else gathered(problems, lambda: load_sets([self.old_policies], model=self.old_model))
        new = gathered(problems, lambda: load_sets([self.new_policies], model=self.new_model))
        old = new if self.decided else old
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
    standing: Standing | None = None,
) -> Tally:
    """Count what changes over a catalogue, whoever counts a piece of it. Raises BadSetup, and ProcessDied.

    Against what stands it is counted in one process: what stands is too much to hold in each.
    """
    whole = Tally(examples)
    work = partial(_count, examples, standing)
    for tally in in_order(partial(_load, compared), work, pieces_of(catalogue), processes):
        whole.merge(tally)
        progress(tally.records)
    return whole


def _load(compared: Compared) -> Sides:
    sides = compared.load()
    keep_what_is_freed()
    spare_the_collector()
    return sides


def _count(examples: int, standing: Standing | None, sides: Sides, piece: Piece) -> Tally:
    tally = Tally(examples)
    for batch in batches_of(piece):
        if standing is None:
            count_run(tally, sides, records_of(batch))
        else:
            count_against(tally, standing, sides, records_of(batch))
    return tally


def count_against(tally: Tally, standing: Standing, sides: Sides, records: Sequence[FileRecord]) -> None:
    """Decide a run by the new side, and take what changes of what stands into a tally."""
    run = classify_run(sides.model, records)
    found = standing.rows(run)
    kept = {at: row for at, row in enumerate(found) if isinstance(row, Row)}
    chosen = run_rows(run, list(kept))
    ruled = Ruled(chosen.classifications, decide_run(sides.new, chosen, sides.as_of, sides.as_known_on))
    changes = changes_of(chosen.events, standing.ruled(list(kept.values())), ruled)
    flips = changes.where(lambda comparison: comparison.effect in FLIPS)
    stood = list(kept.values())
    causes = {at: cause_against(stood[at].by, sides.model.id, ruled.rulings[at].policies) for at in flips}
    tally.add(replace(changes, causes={at: cause for at, cause in causes.items() if cause}))
    tally.skipped.update(str(row) for row in found if isinstance(row, Skipped))
    tally.add_others(*others_in(run, records))
