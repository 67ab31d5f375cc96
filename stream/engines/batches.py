"""Record batches, Kafka's format 2: what producers send, packed a run at a time in one compiled pass.

Records come in, batches go out that aiokafka's producer takes in place of its own `BatchBuilder`, whose `append`
writes a record at a time. It knows no topic, no partition, and of a record its key, value and headers.
"""

import gzip
import struct
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from stream.contract.compiled import compiled, in_place
from stream.contract.outcome import Kind, Outcome
from stream.contract.outcomes import SUPERSEDES, Outcomes
from stream.contract.record import Headers
from stream.contract.rows import Source, Spans, span_type
from stream.engines.crc32c import crc32c

# Base offset, length, leader epoch, magic, checksum; attributes, last offset, first and last time, producer's id and
# epoch, first sequence number, count.
_HEADER = struct.Struct(">qiibIhiqqqhii")
_LENGTH_FROM, _CHECKSUM_AT, _CHECKED_FROM = 12, 17, 21
_MAGIC, _GZIP, _TRANSACTIONAL, _NO_LEADER_EPOCH, _NO_PRODUCER = 2, 1, 16, -1, (-1, -1, 0)
# A record's varints, at most: length, attributes, time, offset, key's and value's length, number of headers; one more
# for each name and value of a header.
_RECORD_OVERHEAD, _PIECE_OVERHEAD = 27, 5
_NOTHING = (-1, -1)
_ID_DIGITS = 32


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
    laid = laid_out(records)
    lengths = np.empty(len(laid.keys), np.int64)
    _measure(laid.values, laid.no_value, lengths)
    named = laid.headers[:, :, 1] - laid.headers[:, :, 0]
    room = int(lengths.sum() + (laid.keys[:, 1] - laid.keys[:, 0]).sum() + named.sum())
    room += len(lengths) * (_RECORD_OVERHEAD + _HEADER.size) + named.size * _PIECE_OVERHEAD
    packed, stops = np.empty(room, np.uint8), np.empty((len(lengths), 2), np.int64)
    held = _pack(*laid, lengths, size, _HEADER.size, packed, stops)
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


class Laid(NamedTuple):
    """Records as a compiled pass packs them. Keys and values are spans over `source`, `values` (n, k, 2); `headers`,
    (h, 2, 2), are names and values over `words`, absent ones from -1 on, and record i has those from `starts[i]` on.
    """

    source: NDArray[np.uint8]
    keys: Spans
    no_key: NDArray[np.bool_]
    values: NDArray[Any]
    no_value: NDArray[np.bool_]
    words: NDArray[np.uint8]
    starts: NDArray[np.int64]
    headers: NDArray[np.int64]


def laid_out(records: Sequence[Packed]) -> Laid:
    """Lay records out; outcomes as they are."""
    if isinstance(records, Outcomes):
        headers = _headers(records.headers, records.replaced_ids)
        return Laid(records.source, records.keys, records.no_key, records.values, records.no_value, *headers)
    source = Source(b"")
    keys = source.put_all(record.key or b"" for record in records)
    values = source.put_all(record.value or b"" for record in records)
    no_key = np.fromiter((record.key is None for record in records), np.bool_, len(records))
    no_value = np.fromiter((record.value is None for record in records), np.bool_, len(records))
    said = {row: record.headers for row, record in enumerate(records) if record.headers}
    rows = values.astype(span_type(int(values.max(initial=0))))[:, np.newaxis]
    content = np.frombuffer(source.content() or b"\0", np.uint8)
    return Laid(content, keys, no_key, rows, no_value, *_headers(said, np.zeros((len(records), 2), np.int64)))


