"""Where originals and marks go, and in which batches; that each goes once is tested on Apache Kafka."""

from aiokafka.record.memory_records import MemoryRecords
from hypothesis import given
from hypothesis import strategies as st

from stream.contract.dead_record import Place, marked_offset
from stream.engines.dead_publisher import filled
from stream.engines.dead_replay import original_and_mark
from stream.engines.partitions import partitions_of
from tests.dead.making import letter_of

BYTES = st.none() | st.binary(max_size=300)
LETTERS = st.lists(
    st.builds(
        lambda offset, partition, key, value: letter_of(at=offset)._replace(
            key=key, value=value, origin=Place("listings", partition, offset)
        ),
        st.integers(0, 2**62),
        st.integers(0, 3),
        BYTES,
        BYTES,
    )
)


def records_of(batches):
    read = [MemoryRecords(bytes(batch._build())) for batch in batches]
    return [record for records in read for record in records.next_batch()]


@given(LETTERS)
def test_every_letter_is_one_original_and_one_mark_in_order(letters):
    """The original in the partition it came from, its mark in that of the dead letter; no batch is empty."""
    sent = [each for letter in letters for each in original_and_mark(letter, "listings.dead", None, {"listings": 4})]
    batches = filled(sent, 1_000)
    assert all(
        batch.record_count() and (batch.size() <= 1_000 or batch.record_count() == 1)
        for of in batches.values()
        for batch in of
    )
    for partition in range(4):
        originals = records_of(batches.get(("listings", partition), ()))
        assert [(r.key, r.value) for r in originals] == [
            (x.key, x.value) for x in letters if x.origin.partition == partition
        ]
    marks = records_of(batches.get(("listings.dead", 2), ()))
    assert [marked_offset(mark) for mark in marks] == [letter.at.offset for letter in letters]


def test_a_letter_that_only_compression_made_small_goes_back_as_small():
    """A topic takes a batch by its size as sent: two megabytes of one letter came in under its one."""
    letter = letter_of(b"a" * 2_000_000)._replace(origin=Place("listings", 0, 1))
    sent = original_and_mark(letter, "listings.dead", None, {"listings": 1})
    (batch,) = filled([*sent])["listings", 0]
    assert batch.size() < 10_000
    assert [record.value for record in records_of([batch])] == [letter.value]


def test_in_another_topic_or_fewer_partitions_the_key_says_where():
    keyed, bare = (letter_of(b"{", key)._replace(origin=Place("listings", 6, 1)) for key in (b"L-1", None))

    def partition(letter, to, count):
        return next(original_and_mark(letter, "listings.dead", to, {to or "listings": count})).partition

    assert [partition(keyed, None, 9), partition(bare, None, 9)] == [6, 6]
    assert [partition(keyed, None, 4), partition(bare, None, 4)] == [partitions_of([b"L-1"], 4)[0], 2]
    assert [partition(keyed, "other", 9), partition(bare, "other", 5)] == [partitions_of([b"L-1"], 9)[0], 1]
