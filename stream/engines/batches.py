"""Record batches, Kafka's format 2: what producers send, packed a run at a time in one compiled pass.

Records come in, batches go out that aiokafka's producer takes in place of its own `BatchBuilder`, whose `append`
writes a record at a time. It knows no topic, no partition, and of a record its key, value and headers.
"""

import gzip
import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from stream.contract.compiled import compiled, in_place
from stream.contract.outcome import Kind, Outcome
from stream.contract.record import Headers
from stream.engines.crc32c import crc32c

# Base offset, length, leader epoch, magic, checksum; attributes, last offset, first and last time, producer's id and
# epoch, first sequence number, count.
_HEADER = struct.Struct(">qiibIhiqqqhii")
_LENGTH_FROM, _CHECKSUM_AT, _CHECKED_FROM = 12, 17, 21
_MAGIC, _GZIP, _TRANSACTIONAL, _NO_LEADER_EPOCH, _NO_PRODUCER = 2, 1, 16, -1, (-1, -1, 0)
# A record's varints, at most: length, attributes, time, offset, key's and value's length, number of headers; one more
# for each name and value of a header.
_RECORD_OVERHEAD, _PIECE_OVERHEAD = 27, 5
_ABSENT = -1


class Packed(Protocol):
    """What is read of a record that goes out: an outcome, a dead letter that is replayed, a mark."""

    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Headers: ...


class Batch:
    """A batch that is full; what is still to be written of it says which producer sends it."""

    # The methods are those that `aiokafka.producer.message_accumulator.MessageBatch` calls of a builder.

    def __init__(self, content: NDArray[np.uint8], count: int, now: int, attributes: int) -> None:
        self._content, self._count, self._now, self._attributes = content, count, now, attributes
        self._producer = _NO_PRODUCER
        self._built = False

    def size(self) -> int:
        """Give the batch's bytes."""
        return len(self._content)

    def record_count(self) -> int:
        """Give how many records it holds."""
        return self._count

    def close(self) -> None:
        """Nothing to do: it is closed."""

    def closed(self) -> bool:
        """It takes no more records, so a producer does not wait for any."""
        return True

    def _set_producer_state(self, producer_id: int, producer_epoch: int, base_sequence: int) -> None:
        self._producer = (producer_id, producer_epoch, base_sequence)

    def _build(self) -> memoryview:
        # Sent again, it must be the same: the producer's first word stands.
        if not self._built:
            self._write_header()
            self._built = True
        return memoryview(self._content)

    def _write_header(self) -> None:
        size, moments, last = len(self._content), (self._now, self._now), self._count - 1
        about = (self._attributes, last, *moments, *self._producer, self._count)
        _HEADER.pack_into(self._content, 0, 0, size - _LENGTH_FROM, _NO_LEADER_EPOCH, _MAGIC, 0, *about)
        struct.pack_into(">I", self._content, _CHECKSUM_AT, crc32c(self._content[_CHECKED_FROM:]))


def pack(records: Sequence[Packed], size: int, *, transactional: bool = False, compressed: bool = False) -> list[Batch]:
    """Give the records, in order and dated now, as batches of at most `size` bytes; a larger one is alone in its own.

    `compressed` batches are in gzip, and that small only after it.

    >>> [batch.record_count() for batch in pack([], 1_000)]
    []
    """
    pieces, counts = _pieces(records)
    lengths = np.fromiter((_ABSENT if piece is None else len(piece) for piece in pieces), np.int64, len(pieces))
    content = b"".join([piece for piece in pieces if piece])
    room = len(content) + len(records) * (_RECORD_OVERHEAD + _HEADER.size) + len(pieces) * _PIECE_OVERHEAD
    packed, stops = np.empty(room, np.uint8), np.empty((len(records), 2), np.int64)
    held = _pack(np.frombuffer(content or b"\0", np.uint8), lengths, counts, size, _HEADER.size, packed, stops)
    attributes = (_TRANSACTIONAL if transactional else 0) | (_GZIP if compressed else 0)
    return list(_cut(packed, stops[:held].tolist(), attributes))


