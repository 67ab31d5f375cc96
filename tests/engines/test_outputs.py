"""Routing, partitioning and batching of outcomes; what a broker answers is tested on Apache Kafka."""

import asyncio

import pytest
from aiokafka.record.memory_records import MemoryRecords

from stream.contract.outcome import Kind, Outcome
from stream.engines.batches import Batch
from stream.engines.outputs import Fenced, Outputs, Topics, fill, route, spread
from stream.engines.partitions import partitions_of

TOPICS = Topics("decisions", "listings.dead", "reviews")


def decision(key: bytes, value: bytes = b"{}", review: bool = False) -> Outcome:
    return Outcome(Kind.DECISION, key, value, review=review)


def records_of(batch: Batch) -> list[tuple[bytes | None, bytes | None, tuple]]:
    """What a consumer of the batch reads."""
    records = MemoryRecords(bytes(batch._build()))
    return [(record.key, record.value, tuple(record.headers)) for record in records.next_batch()]


def test_each_kind_goes_to_its_topic():
    outcomes = [
        decision(b"a"),
        Outcome(Kind.TOMBSTONE, b"b", None),
        Outcome(Kind.DEAD_LETTER, b"c", b"\xff"),
    ]
    assert route(outcomes, TOPICS) == {"decisions": outcomes[:2], "listings.dead": outcomes[2:]}


def test_a_decision_that_asks_for_a_person_is_also_a_review():
    doubtful = decision(b"a", review=True)
    assert route([doubtful, decision(b"b")], TOPICS)["reviews"] == [doubtful]
    assert doubtful in route([doubtful], TOPICS)["decisions"]


def test_every_kind_has_a_topic():
    """A kind that somebody adds to the contract must not be lost here; what is superseded goes nowhere."""
    assert route([Outcome(Kind.SUPERSEDED, b"k", None)], TOPICS) == {}
    for kind in set(Kind) - {Kind.SUPERSEDED}:
        assert sum(map(len, route([Outcome(kind, b"k", b"v")], TOPICS).values())) == 1


def test_the_partition_is_that_of_the_key():
    keys = [b"L-%d" % i for i in range(50)]
    assert spread(list(map(decision, keys)), 7, source=3) == partitions_of(keys, 7)


def test_an_outcome_without_a_key_stays_in_the_partition_it_came_from():
    dead = Outcome(Kind.DEAD_LETTER, None, b"?")
    assert spread([dead, decision(b""), dead], 4, source=6) == [2, *partitions_of([b""], 4), 2]


def test_batches_hold_every_outcome_in_order_and_unchanged():
    """Keys, values and headers, absent ones included; a record larger than a batch is a batch of its own."""
    headers = (("a", b"1"), ("a", None), ("é", b"\x00"))
    outcomes = [Outcome(Kind.DEAD_LETTER, b"k%d" % i, b"v" * i, headers) for i in range(0, 300, 7)]
    outcomes += [Outcome(Kind.DEAD_LETTER, None, b"x" * 5_000), Outcome(Kind.TOMBSTONE, b"t", None), outcomes[3]]
    batches = fill(outcomes, [i % 2 for i in range(len(outcomes))], 1_000)
    for partition in (0, 1):
        read = [record for batch in batches[partition] for record in records_of(batch)]
        assert read == [(o.key, o.value, tuple(o.headers)) for o in outcomes[partition::2]]
        assert all(batch.size() <= 1_000 or batch.record_count() == 1 for batch in batches[partition])


def test_no_batch_is_empty():
    """An empty batch would be acknowledged without ever reaching a broker."""
    batches = fill([decision(b"a", b"x" * 5_000)] * 2, [0, 3], 1_000)
    assert {p: [b.record_count() for b in of] for p, of in batches.items()} == {0: [1], 3: [1]}


class Unanswered:
    """A producer whose transaction nobody ends: what aiokafka's is to its user once it was stopped."""

    def __init__(self) -> None:
        self.begun, self.stopped = asyncio.Event(), False

    async def start(self) -> None:
        pass

    async def begin_transaction(self) -> None:
        self.begun.set()
        await asyncio.Event().wait()

    async def stop(self) -> None:
        self.stopped = True


def test_a_partition_that_is_given_up_leaves_nothing_waiting(monkeypatch):
    """Whoever publishes for it is told that it may not, and does not wait for ever; a partition at rest just goes."""

    async def scenario():
        producer = Unanswered()
        monkeypatch.setattr(Outputs, "_new_producer", lambda self, **more: producer)
        outputs = Outputs(TOPICS, {}, writer="keran")
        await outputs.fence(3)
        publishing = asyncio.create_task(outputs.publish([decision(b"a")], 3))
        await producer.begun.wait()
        await outputs.let_go(3)
        with pytest.raises(Fenced, match="partition 3 was given up"):
            await publishing
        assert producer.stopped
        await outputs.let_go(3)
        await outputs.fence(3)
        await outputs.let_go(3)

    asyncio.run(asyncio.wait_for(scenario(), 10))
