"""Promise 4 on Apache Kafka: an older event never overrides a newer one, whatever happens to workers and topics."""

import asyncio
import json
import random
import re
import signal
from collections import defaultdict

import pytest

from stream.contract.decision import write_tombstone
from stream.contract.outcome import Kind, Outcome
from stream.engines.decisions_log import DecisionsLog, NoSuchPartition
from stream.engines.outputs import Fenced, Outputs, Topics
from tests.kafka.clients import Event, build_stage, committed_by, ends_of, read_all, send, until
from tests.kafka.process import KERAN, worker_process

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(200)]


def update(listing, revision, event_id=None):
    event = {
        "schema": "keran.listing/1",
        "event_id": event_id or f"E-{listing}-{revision:06}",
        "event_type": "listing.updated",
        "occurred_at": "2021-08-03T09:00:00+07:00",
        "market": "ID",
        "listing": {"id": listing, "revision": revision, "title": f"Gamis wanita syari premium {revision % 97}"},
        "seller": {"id": "S-1", "type": "cross_border", "country": "CN"},
    }
    return Event(listing.encode(), json.dumps(event).encode())


def removal(listing, revision):
    event = json.loads(update(listing, revision).value) | {"event_type": "listing.removed"}
    return Event(listing.encode(), json.dumps(event).encode())


def null(listing):
    return Event(listing.encode(), None)


def revisions(records):
    """Each listing's revisions in the order of their decisions, None for a tombstone."""
    found = defaultdict(list)
    for record in records:
        found[record.key.decode()].append(None if record.value is None else json.loads(record.value)["revision"])
    return dict(found)


async def decided(stage, seconds=60):
    """Wait until both inputs are committed to their ends."""

    async def no_lag():
        committed = await committed_by(stage.address, stage.group)
        ends = {**await ends_of(stage.address, stage.listings), **await ends_of(stage.address, stage.redecide)}
        return all(committed.get(tp, 0) == end for tp, end in ends.items())

    await until(no_lag, seconds)


async def decisions_of(stage):
    return await read_all(stage.address, stage.decisions)


def play(scenario):
    asyncio.run(asyncio.wait_for(scenario, 180))


def test_out_of_order_after_a_restart_and_behind_a_removal_the_older_is_superseded(kafka, tmp_path):
    """What a worker knew is read back by the next one; what is superseded is counted by reason."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=2)
        with worker_process(stage.environment(), tmp_path / "log", KERAN) as worker:
            early = [update("late", 2), update("late", 1), update("gone", 3), removal("gone", 5), update("nil", 4)]
            await send(stage.address, stage.listings, [*early, null("nil"), update("stays", 7)])
            await decided(stage)
            assert worker.stop() == 0
        with worker_process(stage.environment(), tmp_path / "log-2", KERAN) as worker:
            worker.wait_until_ready()
            late = [update("late", 1), update("gone", 4), update("nil", 3), update("stays", 6), update("gone", 6)]
            await send(stage.address, stage.listings, late)
            await decided(stage)
            metrics = worker.get("/metrics")[1]
            assert worker.stop() == 0
        assert revisions(await decisions_of(stage)) == {
            "late": [2],
            "gone": [3, None, 6],
            "nil": [4, None],
            "stays": [7],
        }
        assert 'keran_outcomes_total{kind="superseded",tally="older"} 2.0' in metrics
        assert 'keran_outcomes_total{kind="superseded",tally="removed"} 2.0' in metrics

    play(scenario())


def test_a_sweep_cannot_undo_a_live_event_and_the_same_event_is_decided_again(kafka, tmp_path):
    """`listings.redecide` is read beside `listings`: whichever comes first, the newest stands, and a removal stays."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=1)
        with worker_process(stage.environment(), tmp_path / "log", KERAN) as worker:
            live = [update("same", 1), update("gone", 1), null("gone"), update("raced", 1)]
            await send(stage.address, stage.listings, live)
            await decided(stage)
            for revision in range(2, 60):
                await asyncio.gather(
                    send(stage.address, stage.redecide, [update("raced", revision - 1)]),
                    send(stage.address, stage.listings, [update("raced", revision)]),
                )
            asked = [update("same", 1), update("gone", 1), update("raced", 30), null("same")]
            await send(stage.address, stage.redecide, asked)
            await decided(stage)
            metrics = worker.get("/metrics")[1]
        records = await decisions_of(stage)
        found = revisions(records)
        assert found["raced"][-1] == 59
        assert found["raced"] == sorted(found["raced"])
        assert (found["same"], found["gone"]) == ([1, 1], [1, None])
        same = [json.loads(record.value) | {"as_of": ""} for record in records if record.key == b"same"]
        assert same[0] == same[1]
        assert 'kind="superseded",tally="duplicate"} 1.0' in metrics

    play(scenario())