def warm() -> None:
    """Compile all that packs and closes a batch, or load it from numba's cache."""
    for batch in pack([Outcome(Kind.DECISION, b"key", b"value", (("name", b"value"),))], 1):
        batch._build()


def _cut(packed: NDArray[np.uint8], stops: Iterable[Sequence[int]], attributes: int) -> Iterator[Batch]:
    now, begin = int(time.time() * 1000), 0
    for end, count in stops:
        content = packed[begin:end]
        yield Batch(_compress(content) if attributes & _GZIP else content, count, now, attributes)
        begin = end


def _compress(content: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Compress what stands behind the header."""
    records = gzip.compress(content[_HEADER.size :], mtime=0)
    return np.frombuffer(bytearray(_HEADER.size) + records, np.uint8)


def _pieces(records: Sequence[Packed]) -> tuple[list[bytes | None], NDArray[np.int64]]:
    """Give each record's key, value, names and values of headers, and how many headers it has."""
    counts = np.fromiter((len(record.headers) for record in records), np.int64, len(records))
    if not counts.any():
        pieces: list[bytes | None] = [None] * (2 * len(records))
        pieces[::2], pieces[1::2] = [record.key for record in records], [record.value for record in records]
        return pieces, counts
    return list(chain.from_iterable(map(_pieces_of, records))), counts


def _pieces_of(record: Outcome) -> list[bytes | None]:
    pieces = [record.key, record.value]
    for name, value in record.headers:
        pieces += (name.encode(), value)
    return pieces


# Numbers without a sign, so that no index is looked at from the end.
_0, _1, _2, _7 = (np.uintp(number) for number in (0, 1, 2, 7))
_LOW, _MORE = np.uintp(0x7F), np.uintp(0x80)


@compiled
def _pack(source, lengths, headers, size, head, packed, stops):
    """Write the batches, with room for a header before each; give how many, and in `stops` their ends and counts."""
    begin, end, at, piece, count, held = _0, np.uintp(head), _0, _0, _0, 0
    for i in range(len(headers)):
        beyond = piece + _2 + _2 * np.uintp(headers[i])
        body = _size_of(_twice(headers[i])) + _2
        for j in range(piece, beyond):
            body += _size_of(_twice(lengths[j])) + np.uintp(max(lengths[j], 0))
        needed = body + _size_of(count + count)
        if count and end - begin + needed + _size_of(needed + needed) > np.uintp(size):
            stops[held, 0], stops[held, 1] = end, count
            held, begin, count, end = held + 1, end, _0, end + np.uintp(head)
            needed = body + _1
        end = _write(packed, end, needed + needed)
        # Attributes and the time, which is the batch's own.
        packed[end] = packed[end + _1] = 0
        end = _write(packed, end + _2, count + count)
        for j in range(piece, beyond):
            if j == piece + _2:
                end = _write(packed, end, _twice(headers[i]))
            end = _write(packed, end, _twice(lengths[j]))
            for k in range(np.uintp(max(lengths[j], 0))):
                packed[end + k] = source[at + k]
            end, at = end + np.uintp(max(lengths[j], 0)), at + np.uintp(max(lengths[j], 0))
        if headers[i] == 0:
            end = _write(packed, end, _0)
        piece, count = beyond, count + _1
    if count:
        stops[held, 0], stops[held, 1] = end, count
        held += 1
    return held


@in_place
def _twice(number):
    """Give what a varint holds of a number: twice as much, and 1 for what is absent, -1."""
    return np.uintp((number << 1) ^ (number >> 63))


@compiled
def _size_of(twice):
    """Give the bytes of a varint."""
    size = _1
    while twice > _LOW:
        twice, size = twice >> _7, size + _1
    return size


@compiled
def _write(packed, at, twice):
    """Write a varint; give where it ends."""
    while twice > _LOW:
        packed[at] = twice & _LOW | _MORE
        twice, at = twice >> _7, at + _1
    packed[at] = twice
    return at + _1
