"""Verifying an archive: a folder and perhaps a receipt in; what is missing, altered or out of place out, in words.

It trusts nothing that a segment says of itself: offsets, counts and hashes are worked out anew from the records. It
writes nothing, and refuses to know Kafka and clocks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from stream.archive.chain import chain_next, chain_start
from stream.archive.deciders import Deciders
from stream.archive.folder import RECORDS, segments_in
from stream.archive.segment import NoSegment, file_digest, read_meta, read_segment
from stream.contract.receipt import PartitionHead, Receipt
from stream.contract.segment import SegmentMeta


class Fault(NamedTuple):
    """One thing wrong: where it is and what it is."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclass
class Verified:
    """What was found: faults, how many records and segments were read, and where each partition ends."""

    faults: list[Fault] = field(default_factory=list)
    records: int = 0
    segments: int = 0
    uncertain: int = 0
    heads: list[PartitionHead] = field(default_factory=list)


@dataclass
class _Walk:
    """How far a partition was read: the offset and the hash that must come next, and the file before."""

    next: int
    chain: bytes
    file: str | None = None
    records: int = 0


def partitions_of(folder: Path) -> list[tuple[str, int, Path]]:
    """Give the partitions that an archive holds: topic, number, folder."""
    found = [place for place in (folder / RECORDS).glob("*/*") if place.is_dir() and place.name.isdecimal()]
    return sorted((place.parent.name, int(place.name), place) for place in found)


def verify(folder: Path, receipt: Receipt | None = None) -> Verified:
    """Read an archive whole and find everything that is missing or altered; against a receipt, its end too."""
    found = Verified()
    deciders = Deciders(folder)
    for topic, partition, place in partitions_of(folder):
        found.heads.append(_verify_partition(topic, partition, place, found, deciders, receipt))
    if receipt:
        held = {(head.topic, head.partition) for head in found.heads}
        for head in receipt.partitions:
            if head.records and (head.topic, head.partition) not in held:
                found.faults.append(Fault(f"{head.topic}/{head.partition}", "the whole partition is missing"))
    found.faults += [Fault(where, why) for where, why in deciders.faults()]
    return found


def _verify_partition(
    topic: str, partition: int, place: Path, found: Verified, deciders: Deciders, receipt: Receipt | None
) -> PartitionHead:
    name, walk = f"{topic}/{partition}", _Walk(0, chain_start(topic, partition))
    given = _given(receipt, topic, partition)
    met = given is None
    for segment in segments_in(place):
        found.segments += 1
        found.faults += _verify_segment(name, segment, walk, found, deciders)
        walk.file = file_digest(segment)
        if given and walk.next == given.next:
            met = True
            found.faults += _as_receipt(name, segment, walk, given)
    if given and not met:
        found.faults.append(Fault(name, _unmet(walk, given)))
    found.records += walk.records
    ends = {"next": walk.next, "records": walk.records, "chain": walk.chain.hex(), "segment": walk.file}
    return PartitionHead(topic=topic, partition=partition, **ends)


def _given(receipt: Receipt | None, topic: str, partition: int) -> PartitionHead | None:
    heads = [] if receipt is None else receipt.partitions
    return next((h for h in heads if (h.topic, h.partition) == (topic, partition) and h.records), None)


def _unmet(walk: _Walk, given: PartitionHead) -> str:
    if walk.next < given.next:
        return f"the archive ends before offset {walk.next}, the receipt's before {given.next}: its end is missing"
    return f"no segment ends before offset {given.next}, as one of the receipt does"


def _verify_segment(name: str, segment: Path, walk: _Walk, found: Verified, deciders: Deciders) -> Iterator[Fault]:
    try:
        meta = read_meta(segment)
        yield from _follows(name, segment, meta, walk)
        yield from _verify_records(name, segment, meta, walk, found, deciders)
        walk.next = meta.next
    except NoSegment as reason:
        yield Fault(f"{name} {segment.name}", f"the segment cannot be read: {reason}")


def _as_receipt(name: str, segment: Path, walk: _Walk, given: PartitionHead) -> Iterator[Fault]:
    place = f"{name} {segment.name}"
    if walk.chain.hex() != given.chain:
        yield Fault(place, f"the chain before offset {given.next} is not the receipt's: records were altered")
    elif walk.file != given.segment:
        yield Fault(place, "the file is not the one of the receipt: the segment was replaced")
    if walk.records != given.records:
        yield Fault(place, f"{walk.records} records up to here, the receipt has {given.records}")


def _follows(name: str, segment: Path, meta: SegmentMeta, walk: _Walk) -> Iterator[Fault]:
    place = f"{name} {segment.name}"
    if f"{meta.topic}/{meta.partition}" != name:
        yield Fault(place, f"the segment is of {meta.topic}/{meta.partition}")
    if meta.begin > walk.next:
        yield Fault(place, f"the segment before it is missing: offsets {walk.next} to {meta.begin - 1}")
    elif meta.begin < walk.next:
        yield Fault(place, f"the segment begins at offset {meta.begin}, which an earlier one holds")
    elif meta.previous != walk.file:
        yield Fault(place, "the segment before it was replaced: its digest is another")
    elif meta.chain_start != walk.chain.hex():
        yield Fault(place, "its chain does not begin where that of the segment before it ends")


def _verify_records(
    name: str, segment: Path, meta: SegmentMeta, walk: _Walk, found: Verified, deciders: Deciders
) -> Iterator[Fault]:
    """Follow the chain through a segment; only the first break of it is told, with what the offsets say of it."""
    last, count, broken = meta.begin - 1, 0, False
    before = bytes.fromhex(meta.chain_start)
    for record, chain in read_segment(segment):
        count += 1
        place = f"{name} {segment.name} offset {record.offset}"
        if not broken and (wrong := _wrong(record, chain, before, last)):
            broken = True
            yield Fault(place, wrong)
        if (record.topic, record.partition) != (meta.topic, meta.partition) and not broken:
            broken = True
            yield Fault(place, f"the record is of {record.topic}/{record.partition}")
        before, last = chain, max(last, record.offset)
        deciders.note(record, place)
    walk.chain, walk.records = before, walk.records + count
    place = f"{name} {segment.name}"
    if count != meta.records:
        change = "missing" if count < meta.records else "too many"
        yield Fault(
            place, f"{abs(meta.records - count)} records {change}: {count} are there, {meta.records} were written"
        )
    elif not broken and before.hex() != meta.chain_end:
        yield Fault(place, "the chain does not end as the segment says")
    found.uncertain += not meta.certain


def _wrong(record, chain: bytes, before: bytes, last: int) -> str | None:
    if record.offset == last:
        return "the record is there twice"
    if record.offset < last:
        return f"the record stands behind offset {last}: it was moved or inserted"
    if chain_next(before, record) != chain:
        return "the chain breaks: this record was altered or inserted, or one before it was removed"
    return None
