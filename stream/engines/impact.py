"""Impact: two ways of deciding over a whole catalogue, on all cores; one tally comes out, as of a diff of its lines.

A `Source` says what pieces the catalogue has and how one is opened. It refuses to know where they lie.
"""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from stream.catalogue.arrow import records_of
from stream.catalogue.changed import CHANGED, changed_batch
from stream.catalogue.decided import Row
from stream.catalogue.files import Piece, batches_of, pieces_of
from stream.catalogue.flips import Skipped
from stream.catalogue.standing import Standing, cause_against
from stream.changes.change import FLIPS, Ruled
from stream.changes.compared import Changes, changes_of
from stream.changes.doubt import Sample
from stream.changes.stands import Stands
from stream.changes.tally import Tally
from stream.compose import load_sets
from stream.contract.answer import Labels
from stream.contract.instant import Instant
from stream.contract.record import Record
from stream.engines.collector import keep_what_is_freed, spare_the_collector
from stream.engines.diff import Moment, Sides, count_run, others_in, run_rows
from stream.engines.machine import in_order
from stream.pipeline import classify_run, decide_run
from stream.problems import BadSetup, Problem, gathered


@dataclass(frozen=True, slots=True)
class Compared:
    """The two ways by name: what a process loads them by. `old_moment` None: the old side decides as of the same.

    Where what was `decided` is named, files or a topic, it is the old side, and `old_*` name nothing.
    """

    old_policies: Sequence[Path] = ()
    new_policies: Sequence[Path] = ()
    old_model: str | None = None
    new_model: str | None = None
    as_of: Instant | None = None
    as_known_on: Instant | None = None
    old_moment: Moment | None = None
    decided: Sequence[str] = ()
    labels: Labels = field(default_factory=dict)

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
        return Sides(model, old_set, new_set, self.as_of, self.as_known_on, other, self.old_moment, self.labels)


class Counting(NamedTuple):
    """What is kept besides counts: examples, a sample, and the changed listings."""

    examples: int = 3
    samples: int = 0
    seed: int = 1
    parts: str | None = None

    def tally(self) -> Tally:
        """Give a tally that has nothing in it."""
        return Tally(self.examples, sample=Sample(self.samples, self.seed))


class Opened(NamedTuple):
    """A piece of a catalogue: what decides it, its records run by run, and what stands of them, if that is one side.

    `stands` counts what stands of this piece alone, where it is read with it.
    """

    sides: Sides
    runs: Iterable[Sequence[Record]]
    standing: Standing | None = None
    stands: Stands | None = None


class Source(NamedTuple):
    """A catalogue: its pieces in order, and how whoever counts one opens it, which may raise BadSetup."""

    pieces: Iterable[Any]
    opened: Callable[[Sides, Any], Opened]


def in_files(catalogue: str, standing: Standing | None = None) -> Source:
    """Give a catalogue in files. What stands of it is too much to hold in each process: it asks for one process."""
    return Source(pieces_of(catalogue), partial(_open_file, standing))


def _open_file(standing: Standing | None, sides: Sides, piece: Piece) -> Opened:
    return Opened(sides, map(records_of, batches_of(piece)), standing)


class Counted(NamedTuple):
    """What a piece came to; `part` is an Arrow file of its changed listings."""

    tally: Tally
    part: str | None


def impact(
    compared: Compared,
    source: Source,
    processes: int = 1,
    counting: Counting = Counting(),  # noqa: B008 - it is a value
    changed: BinaryIO | None = None,
    progress: Callable[[int], None] = lambda rows: None,
) -> Tally:
    """Count what changes over a catalogue, whoever counts a piece of it. Raises BadSetup, and ProcessDied.

    `changed` takes the changed listings as Parquet, in the catalogue's order; they are never in memory together.
    """
    whole = counting.tally()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="keran-parts-")) if changed else None
        writer = stack.enter_context(pq.ParquetWriter(changed, CHANGED, compression="zstd")) if changed else None
        work = partial(_count, counting._replace(parts=folder), source.opened)
        for counted in in_order(partial(_load, compared), work, source.pieces, processes):
            whole.merge(counted.tally)
            if counted.part:
                _take(writer, counted.part)
            progress(whole.records)
    return whole


def _load(compared: Compared) -> Sides:
    sides = compared.load()
    keep_what_is_freed()
    spare_the_collector()
    return sides


def _count(counting: Counting, opened: Callable[[Sides, Any], Opened], sides: Sides, piece: Any) -> Counted:
    tally = counting.tally()
    with ExitStack() as stack:
        part, writer = _part(stack, counting.parts) if counting.parts else (None, None)
        found = opened(sides, piece)
        if found.stands:
            tally.stands.add(found.stands)
        for records in found.runs:
            changes = _count_run(tally, found, records)
            if writer:
                writer.write_batch(changed_batch(changes))
    return Counted(tally, part)


def _count_run(tally: Tally, found: Opened, records: Sequence[Record]) -> Changes:
    if found.standing is None:
        return count_run(tally, found.sides, records)
    return count_against(tally, found.standing, found.sides, records)


def _part(stack: ExitStack, folder: str) -> tuple[str, pa.RecordBatchFileWriter]:
    number, name = tempfile.mkstemp(dir=folder)
    file = stack.enter_context(open(number, "wb"))  # noqa: SIM115 - the stack closes it
    return name, stack.enter_context(pa.ipc.new_file(file, CHANGED))


def _take(writer: pq.ParquetWriter, part: str) -> None:
    with pa.OSFile(part) as file, pa.ipc.open_file(file) as held:
        for number in range(held.num_record_batches):
            writer.write_batch(held.get_batch(number))
    Path(part).unlink()


def count_against(tally: Tally, standing: Standing, sides: Sides, records: Sequence[Record]) -> Changes:
    """Decide a run by the new side, and take what changes of what stands into a tally; gives the changes."""
    run = classify_run(sides.model, records, sides.labels)
    found = standing.rows(run)
    kept = {at: row for at, row in enumerate(found) if isinstance(row, Row)}
    chosen = run_rows(run, list(kept))
    ruled = Ruled(chosen.classifications, decide_run(sides.new, chosen, sides.as_of, sides.as_known_on))
    changes = changes_of(chosen.events, standing.ruled(list(kept.values())), ruled)
    flips = changes.where(lambda comparison: comparison.effect in FLIPS)
    stood = list(kept.values())
    models = {at: ruled.classifications.labelled.get(at, sides.model.id) for at in flips}
    causes = {at: cause_against(stood[at].by, models[at], ruled.rulings[at].policies) for at in flips}
    told = replace(changes, causes={at: cause for at, cause in causes.items() if cause})
    tally.add(told)
    tally.skipped.update(str(row) for row in found if isinstance(row, Skipped))
    tally.add_others(*others_in(run, records))
    return told
