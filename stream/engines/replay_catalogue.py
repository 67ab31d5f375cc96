"""A replay on all cores: a catalogue in files comes in, decisions go out in order, lines or Parquet of `OUTCOMES`.

Each process writes the outcomes of its piece to a part beside the output, and the command's own process puts the parts
behind one another; one process alone writes the output itself. The bytes of a decision are those of a replay of lines.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from stream.catalogue.arrow import OUTCOMES, outcomes_batch, records_of
from stream.catalogue.files import Piece, batches_of, is_parquet, pieces_of
from stream.compose import load
from stream.contract.answer import Labels
from stream.contract.instant import Instant
from stream.contract.outcomes import Outcomes
from stream.engines.collector import keep_what_is_freed, spare_the_collector
from stream.engines.machine import in_order
from stream.engines.replay import STANDARD, counted, dead_letter_lines, decision_lines, open_file
from stream.pipeline import Pipeline

# Rows of a row group of the output: some 32 MB, which is what is in memory before it is written.
GROUP_ROWS = 32_000


@dataclass(frozen=True, slots=True)
class Deciding:
    """Which pair decides, as of when and under which labels: what a process loads it by."""

    policies: Sequence[Path] = ()
    model: str | None = None
    as_of: Instant | None = None
    as_known_on: Instant | None = None
    labels: Labels = field(default_factory=dict)

    def load(self) -> Pipeline:
        """Load the pair, for a process that does nothing else. Raises BadSetup."""
        pipeline = load(self.policies, model=self.model)[1]
        keep_what_is_freed()
        spare_the_collector()
        return pipeline


class Outputs(NamedTuple):
    """Where outcomes go: decisions and tombstones, or with Parquet all of them; and dead letters, if anywhere."""

    decisions: str
    dead_letters: str | None = None


class Part(NamedTuple):
    """What a piece came to: its outcomes in files, counted."""

    outputs: Outputs
    tally: Counter[str]


class Sink(Protocol):
    """Where decisions go, a run at a time, or all that a part holds."""

    def write(self, outcomes: Outcomes) -> None: ...
    def take(self, part: str) -> None: ...
    def close(self) -> None: ...


def replay_catalogue(
    deciding: Deciding,
    source: str,
    outputs: Outputs,
    processes: int,
    progress: Callable[[int], None] = lambda rows: None,
) -> Counter[str]:
    """Decide every listing of a catalogue, and write the outcomes in its order. Returns them counted, by tally.

    `progress` is told the rows, piece by piece. Raises BadSetup before anything is written, and ProcessDied.
    """
    tally: Counter[str] = Counter()
    pieces = pieces_of(source)
    with ExitStack() as stack:
        for part in _parts(stack, deciding, pieces, outputs, processes):
            tally += part.tally
            progress(part.tally.total())
    return tally


def _parts(
    stack: ExitStack, deciding: Deciding, pieces: Iterator[Piece], outputs: Outputs, processes: int
) -> Iterator[Part]:
    """Give the parts, each once what it holds is written to the outputs."""
    first = next(pieces, None)  # whatever is wrong with the catalogue is told before an output is opened
    given = [] if first is None else _and(first, pieces)
    sink, dead = _opened(stack, outputs)
    if processes == 1:
        work = partial(_decide_to, deciding, sink, dead)
        yield from (Part(outputs, tally) for tally in in_order(deciding.load, work, given, 1))
        return
    beside = Path(outputs.decisions).parent if outputs.decisions != STANDARD else None
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix=".keran-parts-", dir=beside))
    work = partial(_decide_part, deciding, folder, is_parquet(outputs.decisions), dead is not None)
    for part in in_order(deciding.load, work, given, processes):
        _merge(part, sink, dead)
        yield part


def _and(first: Piece, rest: Iterator[Piece]) -> Iterator[Piece]:
    yield first
    yield from rest


def _opened(stack: ExitStack, outputs: Outputs) -> tuple[Sink, BinaryIO | None]:
    file = open_file(stack, outputs.decisions, "wb")
    sink = ParquetSink(file) if is_parquet(outputs.decisions) else LinesSink(file)
    stack.callback(sink.close)
    return sink, open_file(stack, outputs.dead_letters, "wb") if outputs.dead_letters else None


def _decide_part(
    deciding: Deciding, folder: str, as_arrow: bool, with_dead: bool, pipeline: Pipeline, piece: Piece
) -> Part:
    number, name = tempfile.mkstemp(dir=folder)
    with ExitStack() as stack:
        file = stack.enter_context(open(number, "wb"))
        sink = ArrowSink(file) if as_arrow else LinesSink(file)
        stack.callback(sink.close)
        dead = stack.enter_context(open(f"{name}.dead", "wb")) if with_dead else None
        tally = _decide_to(deciding, sink, dead, pipeline, piece)
    return Part(Outputs(name, f"{name}.dead" if with_dead else None), tally)


def _decide_to(deciding: Deciding, sink: Sink, dead: BinaryIO | None, pipeline: Pipeline, piece: Piece) -> Counter[str]:
    tally: Counter[str] = Counter()
    for batch in batches_of(piece):
        outcomes = pipeline.run(records_of(batch), deciding.as_of, deciding.as_known_on, deciding.labels)
        sink.write(outcomes)
        if dead is not None:
            dead.writelines(dead_letter_lines(outcomes))
        tally += counted(outcomes)
    return tally


def _merge(part: Part, sink: Sink, dead: BinaryIO | None) -> None:
    sink.take(part.outputs.decisions)
    Path(part.outputs.decisions).unlink()
    if dead is not None:
        with open(part.outputs.dead_letters, "rb") as held:
            shutil.copyfileobj(held, dead, 1 << 20)
        Path(part.outputs.dead_letters).unlink()


class LinesSink:
    """Decisions and tombstones as lines."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, outcomes: Outcomes) -> None:
        """Write a run."""
        self._file.writelines(decision_lines(outcomes))

    def take(self, part: str) -> None:
        """Write what a part holds."""
        with open(part, "rb") as held:
            shutil.copyfileobj(held, self._file, 1 << 20)

    def close(self) -> None:
        """Nothing is kept back."""


