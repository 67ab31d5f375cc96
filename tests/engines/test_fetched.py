"""Fetched bytes taken apart: the records, and the offsets passed, are those of aiokafka's own reader."""

import struct

import numpy as np
import pytest
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from stream.contract.records import PADDING, columns_of
from stream.engines.crc32c import crc32c
from stream.engines.fetched import Unread, UnreadableRecord, read_fetched

TP = TopicPartition("listings", 3)
CONTROL, APPENDED = 0x20, 0x08
NONE, GZIP = 0, 1

HEADERS = st.lists(st.tuples(st.text(max_size=4), st.none() | st.binary(max_size=5)), max_size=2)
RECORD = st.tuples(st.none() | st.binary(max_size=9), st.none() | st.binary(max_size=200), HEADERS)
# What a batch is: its records, whether compressed, whose transaction it is of (0: of none), how many offsets it leaves out.
BATCH = st.tuples(
    st.lists(RECORD, min_size=1, max_size=4), st.sampled_from([NONE, GZIP]), st.integers(0, 2), st.integers(0, 3)
)


def batch(records, base, codec=NONE, producer=-1, extra=0, left_out=0):
    """A batch as a broker keeps it; `extra` are more of its attributes, `left_out` offsets at its end have no record any more."""
    transactional = producer >= 0
    builder = DefaultRecordBatchBuilder(2, codec, transactional, producer, 0, 0, 1 << 20)
    for at, (key, value, headers) in enumerate(records):
        assert builder.append(at, 1_000 + 7 * at, key, value, headers) is not None
    content = bytearray(builder.build())
    attributes, last = struct.unpack_from(">hi", content, 21)
    struct.pack_into(">hi", content, 21, attributes | extra, last + left_out)
    struct.pack_into(">q", content, 0, base)
    struct.pack_into(">I", content, 17, _checksum(content))
    return bytes(content), base + len(records) + left_out


def _checksum(content):
    return crc32c(np.frombuffer(bytes(content[21:]), np.uint8))


def marker(base, producer, kind):
    """A control batch: 0 aborts, 1 commits."""
    return batch([(struct.pack(">hh", 0, kind), struct.pack(">hi", 0, 0), [])], base, NONE, producer, CONTROL)


@st.composite
def answers(draw):
    """What a broker answers with: batches, transactions that end well or not, and which of them it says were aborted."""
    content, base, aborted, opened = b"", draw(st.integers(1, 5)), [], {}
    ends = []
    for records, codec, producer, left_out in draw(st.lists(BATCH, max_size=6)):
        piece, end = batch(records, base, codec, producer or -1, draw(st.sampled_from([0, APPENDED])), left_out)
        content += piece
        if producer:
            opened.setdefault(producer, base)
        base = end
        ends.append(end)
        if producer and draw(st.booleans()):
            commits = draw(st.integers(0, 1))
            if not commits:
                aborted.append((producer, opened[producer]))
            del opened[producer]
            piece, base = marker(base, producer, commits)
            content += piece
    cut = draw(st.integers(0, 40)) if draw(st.booleans()) else 0
    # A broker begins with the batch that holds the offset it was asked for.
    return content[: len(content) - cut], draw(st.permutations(aborted)), draw(st.integers(0, min([base, *ends]) - 1))


def theirs(content, aborted, begin):
    unread = PartitionRecords(TP, MemoryRecords(content), aborted, begin, None, None, True, 1)
    found = [(r.offset, r.timestamp, r.key, r.value, tuple(r.headers)) for r in unread]
    return found, unread.next_fetch_offset


def plain(records):
    return [(r.offset, r.timestamp, r.key, r.value, r.headers) for r in records]


@given(answers(), st.integers(1, 5))
def test_records_and_offsets_are_those_of_the_client(answer, rows):
    """However few are taken at once: nothing is left out, aborted or control records apart, and nothing is read twice."""
    content, aborted, begin = answer
    wanted, end = theirs(content, aborted, begin)
    unread = Unread(read_fetched(content, begin, aborted), begin)
    found = plain(unread.take(*TP, rows))
    while unread.has_more():
        assert unread.next_fetch_offset == found[-1][0] + 1
        found += plain(unread.take(*TP, rows))
    assert found == wanted
    assert unread.next_fetch_offset == max(end, begin)


