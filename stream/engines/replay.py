"""The pipeline over files: one listing event a line in, one decision or tombstone a line out, dead letters in a file of
their own.

The bytes of a line are the bytes of a record's value, so a replay decides what the worker would. A file has no keys.
"""

import base64
import itertools
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import orjson
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

from stream.contract.answer import NO_LABELS, Labels
from stream.contract.dead_letter import DeadLetterHeaders
from stream.contract.instant import Instant
from stream.contract.outcome import Kind, Outcome
from stream.contract.outcomes import Outcomes
from stream.contract.record import FileRecord
from stream.on_disk import is_file
from stream.pipeline import Pipeline
from stream.problems import BadSetup, Problem

STANDARD = "-"
_OUR_HEADERS = {field.alias for field in DeadLetterHeaders.model_fields.values()}


def replay(
    pipeline: Pipeline,
    source: str,
    output: str,
    dead_letters: str | None = None,
    *,
    as_of: Instant | None,
    as_known_on: Instant | None = None,
    labels: Labels = NO_LABELS,
    run_rows: int = 2_000,
    progress: Callable[[int], None] = lambda read: None,
) -> Counter[str]:
    """Decide every line of `source` and write the outcomes in their order; `-` is standard input or output.

    Returns how many outcomes there were under each tally. `progress` is told the bytes read, run by run. Raises
    BadSetup when a file cannot be opened.
    """
    tally: Counter[str] = Counter()
    with ExitStack() as stack:
        lines = open_file(stack, source, "rb")
        decisions = open_file(stack, output, "wb")
        dead = open_file(stack, dead_letters, "wb") if dead_letters else None
        for run in runs_of(lines, source, run_rows):
            outcomes = pipeline.run(run, as_of, as_known_on, labels)
            _write(outcomes, decisions, dead)
            tally += counted(outcomes)
            progress(sum(len(record.value) + 1 for record in run))
    return tally


@contextmanager
def reading_progress(source: str, doing: str = "replaying") -> Iterator[Callable[[int], None]]:
    """Show on standard error, if it is a terminal, how much of a file was read; gives what is told the bytes."""
    console = Console(stderr=True)
    total = Path(source).stat().st_size if source != STANDARD and is_file(source) else None
    columns = ("{task.description}", BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(doing, total=total)
        yield lambda read: bar.advance(task, read)


def counted(outcomes: Outcomes) -> Counter[str]:
    """Count outcomes by kind, and by tally where they have one."""
    found = outcomes.counts().items()
    return Counter({f"{kind}:{tally}" if tally else str(kind): count for (kind, tally), count in found})


def decision_lines(outcomes: Outcomes) -> list[bytes]:
    """Write the decisions and tombstones of a run as lines of a file; a tombstone, null on Kafka, names its listing."""
    told = outcomes.where(~outcomes.of_kinds(Kind.DEAD_LETTER))
    lines = told.texts(told.values, told.no_value)
    for row in np.flatnonzero(told.of_kinds(Kind.TOMBSTONE)).tolist():
        lines[row] = orjson.dumps({"listing_id": told[row].key.decode(), "decision": None})
    return [line + b"\n" for line in lines]


def dead_letter_lines(outcomes: Outcomes) -> list[bytes]:
    """Write the dead letters of a run as lines of a file."""
    return [_dead_letter_line(outcome) + b"\n" for outcome in outcomes.where(outcomes.of_kinds(Kind.DEAD_LETTER))]


def _dead_letter_line(outcome: Outcome) -> bytes:
    """Write a dead letter as a line of a file. Its bytes are kept: as `value` where they are UTF-8, else as
    `value_base64`.
    """
    ours = {name: value.decode() for name, value in outcome.headers if name in _OUR_HEADERS}
    try:
        return orjson.dumps({**ours, "value": (outcome.value or b"").decode()})
    except UnicodeDecodeError:
        return orjson.dumps({**ours, "value_base64": base64.b64encode(outcome.value).decode()})


def runs_of(lines: Iterable[bytes], source: str, rows: int) -> Iterator[list[FileRecord]]:
    """Give the lines of `source` as records, so many at a time; a record's offset is its line, counted from 0."""
    topic = "stdin" if source == STANDARD else Path(source).name
    records = (FileRecord(line.removesuffix(b"\n"), topic=topic, offset=number) for number, line in enumerate(lines))
    while run := list(itertools.islice(records, rows)):
        yield run


def _write(outcomes: Outcomes, decisions: BinaryIO, dead: BinaryIO | None) -> None:
    decisions.writelines(decision_lines(outcomes))
    if dead is not None:
        dead.writelines(dead_letter_lines(outcomes))


def open_file(stack: ExitStack, path: str, mode: str) -> BinaryIO:
    """Open a file for as long as the stack lasts; `-` is standard input or output. Raises BadSetup where it cannot."""
    if path == STANDARD:
        return sys.stdin.buffer if mode == "rb" else sys.stdout.buffer
    try:
        return stack.enter_context(open(path, mode))
    except OSError as error:
        verb = "read" if mode == "rb" else "written"
        raise BadSetup([Problem(f"file cannot be {verb}: {error.strerror}", path, "name another file")]) from None
