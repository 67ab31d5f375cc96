"""A run: the records of one partition that are decided together, and the stretch of offsets that they stand for.

What a broker fetched comes in, runs of bounded size go out. Nothing here knows Kafka, Faust or what a record says.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from stream.contract.record import Headers, Record


class FetchedRecord(NamedTuple):
    """A record as it was fetched: what the pipeline reads of it, and no more."""

    topic: str
    partition: int
    offset: int
    timestamp: int | None
    key: bytes | None
    value: bytes | None
    headers: Headers


class Run(NamedTuple):
    """The records that one partition holds from offset `begin` up to and without offset `end`.

    The stretch may be wider than its records: transaction markers, aborted transactions and compaction leave offsets
    that nobody will ever see. A run without records is only such offsets. `known_end` is where the partition ended
    when this was fetched.
    """

    begin: int
    end: int
    records: Sequence[Record]
    known_end: int = 0


def cut(run: Run, size: int) -> Iterator[Run]:
    """Give the same stretch as runs of at most `size` bytes of keys and values; a larger record is a run of its own."""
    records = run.records
    sizes = [len(record.value or b"") + len(record.key or b"") for record in records]
    if sum(sizes) <= size:
        yield run
        return
    first = taken = 0
    begin = run.begin
    for position, (record, bytes_here) in enumerate(zip(records, sizes, strict=True)):
        if taken + bytes_here > size and position > first:
            yield Run(begin, record.offset, records[first:position], run.known_end)
            first, begin, taken = position, record.offset, 0
        taken += bytes_here
    yield Run(begin, run.end, records[first:], run.known_end)
