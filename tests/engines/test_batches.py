"""Packing record batches, held to aiokafka's own builder and parser."""

from types import SimpleNamespace

import pytest
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from hypothesis import given
from hypothesis import strategies as st

from stream.engines import batches
from stream.engines.batches import pack

NOW = 1_627_956_001_000
TEXTS = st.none() | st.binary(max_size=200)
HEADERS = st.lists(st.tuples(st.text(max_size=80), TEXTS), max_size=3).map(tuple)
RECORDS = st.lists(st.builds(SimpleNamespace, key=TEXTS, value=TEXTS, headers=HEADERS), max_size=80)
ROOM = 2**24


def packed_by_aiokafka(records, producer, transactional):
    """The bytes of the batch that aiokafka makes of the same records."""
    batch = BatchBuilder(ROOM, 0, is_transactional=transactional)
    for record in records:
        batch.append(timestamp=NOW, key=record.key, value=record.value, headers=[*record.headers])
    return built(batch, producer)


def built(batch, producer):
    batch._set_producer_state(*producer)
    return bytes(batch._build())


@pytest.fixture(autouse=True)
def at_a_moment(monkeypatch):
    monkeypatch.setattr(batches, "time", SimpleNamespace(time=lambda: NOW / 1000))


@given(
    records=RECORDS,
    size=st.sampled_from([1, 300, 1_000, 100_000]),
    producer=st.tuples(st.integers(-1, 2**62), st.integers(-1, 2**15 - 1), st.integers(0, 2**31 - 1)),
    transactional=st.booleans(),
)
def test_batches_are_byte_for_byte_those_of_aiokafka(records, size, producer, transactional):
    """Checksum, varints of every width, absent keys and values: of the same records its builder makes the same bytes. Where a
    batch ends is ours: it guesses the size of headers."""
    begin = 0
    for batch in pack(records, size, transactional=transactional):
        end = begin + batch.record_count()
        assert built(batch, producer) == packed_by_aiokafka(records[begin:end], producer, transactional)
        assert batch.size() <= size or batch.record_count() == 1
        if end < len(records):
            (larger,) = pack(records[begin : end + 1], ROOM)
            assert larger.size() > size
        begin = end
    assert begin == len(records)


@given(RECORDS)
def test_compressed_batches_hold_the_same_records(records):
    """As aiokafka's own parser reads them, and every consumer."""

    def read(packed):
        for batch in packed:
            found = MemoryRecords(bytes(batch._build())).next_batch()
            assert found.validate_crc()
            yield from ((r.offset, r.key, r.value, tuple(r.headers), r.timestamp) for r in found)

    assert list(read(pack(records, 1_000, compressed=True))) == list(read(pack(records, 1_000)))


def test_lengths_of_every_width_are_written():
    """Varints of one to four bytes, in offsets and in lengths of keys, values, names and headers."""
    sizes = [0, 1, 63, 64, 8_191, 8_192, 1_048_575, 1_048_576]
    records = [SimpleNamespace(key=bytes(n), value=bytes(n), headers=(("n" * n, bytes(n)),)) for n in sizes]
    records += [SimpleNamespace(key=b"k", value=None, headers=())] * 10_000
    (batch,) = pack(records, ROOM)
    assert (batch.record_count(), batch.size()) == (10_008, len(bytes(batch._build())))
    assert bytes(batch._build()) == packed_by_aiokafka(records, (-1, -1, 0), transactional=False)


def test_a_batch_that_is_sent_again_is_the_same():
    """A retry must carry the sequence number of the first time, or the broker cannot know it again."""
    (batch,) = pack([SimpleNamespace(key=b"k", value=b"v", headers=())], 1_000)
    assert built(batch, (7, 1, 40)) == built(batch, (8, 2, 50))


def test_checksums_by_tables_are_the_same(monkeypatch):
    """A processor without the instruction gets aiokafka's own."""
    from stream.engines import crc32c

    records = [SimpleNamespace(key=b"k" * n, value=b"v", headers=()) for n in range(20)]
    fast = [bytes(batch._build()) for batch in pack(records, 1)]
    monkeypatch.setattr(crc32c, "_SSE", False)
    assert [bytes(batch._build()) for batch in pack(records, 1)] == fast
    assert all(MemoryRecords(batch).next_batch().validate_crc() for batch in fast)
