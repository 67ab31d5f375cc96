"""Promise 4 in the worker: Faust's own code and the order guard, on a broker in memory."""

import asyncio
import json
import urllib.request
from contextlib import asynccontextmanager
from time import monotonic

import pytest
from faust.types import TP

from stream.contract.outcome import Kind
from stream.contract.record import FileRecord
from stream.engines import worker
from stream.engines.memory import MemoryBroker, MemoryPast, memory_worker
from stream.engines.order import Piece
from stream.settings import Settings
from tests.engines.listing_log import DecidesEvents, Event, decided, wire

LISTINGS, REDECIDE = "listings", "listings.redecide"
E1, E2 = Event("L-1", 1, 0, "update", "E-1"), Event("L-1", 2, 0, "update", "E-2")
REMOVED, NULL = Event("L-1", 2, 0, "removal", "R-2"), Event("L-1", kind="null")


@pytest.fixture(autouse=True)
def _commits_come_fast(monkeypatch):
    monkeypatch.setattr(worker, "COMMIT_SECONDS", 0.05)


def new_broker():
    return MemoryBroker(LISTINGS, 4, redecide=REDECIDE)


def put(broker, *events, topic=LISTINGS, partition=2, keyed=True):
    """L-1 is at home in partition 2 of four."""
    for event in events:
        broker.append(wire(event), key=event.listing.encode() if keyed else None, partition=partition, topic=topic)


@asynccontextmanager
async def at_work(broker, model="m", **more):
    settings = Settings(http_port=0, run_rows=3, **more.pop("settings", {}))
    async with memory_worker(settings, DecidesEvents(model), broker, **more) as app:
        yield app


async def until(true, seconds=10):
    deadline = monotonic() + seconds
    while not true():
        assert monotonic() < deadline, "what was waited for did not come"
        await asyncio.sleep(0.005)


async def all_decided(broker):
    await until(lambda: all(broker.committed.get(tp, 0) == len(log) for tp, log in broker.logs.items()))


def published(broker):
    """Event ids on `decisions` in order, None for a tombstone."""
    return [outcome.value and json.loads(outcome.value)["event_id"] for _, outcome in broker.published]


async def metrics_of(app):
    def ask():
        with urllib.request.urlopen(f"http://127.0.0.1:{app.conf.web_port}/metrics", timeout=5) as answer:
            return answer.read().decode().splitlines()

    return dict(line.rsplit(" ", 1) for line in await asyncio.to_thread(ask) if not line.startswith("#"))


def play(scenario):
    asyncio.run(asyncio.wait_for(scenario, 60))


def test_an_older_event_is_superseded_counted_by_its_reason_and_committed():
    async def scenario():
        broker = new_broker()
        put(broker, E2, E1, E1, REMOVED, E1)
        async with at_work(broker) as app:
            await all_decided(broker)
            metrics = await metrics_of(app)
        assert published(broker) == ["E-2", None]
        assert metrics['keran_outcomes_total{kind="superseded",tally="older"}'] == "2.0"
        assert metrics['keran_outcomes_total{kind="superseded",tally="removed"}'] == "1.0"
        assert metrics['keran_order_listings{partition="2"}'] == "1.0"
        assert 0 < float(metrics['keran_order_bytes{partition="2"}']) < 10_000

    play(scenario())


def test_a_worker_that_starts_again_knows_what_the_last_one_decided():
    async def scenario():
        broker = new_broker()
        put(broker, E2)
        async with at_work(broker):
            await all_decided(broker)
        put(broker, E1)
        async with at_work(broker):
            await all_decided(broker)
        assert published(broker) == ["E-2"]

    play(scenario())


def test_what_is_asked_to_be_decided_again_replaces_its_own_decision_and_no_newer_one():
    async def scenario():
        broker = new_broker()
        put(broker, E1)
        async with at_work(broker):
            await all_decided(broker)
        async with at_work(broker, model="n"):
            put(broker, E1, topic=REDECIDE)
            await all_decided(broker)
            put(broker, E2)
            await all_decided(broker)
            put(broker, E1, topic=REDECIDE)
            await all_decided(broker)
        first, again, newer = (outcome for _, outcome in broker.published)
        assert published(broker) == ["E-1", "E-1", "E-2"]
        assert dict(again.headers)["keran-supersedes"] == first.place.decision_id
        assert dict(newer.headers)["keran-supersedes"] == again.place.decision_id

    play(scenario())


