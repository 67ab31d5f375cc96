"""A label overrules through the worker itself, on a broker in memory: read before the first run, followed, waited for."""

import asyncio
import json

import orjson
import pytest
from faust.types import TP

from stream.contract.instant import parse_instant
from stream.engines import overruling, worker
from stream.engines.health import not_ready
from stream.engines.memory import MemoryBroker, MemoryLabels, memory_worker
from tests.conftest import value_with
from tests.engines.test_worker_in_memory import play, settings, until
from tests.labels.making import given

LIVE, ASKED = TP("listings", 0), TP("listings.redecide", 0)
CARVED = value_with(listing__title="ukiran kayu", seller__type="cross_border")
OTHER_TITLE = value_with(listing__title="ukiran kayu jati", seller__type="cross_border", event_id="E-2", occurred_at="2021-08-03T10:00:00+07:00")  # fmt: skip


@pytest.fixture(autouse=True)
def _commits_come_fast(monkeypatch):
    monkeypatch.setattr(worker, "COMMIT_SECONDS", 0.05)


class Topic(MemoryLabels):
    def say(self, *args, **others):
        """Put a label on the topic, of a carving that is none."""
        value = given(*args, **{"title": "UKIRAN  kayu", **others})
        self.write(value["listing_id"].encode(), orjson.dumps(value))


class Broker(MemoryBroker):
    def __init__(self):
        super().__init__(LIVE.topic, 1, ASKED.topic)
        self.labels = Topic()

    def ask(self, value=CARVED):
        self.append(value, topic=ASKED.topic, headers=(("keran-label", b"LB-1"),))

    def all_committed(self):
        return all(self.committed.get(tp, 0) == len(log) for tp, log in self.logs.items())

    def said(self):
        """Decision, model and what is superseded, of each decision in order."""
        decided = [(json.loads(outcome.value), dict(outcome.headers)) for _, outcome in self.published]
        return [
            (each["decision"], each["classification"]["model"], "keran-supersedes" in headers)
            for each, headers in decided
        ]

    def worker(self, pipeline, **more):
        pinned = settings(as_of=parse_instant("2021-08-04T00:00:00Z"), **more)
        return memory_worker(pinned, pipeline, self, labels=self.labels)


def test_what_is_on_the_topic_counts_from_the_first_run_on(pipeline):
    async def scenario():
        broker = Broker()
        broker.labels.say("LB-1")
        broker.append(CARVED)
        async with broker.worker(pipeline):
            await until(broker.all_committed)
        assert broker.said() == [("allow", "label:LB-1", False)]

    play(scenario())


def test_an_answer_a_withdrawal_and_another_title_each_decide_again_and_name_what_they_replace(pipeline):
    async def scenario():
        broker, model = Broker(), pipeline.model.id
        async with broker.worker(pipeline) as app:
            broker.append(CARVED)
            await until(broker.all_committed)
            broker.labels.say("LB-1")
            broker.ask()
            await until(broker.all_committed)
            assert app.overruling.sizes() == {0: 1}
            broker.labels.say("LB-1", day=2, withdrawn=True)
            broker.ask()
            await until(broker.all_committed)
            broker.labels.say("LB-2", day=3)
            broker.ask()
            await until(broker.all_committed)
            broker.append(OTHER_TITLE)
            await until(broker.all_committed)
        assert broker.said() == [
            ("block", model, False),
            ("allow", "label:LB-1", True),
            ("block", model, True),
            ("allow", "label:LB-2", True),
            ("block", model, True),
        ]

    play(scenario())


def test_a_request_whose_label_is_not_committed_yet_waits_for_it(pipeline):
    """The brokers end a transaction in one partition after the other."""

    async def scenario():
        broker = Broker()
        async with broker.worker(pipeline) as app:
            await until(lambda: not [*not_ready(app)])
            broker.labels.open = True
            broker.labels.say("LB-1")
            broker.ask()
            await until(lambda: app.consumer.in_work())
            assert broker.published == []
            broker.labels.open = False
            await until(broker.all_committed)
            assert app.overruling.late == 0
        assert broker.said() == [("allow", "label:LB-1", False)]

    play(scenario())


