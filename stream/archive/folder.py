"""An archive's folder: where each partition goes on, one writer at a time, records appended as segments.

The folder is the truth of where to go on, whatever a broker says. It refuses to know Kafka and clocks.

    records/TOPIC/PARTITION/OFFSET.parquet   segments, named by the first offset that each accounts for
    policies/NAME@VERSION/DIGEST/...         what decided: documents with their tables
    models/DIGEST/ID/...                     shelf entries, without the pickle
"""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from stream.archive.chain import chain_next, chain_start
from stream.archive.segment import NoSegment, file_digest, read_meta, sync_folder, write_segment
from stream.contract.segment import SegmentMeta
from stream.problems import BadSetup, Problem

RECORDS, LOCK = "records", "archive.lock"


class Head(NamedTuple):
    """Where a partition's archive ends: the offset to go on from, the chain there, the last segment's digest, and the
    last record's time."""

    next: int
    chain: bytes
    segment: str | None
    timestamp: int | None


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold an archive for one writer. Raises BadSetup where another holds it, or it cannot be written."""
    try:
        (folder / RECORDS).mkdir(parents=True, exist_ok=True)
        file = (folder / LOCK).open("wb")
    except OSError as reason:
        problem = Problem(f"folder cannot be written: {reason.strerror}", str(folder), "name another place")
        raise BadSetup([problem]) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            hint = "one archiver a folder; give this one a folder of its own"
            raise BadSetup([Problem("another archiver writes here", str(folder), hint)]) from None
        yield


def partition_folder(folder: Path, topic: str, partition: int) -> Path:
    """Give where a partition's segments lie."""
    return folder / RECORDS / topic / str(partition)


def segments_in(place: Path) -> list[Path]:
    """Give the segments of a partition's folder in order; half-written files are none."""
    return sorted(place.glob("*.parquet"))


def head_of(folder: Path, topic: str, partition: int) -> Head:
    """Give where a partition's archive ends; half-written files are thrown away. Raises BadSetup."""
    place = partition_folder(folder, topic, partition)
    place.mkdir(parents=True, exist_ok=True)
    sync_folder(place.parent)
    for left in place.glob("*.open"):
        left.unlink()
    held = segments_in(place)
    if not held:
        return Head(0, chain_start(topic, partition), None, None)
    try:
        meta = read_meta(held[-1])
    except NoSegment as reason:
        hint = "`keran audit verify` says what else is wrong; restore the file from a copy"
        raise BadSetup([Problem(f"segment cannot be read: {reason}", str(held[-1]), hint)]) from None
    return Head(meta.next, bytes.fromhex(meta.chain_end), file_digest(held[-1]), meta.last_timestamp)


@dataclass
class OpenSegment:
    """Records of one partition that no file holds yet, chained as they come."""

    folder: Path
    topic: str
    partition: int
    head: Head
    compaction_lag_ms: int | None = None
    records: list[Any] = field(default_factory=list)
    chain: list[bytes] = field(default_factory=list)
    bytes: int = 0
    exposed_ms: int | None = 0
    opened_at: float | None = None

    @property
    def begin(self) -> int:
        """The first offset that is not in a file."""
        return self.head.next

    @property
    def at(self) -> int:
        """The offset behind the last record taken in."""
        return self.records[-1].offset + 1 if self.records else self.head.next

    def add(self, records: Sequence[Any], exposed_ms: int | None) -> None:
        """Take records in; `exposed_ms` is how long at most whatever is absent among them may have lain unread."""
        before = self.chain[-1] if self.chain else self.head.chain
        for record in records:
            if record.offset < self.at:
                raise RuntimeError(f"offset {record.offset} came behind {self.at - 1}")
            if record.offset > self.at:
                known = self.exposed_ms is not None and exposed_ms is not None
                self.exposed_ms = max(self.exposed_ms, exposed_ms) if known else None
            before = chain_next(before, record)
            self.records.append(record)
            self.chain.append(before)
            self.bytes += len(record.value or b"") + len(record.key or b"") + 64

    def close(self) -> Head:
        """Write what was taken in, and give where the partition goes on. When it returns, the disk holds it."""
        meta = SegmentMeta(
            topic=self.topic,
            partition=self.partition,
            begin=self.begin,
            first=self.records[0].offset,
            last=self.records[-1].offset,
            next=self.at,
            records=len(self.records),
            absent=self.at - self.begin - len(self.records),
            last_timestamp=self.records[-1].timestamp or 0,
            exposed_ms=self.exposed_ms,
            compaction_lag_ms=self.compaction_lag_ms,
            chain_start=self.head.chain.hex(),
            chain_end=self.chain[-1].hex(),
            previous=self.head.segment,
        )
        place = write_segment(partition_folder(self.folder, self.topic, self.partition), meta, self.records, self.chain)
        self.head = Head(meta.next, self.chain[-1], file_digest(place), meta.last_timestamp)
        self.records, self.chain, self.bytes, self.exposed_ms, self.opened_at = [], [], 0, 0, None
        return self.head