@given(answers(), st.data())
def test_a_part_holds_its_own_bytes_and_no_more(answer, data):
    content, aborted, _ = answer
    held = read_fetched(content, 0, aborted)
    records = Unread(held, 0).take(*TP, len(held.facts))
    begin, end = sorted(data.draw(st.tuples(*[st.integers(0, len(records))] * 2)))
    part = records[begin:end]
    assert plain(part) == plain(records)[begin:end]
    assert [part[row] for row in range(len(part))] == list(part)
    assert part.columns.content.endswith(PADDING)


@given(answers())
def test_columns_are_those_of_the_records(answer):
    """What a reader goes over says the same as the records one by one; null and empty are one in it, but for the key."""
    content, aborted, _ = answer
    held = read_fetched(content, 0, aborted)
    records = Unread(held, 0).take(*TP, len(held.facts))
    ours, made = records.columns, columns_of(list(records))
    for one, other in ((ours.keys, made.keys), (ours.values, made.values)):
        assert _texts(ours.content, one) == _texts(made.content, other)
    assert ours.keyless.tolist() == made.keyless.tolist() == [record.key is None for record in records]
    assert ours.headed.tolist() == made.headed.tolist() == [bool(record.headers) for record in records]
    assert ours.sizes().tolist() == made.sizes().tolist()


def _texts(content, spans):
    return [content[begin:end] for begin, end in spans.tolist()]


ONE = [(b"key", b"value", [("name", b"x")])]


def test_a_batch_that_says_another_checksum_is_refused():
    content = bytearray(batch(ONE, 0)[0])
    content[-1] ^= 1
    with pytest.raises(CorruptRecordException, match="offset 0 has another checksum"):
        read_fetched(bytes(content), 0, [])


@given(st.integers(61, 61 + 20), st.integers(0, 255))
def test_a_record_that_does_not_end_where_it_should_is_refused_or_read_as_the_client_does(at, byte):
    """Whatever byte is another, with a checksum that fits: never beyond the bytes there are."""
    content = bytearray(batch(ONE * 2, 0)[0])
    at = min(at, len(content) - 1)
    content[at] = byte
    struct.pack_into(">I", content, 17, _checksum(content))
    try:
        wanted, _ = theirs(bytes(content), [], 0)
    except (CorruptRecordException, UnicodeDecodeError):
        wanted = None
    try:
        held = read_fetched(bytes(content), 0, [])
        found = plain(Unread(held, 0).take(*TP, len(held.facts)))
    except (CorruptRecordException, UnreadableRecord):
        found = None
    assert found == wanted or wanted is None or found is None


def test_a_header_name_that_is_no_utf_8_is_told_with_its_offset():
    content = bytearray(batch([*ONE, (b"k", b"v", [("né", b"")])], 5)[0])
    content[content.index("é".encode())] = 0xFF
    struct.pack_into(">I", content, 17, _checksum(content))
    with pytest.raises(UnreadableRecord, match="offset 6 has a header name that is not UTF-8"):
        read_fetched(bytes(content), 0, [])
    named = read_fetched(batch([(b"k", b"v", [("né", None)])], 5)[0], 0, [])
    assert Unread(named, 0).take(*TP, 1)[0].headers == (("né", None),)


def test_a_count_that_no_bytes_could_hold_is_refused():
    content = bytearray(batch(ONE, 0)[0])
    struct.pack_into(">i", content, 57, 2**31 - 1)
    struct.pack_into(">I", content, 17, _checksum(content))
    with pytest.raises(CorruptRecordException, match="no room for its 2147483647 records"):
        read_fetched(bytes(content), 0, [])


def test_an_older_format_is_left_to_the_client():
    builder = LegacyRecordBatchBuilder(1, 0, 1 << 16)
    builder.append(0, 1, b"key", b"value")
    assert read_fetched(bytes(builder.build()), 0, []) is None