def test_it_does_not_wait_for_ever_and_events_do_not_wait(pipeline, monkeypatch):
    monkeypatch.setattr(overruling, "WAIT_SECONDS", 0.2)

    async def scenario():
        broker = Broker()
        async with broker.worker(pipeline) as app:
            await until(lambda: not [*not_ready(app)])
            broker.labels.open = True
            broker.labels.say("LB-1")
            broker.append(CARVED)
            await until(broker.all_committed)
            assert app.overruling.late == 0
            broker.ask()
            await until(broker.all_committed)
            assert app.overruling.late == 1
        assert [model for _, model, _ in broker.said()] == [pipeline.model.id] * 2

    play(scenario())


def test_a_rebalance_reads_on_what_is_kept_and_anew_what_was_gone(pipeline):
    async def scenario():
        broker = Broker()
        broker.labels.say("LB-1")
        async with broker.worker(pipeline) as app:
            await until(lambda: app.overruling.sizes() == {0: 1})
            await app.consumer.rebalance({LIVE, ASKED})
            broker.append(CARVED)
            await until(broker.all_committed)
            await app.consumer.rebalance(set())
            assert app.overruling.sizes() == {}
            await app.consumer.rebalance({LIVE, ASKED})
            broker.ask()
            await until(broker.all_committed)
        assert broker.labels.follows == [{0: 0}, {0: 1}, {0: 0}]
        assert {model for _, model, _ in broker.said()} == {"label:LB-1"}

    play(scenario())


class Silent(Topic):
    """A topic that gives nothing for as long as it is shut."""

    shut = True

    async def follow(self, begins):
        while self.shut:
            await asyncio.sleep(0.01)
        async for piece in super().follow(begins):
            yield piece


def test_a_worker_is_not_ready_and_decides_nothing_before_its_labels_are_read(pipeline):
    async def scenario():
        broker = Broker()
        broker.labels = Silent()
        broker.labels.say("LB-1")
        broker.append(CARVED)
        async with broker.worker(pipeline) as app:
            await until(lambda: [*not_ready(app)] == ["reading labels of partition 0"])
            await app.consumer.rebalance(set())
            await app.consumer.rebalance({LIVE, ASKED})
            await until(lambda: app.consumer.in_work())
            assert broker.published == []
            broker.labels.shut = False
            await until(broker.all_committed)
        assert broker.said() == [("allow", "label:LB-1", False)]

    play(scenario())


def test_clusters_that_the_model_lacks_and_what_is_no_label_are_counted_and_harm_nothing(pipeline, capfd):
    async def scenario():
        broker = Broker()
        broker.labels.say("LB-1", "furniture")
        broker.labels.write(b"L-1", b"{\xff")
        broker.labels.write(None, None)
        async with broker.worker(pipeline) as app:
            broker.append(CARVED)
            await until(broker.all_committed)
            assert (app.overruling.unknown(), app.overruling.bad) == ({"furniture": 1}, 1)
        assert broker.said() == [("block", pipeline.model.id, False)]

    play(scenario())


def test_off_means_off(pipeline):
    async def scenario():
        broker = Broker()
        broker.labels.say("LB-1")
        async with broker.worker(pipeline, labels="off") as app:
            broker.append(CARVED)
            broker.ask()
            await until(broker.all_committed)
            assert app.overruling.sizes() == {}
        assert broker.labels.follows == []
        assert {model for _, model, _ in broker.said()} == {pipeline.model.id}

    play(scenario())


def test_producers_order_has_labels_too(pipeline):
    async def scenario():
        broker = Broker()
        broker.labels.say("LB-1")
        async with broker.worker(pipeline, order="producer"):
            broker.append(CARVED)
            await until(broker.all_committed)
        assert broker.said() == [("allow", "label:LB-1", False)]

    play(scenario())
