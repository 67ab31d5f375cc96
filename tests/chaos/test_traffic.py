"""The traffic, and the second reader of it: both must agree with the product about what can be read and what is newer."""

from collections import Counter
from itertools import chain

from aiokafka import ConsumerRecord

from stream.contract.instant import parse_instant
from stream.contract.outcome import Kind
from tests.chaos.history import Letter, read_input, read_letter, read_published
from tests.chaos.traffic import How, Traffic


def as_record(number, event, topic="listings"):
    size = len(event.value or b"")
    return ConsumerRecord(
        topic, 3, number, 0, 0, event.key, event.value, None, len(event.key or b""), size, tuple(event.headers)
    )


def sent(seed, count):
    return list(chain.from_iterable(batch.events for batch in Traffic(seed, 200).batches(count)))


def test_a_seed_gives_the_same_records_and_another_seed_others():
    assert sent(7, 500) == sent(7, 500)
    assert sent(7, 500) != sent(8, 500)


def test_every_way_of_sending_and_every_kind_of_record_comes_up():
    batches = list(Traffic(7, 200).batches(5_000))
    assert {batch.how for batch in batches} == set(How)
    assert sum(len(batch.events) for batch in batches) == 5_000
    assert any(batch.requests for batch in batches)
    events = list(chain.from_iterable(batch.events for batch in batches))
    assert any(event.key is None for event in events)
    assert any(event.value is None for event in events)
    assert max(Counter(event.value for event in events).values()) > 1


def test_the_second_reader_reads_what_the_product_reads(pipeline):
    """The same records unreadable, and of the rest the same listing, place, `decision_id`, review and bytes kept."""
    records = [as_record(number, event) for number, event in enumerate(sent(11, 4_000))]
    as_of = parse_instant("2021-09-01T00:00:00Z")
    kinds = Counter()
    for record, outcome in zip(records, pipeline.run(records, as_of), strict=True):
        found = read_input(record)
        kinds[outcome.kind] += 1
        written = as_record(9, outcome, "decisions")
        if outcome.kind is Kind.DEAD_LETTER:
            assert found.listing is None, outcome.headers
            assert read_letter(written) == (("listings", 3, record.offset), Letter(3, 9, found.kept))
            continue
        assert found.listing.encode() == outcome.key
        assert found.removal == (outcome.kind is Kind.TOMBSTONE)
        published = read_published(written)
        assert (published.listing, published.place) == (found.listing, found.place)
        if outcome.place is not None:
            revision, moment, event_id, _ = outcome.place
            assert found.place == (revision, moment, event_id.decode())
        if outcome.kind is Kind.DECISION:
            assert published.decision_id.encode() == outcome.place.decision_id
            assert published.review == outcome.review
            kinds["review"] += outcome.review
    assert all(kinds[kind] > 20 for kind in (Kind.DECISION, Kind.TOMBSTONE, Kind.DEAD_LETTER, "review")), kinds
