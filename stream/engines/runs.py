"""A run: the records of one partition that are decided together, and the stretch of offsets that they stand for.

What a broker fetched comes in, runs of bounded size go out. Nothing here knows Kafka, Faust or what a record says.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from stream.contract.record import Headers, Record
from stream.contract.records import sizes_of


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
    records, sizes = run.records, sizes_of(run.records)
    if sizes.sum() <= size:
        yield run
        return
    first = taken = 0
    begin = run.begin
    for row, bytes_here in enumerate(sizes.tolist()):
        if taken + bytes_here > size and row > first:
            offset = records[row].offset
            yield Run(begin, offset, records[first:row], run.known_end)
            first, begin, taken = row, offset, 0
        taken += bytes_here
    yield Run(begin, run.end, records[first:], run.known_end)
