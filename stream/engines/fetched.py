"""What a broker's answer holds of a partition, taken apart in one compiled pass: Kafka's record batches, format 2.

The bytes come in as they were fetched; records come out as columns over those bytes, and a record only where somebody
asks for one. What never happened for a reader of committed records is left out: control batches and what was aborted.
It knows no client and no partition's state. Older formats it refuses to know: `read_fetched` says so with None.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, overload

import numpy as np
from aiokafka.codec import gzip_decode, lz4_decode, snappy_decode, zstd_decode
from aiokafka.errors import CorruptRecordException, UnsupportedCodecError
from aiokafka.record.control_record import ABORT_MARKER, ControlRecord
from numpy.typing import NDArray

from stream.contract.compiled import compiled
from stream.contract.record import Headers
from stream.contract.records import PADDING, Columns
from stream.contract.rows import Spans
from stream.engines.crc32c import crc32c
from stream.engines.runs import FetchedRecord

# Base offset, length, leader epoch, magic, checksum, attributes, last offset, first and last time, producer's id and
# epoch, first sequence number, count.
_HEAD = struct.Struct(">qiibIhiqqqhii")
_FRAME, _MAGIC_AT, _CHECKED_FROM = 12, 16, 21
_CODEC, _APPENDED, _TRANSACTIONAL, _CONTROL = 7, 8, 16, 32
_DECODERS = {1: gzip_decode, 2: snappy_decode, 3: lz4_decode, 4: zstd_decode}
# What the pass writes of a record.
_OFFSET, _TIME, _KEY, _KEY_END, _VALUE, _VALUE_END, _HEADERS_AT, _END, _HEADERS, _FACTS = range(10)
_PLACES = slice(_KEY, _HEADERS)
# Where a null key or value ends.
_NULL = -1
_FACTS_OF_BATCH = 6
# Length, attributes, time, offset, key, value, headers, a byte each.
_LEAST_RECORD = 7


class UnreadableRecord(Exception):  # noqa: N818 - it says what there is
    """A record that cannot even be taken apart. The worker stops: nobody can give it an outcome."""


class Fetched(Sequence[FetchedRecord]):
    """Records of one partition. `columns` is what a reader goes over; a record is made anew each time."""

    def __init__(self, topic: str, partition: int, content: bytes, facts: NDArray[np.int64]) -> None:
        self.topic, self.partition = topic, partition
        self.columns = _columns(content, facts)
        self._facts = facts

    def __len__(self) -> int:
        return len(self._facts)

    @overload
    def __getitem__(self, row: int) -> FetchedRecord: ...
    @overload
    def __getitem__(self, row: slice) -> "Fetched": ...
    def __getitem__(self, row: int | slice) -> "FetchedRecord | Fetched":
        """Give one record, or those from one to another over their own part of the bytes. Raises IndexError."""
        at = range(len(self))[row]
        if isinstance(at, range):
            return _part(self.topic, self.partition, self.columns.content, self._facts[at.start : at.stop])
        return self._record(*self._facts[at].tolist())

    def __iter__(self) -> Iterator[FetchedRecord]:
        return (self._record(*facts) for facts in self._facts.tolist())

    def _record(self, *facts: int) -> FetchedRecord:
        offset, time, key, key_end, value, value_end, headers_at, _, headers = facts
        content = self.columns.content
        return FetchedRecord(
            self.topic,
            self.partition,
            offset,
            time,
            content[key:key_end] if key_end >= 0 else None,
            content[value:value_end] if value_end >= 0 else None,
            read_headers(content, headers_at, headers) if headers else (),
        )


class TakenApart(NamedTuple):
    """What was fetched: bytes, what stands where for each record, and the offset behind all of it."""

    content: bytes
    facts: NDArray[np.int64]
    end: int


class Unread:
    """What nobody has had yet of what was fetched; in place of aiokafka's `PartitionRecords`, which go one by one."""

    def __init__(self, taken: TakenApart, begin: int) -> None:
        self._taken, self._row = taken, 0
        # What the client asks about, to see whether somebody went elsewhere meanwhile.
        self.next_fetch_offset = begin

    def take(self, topic: str, partition: int, rows: int) -> Fetched:
        """Give the next records, so many at most; `next_fetch_offset` is then behind them and what else is passed."""
        facts, begin = self._taken.facts, self._row
        self._row = min(begin + rows, len(facts))
        self.next_fetch_offset = int(facts[self._row - 1, _OFFSET]) + 1 if self.has_more() else self._taken.end
        return _part(topic, partition, self._taken.content, facts[begin : self._row])

    def has_more(self) -> bool:
        """Say whether there are records left."""
        return self._row < len(self._taken.facts)


