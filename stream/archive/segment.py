"""A segment: the records of one partition that follow each other, with their hashes, as one Parquet file.

Records go in and a file is there whole or not at all; a file goes in and its records and what it says of itself come
out. It refuses to know Kafka and clocks.
"""

import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from stream.contract.record import FileRecord
from stream.contract.segment import SegmentMeta

META = b"keran.segment"
OFFSET_DIGITS = 20
ROWS_A_BATCH = 4_096
HEADER = pa.struct([pa.field("name", pa.string(), nullable=False), ("value", pa.binary())])
COLUMNS = pa.schema(
    [
        pa.field("topic", pa.string(), nullable=False),
        pa.field("partition", pa.int32(), nullable=False),
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("timestamp", pa.int64(), nullable=False),
        ("key", pa.binary()),
        ("value", pa.binary()),
        pa.field("headers", pa.list_(HEADER), nullable=False),
        pa.field("chain", pa.binary(32), nullable=False),
    ]
)


class Chained(NamedTuple):
    """A record of a segment and the hash that stands with it."""

    record: FileRecord
    chain: bytes


class NoSegment(Exception):  # noqa: N818 - it says what the file is not
    """The file is no segment that can be read."""


def write_segment(folder: Path, meta: SegmentMeta, records: Sequence[Any], chain: Sequence[bytes]) -> Path:
    """Write a segment; when it returns the disk holds it whole under its name. A kill before leaves none."""
    columns = [
        [record.topic for record in records],
        [record.partition for record in records],
        [record.offset for record in records],
        [record.timestamp or 0 for record in records],
        [record.key for record in records],
        [record.value for record in records],
        [[{"name": name, "value": value} for name, value in record.headers] for record in records],
        chain,
    ]
    schema = COLUMNS.with_metadata({META: meta.model_dump_json(by_alias=True).encode()})
    arrays = [pa.array(column, field.type) for column, field in zip(columns, COLUMNS, strict=True)]
    place = folder / f"{meta.begin:0{OFFSET_DIGITS}}.parquet"
    beside = place.with_suffix(".open")
    with beside.open("wb") as file:
        pq.write_table(pa.Table.from_arrays(arrays, schema=schema), file, compression="zstd", row_group_size=20_000)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(place)
    sync_folder(folder)
    return place


def read_meta(place: Path) -> SegmentMeta:
    """Read what a segment says of itself. Raises NoSegment."""
    try:
        meta = pq.read_schema(place).metadata or {}
        return SegmentMeta.model_validate_json(meta.get(META, b""))
    except (pa.ArrowException, OSError, ValidationError) as reason:
        raise NoSegment(str(reason).splitlines()[0]) from None


def read_segment(place: Path) -> Iterator[Chained]:
    """Read the records of a segment in order, in bounded memory. Raises NoSegment."""
    try:
        with pq.ParquetFile(place) as file:
            if not file.schema_arrow.equals(COLUMNS):
                raise NoSegment("its columns are not those of a segment")
            for batch in file.iter_batches(ROWS_A_BATCH):
                yield from read_rows(batch)
    except (pa.ArrowException, OSError) as reason:
        raise NoSegment(str(reason).splitlines()[0]) from None


def read_rows(batch: pa.RecordBatch) -> Iterator[Chained]:
    """Give the rows of a batch of a segment."""
    columns = [batch.column(name).to_pylist() for name in COLUMNS.names]
    for topic, partition, offset, timestamp, key, value, headers, chain in zip(*columns, strict=True):
        pairs = tuple((header["name"], header["value"]) for header in headers)
        yield Chained(FileRecord(value, key, pairs, topic, partition, offset, timestamp), chain)


def file_digest(place: Path) -> str:
    """Give the SHA-256 of a file's bytes."""
    digest = sha256()
    with place.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def sync_folder(folder: Path) -> None:
    """Return when the disk holds the names in a folder."""
    held = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)
