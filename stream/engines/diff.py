"""Two policy sets over one file: every run of lines is read and classified once, decided twice, and compared.

The rulings are those that a replay of the same file under either set writes. It keeps a tally, not the events.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from stream.changes.change import Change, Ruled, changes_of
from stream.changes.tally import Tally
from stream.classify.classifier import Model
from stream.contract.dead_letter import DeadLetter
from stream.contract.instant import Instant
from stream.contract.record import FileRecord
from stream.decide.policy import PolicySet
from stream.engines.replay import runs_of
from stream.pipeline import ClassifiedRun, classify_run, decide_run


class Sides(NamedTuple):
    """A model and two policy sets checked against it, and the moments that both decide as of and as known on."""

    model: Model
    old: PolicySet
    new: PolicySet
    as_of: Instant | None = None
    as_known_on: Instant | None = None


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
        run = classify_run(sides.model, records)
        tally.add(changes_in(sides, run))
        tally.add_others(*_others(run, records))
        progress(sum(len(record.value) + 1 for record in records))
    return tally


def changes_in(sides: Sides, run: ClassifiedRun) -> list[Change]:
    """Decide a run both ways, and give the change of each of its events, in order."""
    old, new = (
        Ruled(run.classifications, decide_run(policies, run, sides.as_of, sides.as_known_on))
        for policies in (sides.old, sides.new)
    )
    return changes_of(run.events, old, new)


def _others(run: ClassifiedRun, records: list[FileRecord]) -> tuple[int, list[tuple[int, DeadLetter]]]:
    dead = [(records[row].offset, said) for row, said in run.others.items() if isinstance(said, DeadLetter)]
    return len(run.others) - len(dead), dead