class ArrowSink:
    """All outcomes as an Arrow file of `OUTCOMES`: what a part is, cheap to write and to read."""

    def __init__(self, file: BinaryIO) -> None:
        self._writer = pa.ipc.new_file(file, OUTCOMES)

    def write(self, outcomes: Outcomes) -> None:
        """Write a run."""
        self._writer.write_batch(outcomes_batch(outcomes))

    def take(self, part: str) -> None:
        """Write what a part holds."""
        for batch in _batches(part):
            self._writer.write_batch(batch)

    def close(self) -> None:
        """End the file."""
        self._writer.close()


class ParquetSink:
    """All outcomes as Parquet of `OUTCOMES`, in row groups of `GROUP_ROWS` or a batch more."""

    def __init__(self, file: BinaryIO) -> None:
        # Every value is another: a dictionary or its least and greatest would only be made and thrown away.
        options = {"compression": "zstd", "compression_level": 1, "use_dictionary": ["kind"], "write_statistics": False}
        self._writer = pq.ParquetWriter(file, OUTCOMES, **options)
        self._held: list[pa.RecordBatch] = []
        self._rows = 0

    def write(self, outcomes: Outcomes) -> None:
        """Write a run."""
        self._add(outcomes_batch(outcomes))

    def take(self, part: str) -> None:
        """Write what a part holds."""
        for batch in _batches(part):
            self._add(batch)

    def close(self) -> None:
        """Write what is held, and end the file."""
        self._flush()
        self._writer.close()

    def _add(self, batch: pa.RecordBatch) -> None:
        self._held.append(batch)
        self._rows += batch.num_rows
        if self._rows >= GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_batches(self._held), row_group_size=self._rows)
        self._held, self._rows = [], 0


def _batches(part: str) -> Iterator[pa.RecordBatch]:
    with pa.OSFile(part) as file, pa.ipc.open_file(file) as held:
        for number in range(held.num_record_batches):
            yield held.get_batch(number)
