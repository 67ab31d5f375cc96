"""Two ways of deciding over one file: every run of lines is read once, decided twice, and compared.

Where both have the same model it is classified once too.

The rulings are those that a replay of the same file under either set writes. It keeps a tally, not the events.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from stream.changes.change import FLIPS, Cause, Ruled, cause_of
from stream.changes.compared import Changes, changes_of
from stream.changes.tally import DeadAt, Tally
from stream.classify.classifier import Model
from stream.contract.answer import NO_LABELS, Labels
from stream.contract.dead_letter import DeadLetter
from stream.contract.instant import Instant
from stream.contract.record import Record
from stream.decide.policy import PolicySet
from stream.engines.replay import runs_of
from stream.pipeline import ClassifiedRun, classify_run, decide_run, reclassify


class Moment(NamedTuple):
    """A moment to decide as of; None is each event's own."""

    as_of: Instant | None


class Sides(NamedTuple):
    """A model and two policy sets checked against it, and the moments that both decide as of and as known on.

    Where the old side has another model it is `old_model`, and where it has another moment that is `old_moment`. Both
    decide under `labels`, as workers do whatever is live.
    """

    model: Model
    old: PolicySet
    new: PolicySet
    as_of: Instant | None = None
    as_known_on: Instant | None = None
    old_model: Model | None = None
    old_moment: Moment | None = None
    labels: Labels = NO_LABELS

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


def count_run(tally: Tally, sides: Sides, records: Sequence[Record]) -> Changes:
    """Decide a run both ways, and take what changes into a tally; gives the changes."""
    run = classify_run(sides.model, records, sides.labels)
    changes = changes_in(sides, run)
    tally.add(changes)
    tally.add_others(*others_in(run, records))
    return changes


def changes_in(sides: Sides, run: ClassifiedRun) -> Changes:
    """Decide a run both ways, and give the change of each of its events, in order."""
    before = reclassify(sides.old_model, run) if sides.old_model else run
    old = Ruled(before.classifications, decide_run(sides.old, before, sides.moment_before(), sides.as_known_on))
    new = Ruled(run.classifications, decide_run(sides.new, run, sides.as_of, sides.as_known_on))
    changes = changes_of(run.events, old, new)
    return replace(changes, causes=caused(sides, before, run, changes)) if sides.old_model else changes


def caused(sides: Sides, before: ClassifiedRun, run: ClassifiedRun, changes: Changes) -> dict[int, Cause]:
    """Say of each flip, by row, whose it is, by deciding it by one side's model and the other's policies, both ways.

    Only flips are decided these two times more.
    """
    rows = changes.where(lambda comparison: comparison.effect in FLIPS)
    old_model, new_model = (run_rows(each, rows) for each in (before, run))
    by_policy = decide_run(sides.new, old_model, sides.as_of, sides.as_known_on)
    by_model = decide_run(sides.old, new_model, sides.moment_before(), sides.as_known_on)
    flipped = [changes.comparisons[code].after.decision for code in changes.codes[rows].tolist()]
    return {
        row: cause_of(model.decision == decision, policy.decision == decision)
        for row, decision, policy, model in zip(rows, flipped, by_policy, by_model, strict=True)
    }


def run_rows(run: ClassifiedRun, rows: Sequence[int]) -> ClassifiedRun:
    """Give some events of a run, with their classifications."""
    return run._replace(events=run.events.rows(rows), classifications=run.classifications.rows(rows))


def others_in(run: ClassifiedRun, records: Sequence[Record]) -> tuple[int, list[DeadAt]]:
    """Give how many removals a run has, and its dead letters with their places."""
    others = [(records[row], said) for row, said in run.others.items()]
    dead = [DeadAt(at.partition, at.offset, said) for at, said in others if isinstance(said, DeadLetter)]
    return len(run.others) - len(dead), dead
