"""A catalogue in files as the topic would hold it: files in, each partition's records in the order of the files out.

The files are read once and split into a folder of their own by the hash of the listings' ids, which is what Kafka's
clients go by, so that a partition at a time can be read however large all of it is. It refuses to know what is decided.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyarrow as pa

from stream.catalogue.arrow import LISTINGS, records_of
from stream.catalogue.files import listings_in
from stream.contract.dead_letter import DeadLetter
from stream.contract.event import RemovalEvent
from stream.contract.fields import LISTING_ID
from stream.contract.read import Other, read_run
from stream.contract.record import Record
from stream.engines.partitions import partitions_of
from stream.engines.sweep_source import Catalogue
from stream.problems import BadSetup, Problem

# What the pipeline takes at once, and so what lies together.
RUN_ROWS = 4_000


@contextmanager
def split_catalogue(paths: Sequence[Path], partitions: int) -> Iterator[Catalogue]:
    """Give the files' records partition by partition, numbered from 0 in each. Raises BadSetup."""
    with tempfile.TemporaryDirectory(prefix="keran-sweep-") as folder:
        try:
            ends = _split(paths, partitions, Path(folder))
        except OSError as reason:
            message = f"the catalogue cannot be split: {reason.strerror or reason}"
            hint = "it needs room for a copy of what the files hold; name another folder with `TMPDIR`"
            raise BadSetup([Problem(message, str(Path(folder).parent), hint)]) from None
        yield Catalogue(dict.fromkeys(ends, 0), ends, lambda partition, _: _records(Path(folder), partition))


def _split(paths: Sequence[Path], partitions: int, folder: Path) -> dict[int, int]:
    with ExitStack() as stack:
        parts = [_Part(stack, _place(folder, number)) for number in range(partitions)]
        for path in paths:
            for batch in listings_in(path, RUN_ROWS):
                rows: list[list[int]] = [[] for _ in parts]
                for row, home in enumerate(partitions_of(_listings_of(records_of(batch)), partitions)):
                    rows[home].append(row)
                for part, own in zip(parts, rows, strict=True):
                    part.take(batch, own)
        return {number: part.close() for number, part in enumerate(parts)}


class _Part:
    """One partition's file, written in runs."""

    def __init__(self, stack: ExitStack, place: Path) -> None:
        self._writer = stack.enter_context(pa.ipc.new_stream(str(place), _HELD))
        self._waiting: list[pa.RecordBatch] = []
        self._rows = self._written = 0

    def take(self, batch: pa.RecordBatch, rows: Sequence[int]) -> None:
        """Take rows of a batch."""
        if rows:
            self._waiting.append(_held(batch).take(pa.array(rows)))
            self._rows += len(rows)
        if self._rows >= RUN_ROWS:
            self._write()

    def close(self) -> int:
        """Write what waits; give how many rows there are."""
        if self._rows:
            self._write()
        return self._written

    def _write(self) -> None:
        self._writer.write_table(pa.Table.from_batches(self._waiting).combine_chunks())
        self._written += self._rows
        self._waiting, self._rows = [], 0


_HELD = pa.schema([LISTINGS.field("key"), LISTINGS.field("value")])


def _held(batch: pa.RecordBatch) -> pa.RecordBatch:
    nothing = pa.nulls(batch.num_rows, pa.binary())
    columns = [
        batch.column(name).cast(pa.binary()) if name in batch.schema.names else nothing for name in ("key", "value")
    ]
    return pa.RecordBatch.from_arrays(columns, schema=_HELD)


def _listings_of(records: Sequence[Record]) -> list[bytes]:
    """Give each record's listing; of what cannot be read its key, wherever that leads."""
    events, others = read_run(records)
    told = iter(events.column(LISTING_ID))
    return [
        _listing_of(others[row], record) if row in others else next(told).encode() for row, record in enumerate(records)
    ]


def _listing_of(other: Other, record: Record) -> bytes:
    match other:
        case DeadLetter():
            return record.key or b""
        case RemovalEvent():
            return other.listing_id.encode()
    return str(other).encode()


async def _records(folder: Path, partition: int) -> AsyncIterator[Sequence[Record]]:
    with pa.ipc.open_stream(_place(folder, partition)) as reader:
        first = 0
        while (batch := await asyncio.to_thread(_next, reader)) is not None:
            offsets = pa.array(range(first, first + batch.num_rows), pa.int64())
            yield records_of(batch.append_column("offset", offsets))
            first += batch.num_rows


def _next(reader: pa.RecordBatchReader) -> pa.RecordBatch | None:
    return next(iter(reader), None)


def _place(folder: Path, partition: int) -> str:
    return str(folder / f"{partition}.arrow")
