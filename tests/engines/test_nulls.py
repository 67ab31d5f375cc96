"""A null value that comes again, after a restart or a seek, removes nothing that came behind it."""

import asyncio
import json
from time import monotonic

from stream.contract.outcome import Kind, Outcome
from stream.contract.record import FileRecord
from stream.engines import nulls
from stream.engines.memory import MemoryBroker, memory_worker
from stream.engines.nulls import Nulls
from stream.settings import Settings
from tests.conftest import value_with


def tombstone(key=b"L-1", headers=()):
    return Outcome(Kind.TOMBSTONE, key, None, headers)


def null(offset, timestamp=5):
    return FileRecord(None, b"L-1", offset=offset, timestamp=timestamp)


def kinds(outcomes):
    return [outcome.kind for outcome in outcomes]


def test_a_null_value_is_taken_once():
    taken = Nulls()
    assert kinds(taken.take([null(3), null(4)], [tombstone()] * 2)) == [Kind.TOMBSTONE] * 2
    (again,) = taken.take([null(3)], [tombstone()])
    assert (again.kind, again.tally) == (Kind.SUPERSEDED, "duplicate")


def test_what_decisions_hold_is_taken_already():
    published = Nulls().take([null(3)], [tombstone()])
    taken = Nulls()
    taken.restore([FileRecord(o.value, o.key, o.headers) for o in published])
    assert kinds(taken.take([null(3), null(4)], [tombstone()] * 2)) == [Kind.SUPERSEDED, Kind.TOMBSTONE]


def test_a_topic_made_anew_begins_at_the_same_offsets_and_is_another():
    taken = Nulls()
    taken.take([null(3)], [tombstone()])
    assert kinds(taken.take([null(3, timestamp=6)], [tombstone()])) == [Kind.TOMBSTONE]


def test_headers_that_nobody_of_ours_wrote_are_no_null_values():
    taken = Nulls()
    for headers in (
        (),
        (("keran-offset", b"x"), ("keran-timestamp", b"1")),
        (("keran-offset", None), ("keran-timestamp", b"1")),
    ):
        taken.restore([FileRecord(None, b"L-1", headers)])
    assert kinds(taken.take([null(0, 1)], [tombstone()])) == [Kind.TOMBSTONE]


def test_no_more_is_remembered_than_may_be_uncommitted(monkeypatch):
    monkeypatch.setattr(nulls, "REMEMBERED", 2)
    taken = Nulls()
    taken.take([null(n) for n in range(3)], [tombstone()] * 3)
    assert kinds(taken.take([null(2), null(0)], [tombstone()] * 2)) == [Kind.SUPERSEDED, Kind.TOMBSTONE]


def test_a_worker_that_was_killed_before_its_commit_leaves_what_came_behind_a_null_value(pipeline):
    """`decisions` hold the tombstone and the newer decision, and the next worker begins before both."""

    async def decide_all(broker, count):
        async with memory_worker(Settings(http_port=0), pipeline, broker):
            deadline = monotonic() + 20
            while broker.committed.get(*broker.logs.keys()) != count and monotonic() < deadline:
                await asyncio.sleep(0.02)
        assert list(broker.committed.values()) == [count]

    async def scenario():
        broker = MemoryBroker("listings")
        broker.append(value_with(event_id="E-1", listing__id="L-1", listing__revision=1))
        broker.append(None)
        broker.append(value_with(event_id="E-2", listing__id="L-1", listing__revision=2))
        await decide_all(broker, 3)
        broker.committed.clear()
        await decide_all(broker, 3)
        last = broker.published[-1][1]
        assert last.kind is Kind.DECISION
        assert json.loads(last.value)["event_id"] == "E-2"

    asyncio.run(scenario())
