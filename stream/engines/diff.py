"""Two ways of deciding over one file: every run of lines is read once, decided twice, and compared.

Where both have the same model it is classified once too.

The rulings are those that a replay of the same file under either set writes. It keeps a tally, not the events.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from stream.changes.change import FLIPS, Change, Ruled, cause_of, changes_of
from stream.changes.tally import Tally
from stream.classify.classifier import Model
from stream.contract.dead_letter import DeadLetter
from stream.contract.instant import Instant
from stream.contract.record import FileRecord
from stream.decide.policy import PolicySet
from stream.engines.replay import runs_of
from stream.pipeline import ClassifiedRun, classify_run, decide_run, reclassify


class Moment(NamedTuple):
    """A moment to decide as of; None is each event's own."""

    as_of: Instant | None


class Sides(NamedTuple):
    """A model and two policy sets checked against it, and the moments that both decide as of and as known on.

    Where the old side has another model it is `old_model`, and where it has another moment that is `old_moment`.
    """

    model: Model
    old: PolicySet
    new: PolicySet
    as_of: Instant | None = None
    as_known_on: Instant | None = None
    old_model: Model | None = None
    old_moment: Moment | None = None

    def moment_before(self) -> Instant | None:
        """Give the moment that the old side decides as of."""
        return self.old_moment.as_of if self.old_moment else self.as_of


def diff(
    sides: Sides,
    lines: Iterable[bytes],
    source: str,
    *,
    examples: int = 3,
    run_rows: int = 2_000,
    progress: Callable[[int], None] = lambda read: None,
) -> Tally:
    """Count what changes on the listing events of `lines`, which are those of `source`.

    `progress` is told the bytes read, run by run.
    """
    tally = Tally(examples)
    for records in runs_of(lines, source, run_rows):
        count_run(tally, sides, records)
        progress(sum(len(record.value) + 1 for record in records))
    return tally


def count_run(tally: Tally, sides: Sides, records: Sequence[FileRecord]) -> None:
    """Decide a run both ways, and take what changes into a tally."""
    run = classify_run(sides.model, records)
    tally.add(changes_in(sides, run))
    tally.add_others(*_others(run, records))


def changes_in(sides: Sides, run: ClassifiedRun) -> list[Change]:
    """Decide a run both ways, and give the change of each of its events, in order."""
    before = reclassify(sides.old_model, run) if sides.old_model else run
    old = Ruled(before.classifications, decide_run(sides.old, before, sides.moment_before(), sides.as_known_on))
    new = Ruled(run.classifications, decide_run(sides.new, run, sides.as_of, sides.as_known_on))
    changes = changes_of(run.events, old, new)
    return caused(sides, before, run, changes) if sides.old_model else changes


def caused(sides: Sides, before: ClassifiedRun, run: ClassifiedRun, changes: Sequence[Change]) -> list[Change]:
    """Say of each flip whose it is, by deciding it by one side's model and the other's policies, both ways.

    Only flips are decided these two times more.
    """
    rows = [row for row, change in enumerate(changes) if change.comparison.effect in FLIPS]
    old_model, new_model = (_rows(each, rows) for each in (before, run))
    by_policy = decide_run(sides.new, old_model, sides.as_of, sides.as_known_on)
    by_model = decide_run(sides.old, new_model, sides.moment_before(), sides.as_known_on)
    told = list(changes)
    for row, policy, model in zip(rows, by_policy, by_model, strict=True):
        flipped = changes[row].comparison.after.decision
        told[row] = changes[row]._replace(cause=cause_of(model.decision == flipped, policy.decision == flipped))
    return told


def _rows(run: ClassifiedRun, rows: Sequence[int]) -> ClassifiedRun:
    return run._replace(events=run.events.rows(rows), classifications=run.classifications.rows(rows))


def _others(run: ClassifiedRun, records: Sequence[FileRecord]) -> tuple[int, list[tuple[int, DeadLetter]]]:
    dead = [(records[row].offset, said) for row, said in run.others.items() if isinstance(said, DeadLetter)]
    return len(run.others) - len(dead), dead