def read_fetched(fetched: bytes, begin: int, aborted: Iterable[tuple[int, int]]) -> TakenApart | None:
    """Take apart what was fetched from offset `begin` on; `aborted` are the producers and first offsets of aborted
    transactions that a broker names beside it. None where a batch is of a format before 2.

    Raises CorruptRecordException, UnsupportedCodecError, UnreadableRecord.
    """
    heads = list(_heads(fetched))
    if any(head is None for head in heads):
        return None
    happened = list(_happened(fetched, heads, sorted(aborted, key=lambda entry: entry[1])))
    content, batches = _unpacked(fetched, happened)
    facts = np.zeros((int(batches[:, -1].sum()), _FACTS), np.int64)
    if _take_apart(np.frombuffer(content or b"\0", np.uint8), batches, facts) < 0:
        raise CorruptRecordException("a record does not end where its batch says")
    if (np.diff(facts[:, _OFFSET]) <= 0).any():
        raise CorruptRecordException("records are not in the order of their offsets")
    _check_names(content, facts)
    # A broker answers with the whole batch that an offset is in.
    wanted = facts[np.searchsorted(facts[:, _OFFSET], begin) :]
    return TakenApart(content, wanted, max([begin, *(head.end_offset for head in heads[-1:])]))


class _Head(NamedTuple):
    """A batch: where it is, and what its head says."""

    at: int
    end: int
    base: int
    attributes: int
    last: int
    first_time: int
    last_time: int
    producer: int
    count: int

    @property
    def end_offset(self) -> int:
        return self.base + self.last + 1


def _heads(fetched: bytes) -> Iterator[_Head | None]:
    """Give the batches that are there whole: a broker cuts the last one off where its answer is full."""
    at, octets = 0, np.frombuffer(fetched, np.uint8)
    while at + _MAGIC_AT < len(fetched):
        if fetched[at + _MAGIC_AT] < 2:
            yield None
            return
        if at + _HEAD.size > len(fetched):
            return
        base, length, _, _, crc, attributes, last, first, most, producer, _, _, count = _HEAD.unpack_from(fetched, at)
        end = at + _FRAME + length
        if end > len(fetched):
            return
        if crc != crc32c(octets[at + _CHECKED_FROM : end]):
            raise CorruptRecordException(f"the batch at offset {base} has another checksum than it says")
        yield _Head(at, end, base, attributes, last, first, most, producer, count)
        at = end


def _happened(fetched: bytes, heads: Iterable[_Head], aborted: list[tuple[int, int]]) -> Iterator[_Head]:
    """Leave out control batches and what was aborted, as a reader of committed records must."""
    open_aborted: set[int] = set()
    for head in heads:
        while aborted and aborted[0][1] <= head.base:
            open_aborted.add(aborted.pop(0)[0])
        if head.attributes & _CONTROL:
            if _is_abort(fetched, head):
                open_aborted.discard(head.producer)
        elif not (head.attributes & _TRANSACTIONAL and head.producer in open_aborted):
            yield head


def _is_abort(fetched: bytes, head: _Head) -> bool:
    content, batches = _unpacked(fetched, [head])
    facts = np.zeros((max(1, head.count), _FACTS), np.int64)
    if _take_apart(np.frombuffer(content, np.uint8), batches, facts) < 0 or not head.count:
        raise CorruptRecordException(f"the control batch at offset {head.base} holds no record")
    return ControlRecord.parse(content[facts[0, _KEY] : facts[0, _KEY_END]]) == ABORT_MARKER


def _unpacked(fetched: bytes, heads: Sequence[_Head]) -> tuple[bytes, NDArray[np.int64]]:
    """Give the bytes that records stand in, and for each batch what the pass asks about it."""
    pieces, size, table = [fetched], len(fetched), []
    for head in heads:
        begin, end = head.at + _HEAD.size, head.end
        if head.attributes & _CODEC:
            pieces.append(_decompressed(fetched[begin:end], head.attributes & _CODEC))
            begin, end = size, size + len(pieces[-1])
            size = end
        appended = head.attributes & _APPENDED
        if head.count * _LEAST_RECORD > end - begin:
            raise CorruptRecordException(f"the batch at offset {head.base} has no room for its {head.count} records")
        table.append((begin, end, head.base, head.last_time if appended else head.first_time, not appended, head.count))
    content = fetched if len(pieces) == 1 else b"".join(pieces)
    return content, np.array(table, np.int64).reshape(-1, _FACTS_OF_BATCH)


def _decompressed(content: bytes, codec: int) -> bytes:
    if codec not in _DECODERS:
        raise UnsupportedCodecError(f"a batch is compressed with codec {codec}, which nobody knows")
    return bytes(_DECODERS[codec](content))