def test_a_trace_goes_on_behind_every_kind_of_outcome(kafka, tmp_path):
    """A record's `traceparent` comes with its decision, tombstone, review and dead letter; so does that of a request."""

    def trace(number):
        return ("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-%016x-01" % number)

    async def scenario():
        stage = await build_stage(kafka.address, partitions=1)
        doubtful = json.loads(update("doubt", 1).value)
        doubtful["listing"]["title"] = "?"
        sent = [
            update("a", 1)._replace(headers=(("tracestate", b"x=1"), trace(1))),
            update("a", 2),
            removal("a", 3)._replace(headers=(trace(3),)),
            Event(b"b", b"[]", (trace(4), ("other", b"2"))),
            Event(b"doubt", json.dumps(doubtful).encode(), (trace(5),)),
            update("c", 1)._replace(headers=(("traceparent", b"00-no-trace"),)),
        ]
        with worker_process(stage.environment(), tmp_path / "log", KERAN) as worker:
            await send(stage.address, stage.listings, sent)
            await decided(stage)
            await send(stage.address, stage.redecide, [update("c", 1)._replace(headers=(trace(7),))])
            await decided(stage)
            assert worker.stop() == 0
        traces = [
            [(name, value) for name, value in record.headers if name.startswith("trace")]
            for record in await decisions_of(stage)
        ]
        assert traces == [[trace(1)], [], [trace(3)], [trace(5)], [], [trace(7)]]
        (dead,) = await read_all(stage.address, stage.dead)
        assert dead.headers[:2] == (trace(4), ("other", b"2"))
        (review,) = await read_all(stage.address, stage.reviews)
        assert trace(5) in review.headers

    play(scenario())


