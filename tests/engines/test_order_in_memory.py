"""Promise 4 through the worker itself, on a broker in memory: both inputs, a rebalance, a restart, events read again."""

import json

import pytest
from faust.types import TP

from stream.contract.outcome import Kind
from stream.engines import worker
from stream.engines.memory import MemoryBroker, MemoryOutputs, memory_worker
from tests.engines.test_order import decided
from tests.engines.test_worker_in_memory import play, settings, until

LIVE, ASKED = TP("listings", 0), TP("listings.redecide", 0)


@pytest.fixture(autouse=True)
def _commits_come_fast(monkeypatch):
    monkeypatch.setattr(worker, "COMMIT_SECONDS", 0.05)


class Decides:
    """A pipeline that reads an event's place and nothing else."""

    def run(self, records, as_of, *, labels):
        return [decided(record.key, tuple(json.loads(record.value))) for record in records]


class Broker(MemoryBroker):
    def __init__(self):
        super().__init__(LIVE.topic, 1, ASKED.topic)

    def add(self, *revisions, topic=None):
        for revision in revisions:
            self.append(json.dumps([revision, 0, "E-1"]).encode(), topic=topic)

    def all_committed(self):
        return all(self.committed.get(tp, 0) == len(log) for tp, log in self.logs.items())

    def revisions(self):
        return [outcome.place.revision for _, outcome in self.published]


def test_a_late_event_and_a_sweeps_copy_are_superseded_and_counted():
    async def scenario():
        broker = Broker()
        broker.add(3, 1, 4)
        async with memory_worker(settings(), Decides(), broker) as app:
            await until(broker.all_committed)
            broker.add(2, 4, topic=ASKED.topic)
            await until(broker.all_committed)
            assert app.order.sizes()[0][0] == 1
        assert broker.revisions() == [3, 4, 4]

    play(scenario())


def test_a_rebalance_and_a_restart_forget_nothing():
    """Kept where nobody else had the partition in between, read back where it comes anew."""

    async def scenario():
        broker = Broker()
        broker.add(7)
        async with memory_worker(settings(), Decides(), broker) as app:
            await until(broker.all_committed)
            await app.consumer.rebalance({LIVE, ASKED})
            broker.add(6)
            await until(broker.all_committed)
            await app.consumer.rebalance(set())
            await app.consumer.rebalance({LIVE, ASKED})
            broker.add(5)
            await until(broker.all_committed)
        async with memory_worker(settings(), Decides(), broker):
            broker.add(4, 8)
            await until(broker.all_committed)
        assert broker.revisions() == [7, 8]

    play(scenario())


def test_what_was_published_but_not_committed_is_published_again_as_its_newest_alone():
    """Promise 2: the newest event's decision again, under the same id; what it is newer than, not again."""

    async def scenario():
        broker = Broker()
        broker.add(1, 2, 3)
        async with memory_worker(settings(), Decides(), broker):
            await until(broker.all_committed)
        broker.committed.clear()
        async with memory_worker(settings(), Decides(), broker):
            await until(broker.all_committed)
        assert broker.revisions() == [1, 2, 3, 3]
        first, again = (outcome for _, outcome in broker.published[2:])
        # What the first replaced is no longer known when it is decided again: its places hold the newest alone.
        assert (first.headers, again.headers) == ((("keran-supersedes", broker.published[1][1].place.decision_id),), ())
        assert again == first._replace(headers=())

    play(scenario())


class Refusing(MemoryOutputs):
    """Another worker has taken over: nothing is published."""

    async def publish(self, outcomes, source):
        raise RuntimeError("fenced")


def test_a_run_that_is_not_published_is_not_committed_and_is_decided_by_the_next():
    async def scenario():
        broker = Broker()
        broker.add(1, 2)
        async with memory_worker(settings(), Decides(), broker, Refusing(broker)) as app:
            await until(lambda: app.crashed)
        assert (broker.published, sum(broker.committed.values())) == ([], 0)
        async with memory_worker(settings(), Decides(), broker):
            await until(broker.all_committed)
        assert broker.revisions() == [1, 2]
        assert {outcome.kind for _, outcome in broker.published} == {Kind.DECISION}

    play(scenario())


def test_the_producers_order_asks_nothing_of_the_past():
    """`KERAN_ORDER=producer`: whatever comes later stands."""

    async def scenario():
        broker = Broker()
        broker.add(2, 1)
        async with memory_worker(settings(order="producer"), Decides(), broker):
            await until(broker.all_committed)
        assert broker.revisions() == [2, 1]

    play(scenario())