def _check_names(content: bytes, facts: NDArray[np.int64]) -> None:
    odd = facts[:, _HEADERS] < 0
    facts[odd, _HEADERS] *= -1
    for offset, at, headers in facts[odd][:, [_OFFSET, _HEADERS_AT, _HEADERS]].tolist():
        try:
            read_headers(content, at, headers)
        except UnicodeDecodeError as reason:
            raise UnreadableRecord(f"offset {offset} has a header name that is not UTF-8") from reason


def read_headers(content: bytes, at: int, count: int) -> Headers:
    """Read so many headers. Raises UnicodeDecodeError for a name that is no UTF-8."""
    headers = []
    for _ in range(count):
        size, at = _varint(content, at)
        name, at = content[at : at + size].decode(), at + size
        size, at = _varint(content, at)
        headers.append((name, content[at : at + size] if size >= 0 else None))
        at += max(size, 0)
    return tuple(headers)


def _varint(content: bytes, at: int) -> tuple[int, int]:
    twice = shift = 0
    while True:
        byte = content[at]
        twice |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return (twice >> 1) ^ -(twice & 1), at


def _part(topic: str, partition: int, content: bytes, facts: NDArray[np.int64]) -> Fetched:
    """Give records over a copy of their own part of the bytes: whoever holds a few of them holds no more."""
    begin, end = (int(facts[:, _KEY].min()), int(facts[:, _END].max())) if len(facts) else (0, 0)
    moved = facts.copy()
    moved[:, _PLACES] -= begin
    moved[facts[:, _KEY_END] < 0, _KEY_END] = moved[facts[:, _VALUE_END] < 0, _VALUE_END] = _NULL
    return Fetched(topic, partition, b"".join((memoryview(content)[begin:end], PADDING)), moved)


def _columns(content: bytes, facts: NDArray[np.int64]) -> Columns:
    keys, values = facts[:, _KEY : _KEY_END + 1], facts[:, _VALUE : _VALUE_END + 1]
    return Columns(content, _or_empty(keys), _or_empty(values), keys[:, 1] < 0, facts[:, _HEADERS] > 0)


def _or_empty(spans: Spans) -> Spans:
    return np.where(spans[:, 1:] < 0, 0, spans)


@compiled
def _take_apart(content, batches, facts):
    """Write the facts of every record; -1 where one does not end where it says."""
    row = 0
    for i in range(len(batches)):
        at, stop = batches[i, 0], batches[i, 1]
        for _ in range(batches[i, 5]):
            at = _take_one(content, at, stop, batches[i], facts[row])
            if at < 0:
                return -1
            row += 1
        if at != stop:
            return -1
    return row


@compiled
def _take_one(content, at, stop, batch, facts):
    size, at = _read(content, at, stop)
    end = at + size
    if at < 0 or size < 1 or end > stop:
        return -1
    # One byte of attributes, of which none is in use.
    delta, at = _read(content, at + 1, end)
    facts[_TIME] = batch[3] + delta * batch[4]
    delta, at = _read(content, at, end)
    facts[_OFFSET] = batch[2] + delta
    for place in (_KEY, _VALUE):
        size, at = _read(content, at, end)
        facts[place], facts[place + 1] = at, at + size if size >= 0 else _NULL
        at = _past(at, size, end)
    facts[_HEADERS], at = _read(content, at, end)
    facts[_HEADERS_AT], odd = at, False
    for _ in range(facts[_HEADERS]):
        size, at = _read(content, at, end)
        begin, at = at, _past(at, size, end) if size >= 0 else -1
        for letter in range(begin, at):
            odd |= content[letter] >= 0x80
        size, at = _read(content, at, end)
        at = _past(at, size, end)
        if at < 0:
            return -1
    facts[_END] = at
    if facts[_HEADERS] < 0 or at != end:
        return -1
    if odd:
        # For `_check_names`.
        facts[_HEADERS] = -facts[_HEADERS]
    return at


@compiled
def _past(at, size, end):
    """Give the place behind so many bytes, -1 where they are not there; -1 bytes are null."""
    if at < 0 or at + max(size, 0) > end:
        return -1
    return at + max(size, 0)


@compiled
def _read(content, at, end):
    """Read a varint; give what it says and the place behind it, -1 where it does not end."""
    twice, shift = np.uint64(0), np.uint64(0)
    while 0 <= at < end and shift < 70:
        byte = np.uint64(content[at])
        twice |= (byte & np.uint64(0x7F)) << shift
        at, shift = at + 1, shift + np.uint64(7)
        if byte < 0x80:
            return np.int64(twice >> np.uint64(1)) ^ -np.int64(twice & np.uint64(1)), at
    return np.int64(0), -1


def warm() -> None:
    """Compile what takes records apart, or load it from numba's cache."""
    _take_apart(np.zeros(1, np.uint8), np.zeros((0, _FACTS_OF_BATCH), np.int64), np.zeros((0, _FACTS), np.int64))