def test_two_workers_that_trade_partitions_keep_every_listing_at_its_newest(kafka, tmp_path):
    """Revisions in a random order while a second worker joins, is killed, and comes back."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=4)
        events = [update(f"L-{i % 200}", revision) for i in range(200) for revision in range(1, 101)]
        random.Random(4).shuffle(events)
        slow = {**stage.environment(), "KERAN_RUN_ROWS": "50"}
        with worker_process(slow, tmp_path / "log-1", KERAN) as stays:
            stays.wait_until_ready()
            await send(stage.address, stage.listings, events[:10_000])
            with worker_process(slow, tmp_path / "log-2", KERAN) as dies:
                dies.wait_until_ready()
                await send(stage.address, stage.listings, events[10_000:])
                await asyncio.sleep(0.5)
                dies.kill()
            with worker_process(slow, tmp_path / "log-3", KERAN) as comes_back:
                await decided(stage, 90)
                assert (comes_back.stop(), stays.stop()) == (0, 0)
        found = revisions(await decisions_of(stage))
        assert {listing: numbers[-1] for listing, numbers in found.items()} == {f"L-{i}": 100 for i in range(200)}
        assert all(numbers == sorted(numbers) for numbers in found.values())

    play(scenario())


def test_a_worker_that_sleeps_over_a_rebalance_publishes_nothing_when_it_wakes(kafka, tmp_path):
    """SIGSTOP in the middle of its runs; another takes over and decides something newer; then SIGCONT."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=1)
        slow = {**stage.environment(), "KERAN_RUN_ROWS": "20"}
        with worker_process(slow, tmp_path / "log-1", KERAN) as sleeps:
            sleeps.wait_until_ready()
            await send(stage.address, stage.listings, [update(f"L-{i % 100}", i // 100) for i in range(20_000)])

            async def has_begun():
                return (await ends_of(stage.address, stage.decisions)).popitem()[1] > 500

            await until(has_begun, 40)
            sleeps.process.send_signal(signal.SIGSTOP)
            with worker_process(stage.environment(), tmp_path / "log-2", KERAN) as other:
                await send(stage.address, stage.listings, [update(f"L-{i}", 1_000) for i in range(100)])
                await decided(stage, 90)
                before = await decisions_of(stage)
                sleeps.process.send_signal(signal.SIGCONT)
                await asyncio.sleep(5)
                assert await decisions_of(stage) == before
                assert other.stop() == 0
        found = revisions(before)
        assert {numbers[-1] for numbers in found.values()} == {1_000}
        assert all(numbers == sorted(numbers) for numbers in found.values())

    play(scenario())


def test_whoever_was_fenced_can_publish_nothing(kafka):
    """Not a run of its own, and not the end of one that it was in: readers of what is committed see none of it."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=1)
        topics = Topics(stage.decisions, stage.dead, stage.reviews, stage.redecide, stage.listings)
        connection = {"bootstrap_servers": stage.address}
        async with (
            Outputs(topics, connection, writer=stage.group) as first,
            Outputs(topics, connection, writer=stage.group) as second,
        ):
            await first.fence(0)
            await first.publish([write_tombstone("before")], 0)
            await second.fence(0)
            with pytest.raises(Fenced, match="another worker publishes for partition 0"):
                await first.publish([Outcome(Kind.DECISION, b"woken", b"{}")], 0)
            await second.publish([write_tombstone("after")], 0)
            assert [record.key for record in await decisions_of(stage)] == [b"before", b"after"]

    play(scenario())


def test_a_topic_that_would_forget_its_listings_stops_the_start(kafka, tmp_path):
    """With 2 and in words; whoever trusts the producers' order asks no memory of it."""

    async def scenario():
        forgets = {"cleanup.policy": "delete", "delete.retention.ms": "86400000"}
        stage = await build_stage(kafka.address, partitions=1, configs={"decisions": forgets})
        with worker_process(stage.environment(), tmp_path / "log", KERAN) as worker:
            assert await asyncio.to_thread(worker.process.wait, 60) == 2
        told = (tmp_path / "log").read_text()
        assert f"error: `{stage.decisions}` is not compacted but `delete`" in told
        assert f"error: `{stage.decisions}` keeps removals for 86400000 ms" in told
        with worker_process({**stage.environment(), "KERAN_ORDER": "producer"}, tmp_path / "log-2", KERAN) as worker:
            await asyncio.to_thread(worker.wait_until_ready)
            assert worker.stop() == 0

    play(scenario())


def test_topics_that_are_not_there_or_numbered_otherwise_stop_the_start(kafka, tmp_path):
    """With 2, all of them in words, beside what `decisions` forgets; no traceback, and nothing is committed."""

    async def scenario():
        forgets = {"cleanup.policy": "delete"}
        stage = await build_stage(kafka.address, partitions=2, configs={"decisions": forgets})
        odd = await build_stage(kafka.address, partitions=3)
        names = {"KERAN_TOPIC_REDECIDE": odd.redecide, "KERAN_TOPIC_DEAD": "no.dead", "KERAN_TOPIC_REVIEWS": "no.reviews"}  # fmt: skip
        with worker_process({**stage.environment(), **names}, tmp_path / "log", KERAN) as worker:
            assert await asyncio.to_thread(worker.process.wait, 60) == 2
        told = (tmp_path / "log").read_text().splitlines()
        assert [line for line in told if line.startswith("error: ")] == [
            "error: topic `no.dead` is not there",
            "error: topic `no.reviews` is not there",
            f"error: `{odd.redecide}` has 3 partitions and `{stage.listings}` has 2",
            f"error: `{stage.decisions}` is not compacted but `delete`",
        ]
        assert "Traceback" not in "".join(told)
        assert await committed_by(kafka.address, stage.group) == {}

    play(scenario())


def test_partitions_that_only_the_listings_got_are_not_waited_for(kafka):
    """The worker ends, and with it the wait that had kept its other partitions from being decided too."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=2)
        log = DecisionsLog(stage.decisions, {"bootstrap_servers": [kafka.address], "client_id": "test"})
        assert [piece.read async for piece in log.read([0, 1])] == [1.0, 1.0]
        with pytest.raises(NoSuchPartition, match=re.escape(f"`{stage.decisions}` has no partitions [2, 3]")):
            await anext(log.read([1, 2, 3]))

    play(scenario())