def test_a_null_value_on_the_topic_of_what_is_asked_removes_nothing():
    async def scenario():
        broker = new_broker()
        put(broker, E1)
        async with at_work(broker):
            await all_decided(broker)
            put(broker, NULL, topic=REDECIDE)
            await all_decided(broker)
        assert published(broker) == ["E-1"]

    play(scenario())


def test_a_removal_holds_against_an_event_and_a_sweep_that_come_late():
    async def scenario():
        broker = new_broker()
        put(broker, E1, NULL)
        async with at_work(broker):
            await all_decided(broker)
        async with at_work(broker):
            put(broker, Event("L-1", 0, 5, "update", "E-0"))
            put(broker, E1, topic=REDECIDE)
            await all_decided(broker)
        assert published(broker) == ["E-1", None]

    play(scenario())


def test_an_event_without_a_key_is_handed_on_where_its_listing_is_at_home_elsewhere():
    async def scenario():
        broker = new_broker()
        put(broker, E1, partition=0, keyed=False)
        put(broker, E2, partition=2, keyed=False)
        async with at_work(broker):
            await all_decided(broker)
        kinds = {source: (outcome.kind, outcome.key, outcome.value) for source, outcome in broker.published}
        assert kinds[0] == (Kind.HANDED_ON, b"L-1", wire(E1))
        assert kinds[2][0] is Kind.DECISION

    play(scenario())


def test_a_partition_that_was_anothers_is_read_again_before_anything_of_it_is_decided():
    """The other decided something newer and committed nothing of what is left; this worker's own places are old by then."""

    async def scenario():
        broker = new_broker()
        put(broker, E1)
        async with at_work(broker) as app:
            await all_decided(broker)
            await app.consumer.rebalance({TP(LISTINGS, 0), TP(REDECIDE, 0)})
            broker.published.append((2, decided(Event("L-1", 3, 0, "update", "E-3"))))
            put(broker, E2)
            await app.consumer.rebalance(set(broker.logs))
            await all_decided(broker)
        assert published(broker) == ["E-1", "E-3"]

    play(scenario())


def test_nothing_is_decided_before_the_past_is_read_and_ready_says_how_far_that_is():
    class Slow(MemoryPast):
        let = asyncio.Event()

        async def read(self, partitions):
            decisions = [FileRecord(o.value, o.key, o.headers) for o in [decided(E2)]]
            for partition in partitions:
                yield Piece(partition, decisions, 0.25)
            await self.let.wait()
            for partition in partitions:
                yield Piece(partition, [], 1.0)

    async def scenario():
        broker = new_broker()
        put(broker, E1)
        async with at_work(broker, past=Slow(broker)) as app:
            await until(lambda: "reading decisions of partition 2: 25%" in list(app.order.incomplete()))
            await asyncio.sleep(0.1)
            assert (broker.published, broker.committed) == ([], {})
            Slow.let.set()
            await all_decided(broker)
        assert broker.published == []

    play(scenario())


def test_a_rebalance_while_the_past_is_read_does_not_wait_for_it_and_loses_nothing():
    class Slow(MemoryPast):
        reads, let = 0, asyncio.Event()

        async def read(self, partitions):
            Slow.reads += 1
            await self.let.wait()
            async for piece in super().read(partitions):
                yield piece

    async def scenario():
        broker = new_broker()
        put(broker, E2, E1)
        async with at_work(broker, past=Slow(broker)) as app:
            await until(lambda: Slow.reads == 1)
            await asyncio.wait_for(app.consumer.rebalance(set(broker.logs)), 5)
            await until(lambda: Slow.reads == 2)
            Slow.let.set()
            await all_decided(broker)
        assert published(broker) == ["E-2"]

    play(scenario())


def test_producer_order_trusts_the_topic():
    """`KERAN_ORDER=producer`: what comes later is newer, and nothing is read back."""

    async def scenario():
        broker = new_broker()
        put(broker, E2, E1)
        async with at_work(broker, settings={"order": "producer"}) as app:
            await all_decided(broker)
            assert dict(app.order.sizes()) == {}
        assert published(broker) == ["E-2", "E-1"]

    play(scenario())