def _headers(
    said: Mapping[int, Headers], replaced_ids: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Give the words, starts and spans of headers by row, and of the one that names what a decision replaces."""
    replaces = replaced_ids.any(axis=1)
    starts = np.zeros(len(replaced_ids) + 1, np.int64)
    starts[1:] = replaces
    for row, headers in said.items():
        starts[row + 1] += len(headers)
    np.cumsum(starts, out=starts)
    spans, words = np.empty((int(starts[-1]), 2, 2), np.int64), Source(SUPERSEDES.encode())
    named, _ = words.put(replaced_ids[replaces].tobytes().hex().encode())
    last = starts[1:][replaces] - 1
    spans[last, 0] = 0, named
    spans[last, 1, 0] = named + _ID_DIGITS * np.arange(len(last))
    spans[last, 1, 1] = spans[last, 1, 0] + _ID_DIGITS
    for row, headers in said.items():
        for at, (name, value) in enumerate(headers, int(starts[row])):
            spans[at] = words.put(name.encode()), _NOTHING if value is None else words.put(value)
    return np.frombuffer(words.content(), np.uint8), starts, spans


# Numbers without a sign, so that no index is looked at from the end.
_0, _1, _2, _7 = (np.uintp(number) for number in (0, 1, 2, 7))
_LOW, _MORE = np.uintp(0x7F), np.uintp(0x80)


@compiled
def _measure(values, absent, lengths):
    """Give the bytes of every value, 0 where it is absent."""
    for i in range(len(lengths)):
        length = np.int64(0)
        for j in range(0 if absent[i] else values.shape[1]):
            length += values[i, j, 1] - values[i, j, 0]
        lengths[i] = length


@compiled
def _pack(source, keys, no_key, values, no_value, words, starts, headers, lengths, size, head, packed, stops):
    """Write the batches, with room for a header before each; give how many, and in `stops` their ends and counts."""
    begin, end, count, held = _0, np.uintp(head), _0, 0
    for i in range(len(lengths)):
        key, value = keys[i, 1] - keys[i, 0], lengths[i]
        said = starts[i + 1] - starts[i]
        body = _2 + _size_of(_twice(said)) + _sizes(key, no_key[i]) + _sizes(value, no_value[i])
        for j in range(starts[i], starts[i + 1]):
            for k in range(2):
                body += _sizes(headers[j, k, 1] - headers[j, k, 0], headers[j, k, 0] < 0)
        needed = body + _size_of(count + count)
        if count and end - begin + needed + _size_of(needed + needed) > np.uintp(size):
            stops[held, 0], stops[held, 1] = end, count
            held, begin, count, end = held + 1, end, _0, end + np.uintp(head)
            needed = body + _1
        end = _write(packed, end, needed + needed)
        # Attributes and the time, which is the batch's own.
        packed[end] = packed[end + _1] = 0
        end = _write(packed, end + _2, count + count)
        end = _write(packed, end, _1 if no_key[i] else _twice(key))
        end = _copy(packed, end, source, keys[i, 0], keys[i, 1])
        end = _write(packed, end, _1 if no_value[i] else _twice(value))
        for j in range(0 if no_value[i] else values.shape[1]):
            end = _copy(packed, end, source, values[i, j, 0], values[i, j, 1])
        end = _write(packed, end, _twice(said))
        for j in range(starts[i], starts[i + 1]):
            for k in range(2):
                length = headers[j, k, 1] - headers[j, k, 0]
                end = _write(packed, end, _1 if headers[j, k, 0] < 0 else _twice(length))
                end = _copy(packed, end, words, headers[j, k, 0], headers[j, k, 1])
        count += _1
    if count:
        stops[held, 0], stops[held, 1] = end, count
        held += 1
    return held


@compiled
def _sizes(length, absent):
    """Give what a piece takes with its length before it."""
    return _1 if absent else _size_of(_twice(length)) + np.uintp(length)


@compiled
def _copy(packed, at, source, begin, end):
    """Copy a piece; give where it ends."""
    start, length = np.uintp(begin), np.uintp(end - begin)
    for i in range(length):
        packed[at + i] = source[start + i]
    return at + length


@in_place
def _twice(number):
    """Give what a varint holds of a number from 0 on: twice as much; 1, which is -1, stands for what is absent."""
    return np.uintp(number << 1)


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
