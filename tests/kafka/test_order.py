"""Promise 4 on Apache Kafka: an older event never overrides a newer one, from nobody and at no time."""

import asyncio
import json
import random
import signal
from collections import Counter

import pytest

from stream.contract.placed import read_places
from tests.engines.listing_log import Event, decided, wire
from tests.kafka import clients
from tests.kafka.clients import build_stage, committed_by, ends_of, read_all, send, until
from tests.kafka.process import worker_process

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

COMMAND = ("-m", "tests.kafka.order_worker")
LISTINGS, REVISIONS = 1_500, 8


def sent(*events):
    return [clients.Event(event.listing.encode(), wire(event)) for event in events]


def update(revision, listing="L-1", event_id=None):
    return Event(listing, revision, 0, "update", event_id or f"E-{listing}-{revision}")


async def all_committed(stage, seconds=90):
    """Wait until both inputs are committed to their ends."""

    async def is_so():
        ends = {**await ends_of(stage.address, stage.listings), **await ends_of(stage.address, stage.redecide)}
        committed = await committed_by(stage.address, stage.group)
        return all(end == 0 or committed.get(tp) == end for tp, end in ends.items())

    await until(is_so, seconds)


async def event_ids(stage):
    """What is on `decisions`, in order: event ids, None for a tombstone."""
    return [r.value and json.loads(r.value)["event_id"] for r in await read_all(stage.address, stage.decisions)]


def outcomes_of(worker):
    """The worker's own counts of what it superseded, by why."""
    start = 'keran_outcomes_total{kind="superseded",tally="'
    lines = [line.removeprefix(start) for line in worker.get("/metrics")[1].splitlines() if line.startswith(start)]
    return {why: int(float(count)) for why, count in (line.split('"} ') for line in lines)}


def goes_back(decisions):
    """Records of `decisions` whose place is before that of an earlier one of their listing."""
    newest, found = {}, []
    for record, place in zip(decisions, read_places(decisions), strict=True):
        if place[:3] < newest.get(record.key, ()):
            found.append(record)
        newest[record.key] = max(place[:3], newest.get(record.key, ()))
    return found


def play(scenario):
    asyncio.run(asyncio.wait_for(scenario, 250))


def test_an_older_event_is_superseded_also_by_the_next_worker(kafka, tmp_path):
    async def scenario():
        stage = await build_stage(kafka.address, partitions=2)
        with worker_process(stage.environment(), tmp_path / "log", COMMAND) as worker:
            await send(kafka.address, stage.listings, sent(update(2), update(1), update(4)))
            await all_committed(stage)
            assert outcomes_of(worker) == {"older": 1}
            assert worker.stop() == 0
        with worker_process(stage.environment(), tmp_path / "log-2", COMMAND) as worker:
            await send(kafka.address, stage.listings, sent(update(3)))
            await send(kafka.address, stage.redecide, sent(update(1)))
            await all_committed(stage)
            assert outcomes_of(worker) == {"older": 2}
            assert sum(line.get("listings", 0) for line in worker.log() if line["event"] == "decisions read") == 1
            assert worker.stop() == 0
        assert await event_ids(stage) == ["E-L-1-2", "E-L-1-4"]

    play(scenario())


def test_a_removal_holds_against_a_late_update_and_a_late_sweep(kafka, tmp_path):
    """By event and by a null value, whose tombstone takes the place of what it removed; a newer event brings it back."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=1)
        gone, null = Event("L-1", 3, 0, "removal", "R-3"), Event("L-2", kind="null")
        with worker_process(stage.environment(), tmp_path / "log", COMMAND) as worker:
            await send(kafka.address, stage.listings, sent(update(1), gone, update(5, "L-2"), null))
            await all_committed(stage)
            assert worker.stop() == 0
        with worker_process(stage.environment(), tmp_path / "log-2", COMMAND) as worker:
            await send(kafka.address, stage.listings, sent(update(2), update(4, "L-2")))
            await send(kafka.address, stage.redecide, sent(update(1), update(5, "L-2")))
            await all_committed(stage)
            assert outcomes_of(worker) == {"removed": 3, "duplicate": 1}
            await send(kafka.address, stage.listings, sent(update(6, "L-2")))
            await all_committed(stage)
            assert worker.stop() == 0
        assert await event_ids(stage) == ["E-L-1-1", None, "E-L-2-5", None, "E-L-2-6"]

    play(scenario())


def test_an_event_without_a_key_is_decided_where_its_listing_is_at_home(kafka, tmp_path):
    """Handed on through `listings.redecide`, so that it meets the listing's other events."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=4)
        with worker_process(stage.environment(), tmp_path / "log", COMMAND) as worker:
            await send(kafka.address, stage.listings, sent(update(2)))
            await all_committed(stage)
            # A client of the test sends what has no key to partition 0, and L-1 is at home in 2.
            strays = [clients.Event(None, wire(update(revision))) for revision in (1, 3)]
            await send(kafka.address, stage.listings, strays)
            await all_committed(stage)
            await all_committed(stage)
            assert outcomes_of(worker) == {"older": 1}
            assert worker.stop() == 0
        decisions = await read_all(kafka.address, stage.decisions)
        assert [(r.partition, r.key) for r in decisions] == [(2, b"L-1")] * 2
        assert await event_ids(stage) == ["E-L-1-2", "E-L-1-3"]

    play(scenario())


def test_no_listing_goes_back_through_rebalances_a_kill_and_a_sweep_at_once(kafka, tmp_path):
    """Every listing's events come shuffled, and older ones are asked for again all the while; two workers come and go."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=4)
        shuffled = random.Random(4)
        events = [update(revision, f"L-{i}") for i in range(LISTINGS) for revision in range(REVISIONS)]
        live, asked = shuffled.sample(events, len(events)), shuffled.sample(events, len(events))
        await send(kafka.address, stage.listings, sent(*live))
        await send(kafka.address, stage.redecide, sent(*asked))
        small = {**stage.environment(), "KERAN_RUN_ROWS": "25"}
        with worker_process(small, tmp_path / "log-1", COMMAND) as first:
            first.wait_until_ready()
            with worker_process(small, tmp_path / "log-2", COMMAND) as second:
                second.wait_until_ready()
                assert len(await committed_by(kafka.address, stage.group)) > 0
                second.kill()
            with worker_process(small, tmp_path / "log-3", COMMAND) as third:
                third.wait_until_ready()
                await asyncio.sleep(1)
                assert third.stop() == 0
            await all_committed(stage, 150)
            assert first.stop() == 0
        decisions = await read_all(kafka.address, stage.decisions)
        assert goes_back(decisions) == []
        last = {record.key: json.loads(record.value)["event_id"] for record in decisions}
        assert last == {b"L-%d" % i: f"E-L-{i}-{REVISIONS - 1}" for i in range(LISTINGS)}
        assert max(Counter(r.key for r in decisions).values()) > 1, "nothing came in an order that matters"

    play(scenario())


def test_a_worker_that_slept_through_a_rebalance_cannot_publish_what_it_had_decided(kafka, tmp_path):
    """SIGSTOP in the middle of a run, SIGCONT when another worker has the partition and decided something newer."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=1)
        sleepy = {**stage.environment(), "TEST_SECONDS": "3", "TEST_MODEL": "sleepy"}
        older, newer = update(1, event_id="slow"), update(2)
        with worker_process(sleepy, tmp_path / "log-1", COMMAND) as sleeps:
            await send(kafka.address, stage.listings, sent(older))

            async def in_work():
                return any(line["event"] == "slow" for line in sleeps.log())

            await until(in_work, 60)
            sleeps.process.send_signal(signal.SIGSTOP)
            with worker_process({**stage.environment(), "TEST_MODEL": "awake"}, tmp_path / "log-2", COMMAND) as awake:
                await send(kafka.address, stage.listings, sent(newer))
                await all_committed(stage)
                sleeps.process.send_signal(signal.SIGCONT)
                assert sleeps.process.wait(60) == 1
                assert any("another worker publishes for partition 0" in str(line) for line in sleeps.log())
                assert awake.stop() == 0
        decisions = await read_all(kafka.address, stage.decisions)
        expected = [decided(event, "awake").value for event in (older, newer)]
        assert [record.value for record in decisions] == expected

    play(scenario())


def test_a_new_worker_ends_the_transaction_of_one_that_was_killed(kafka, tmp_path):
    """Readers of committed outputs do not wait for its timeout: what it had begun is gone at once."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=1)
        await send(kafka.address, stage.listings, sent(*[update(r, f"L-{r % 7}") for r in range(4_000)]))
        small = {**stage.environment(), "KERAN_RUN_ROWS": "20"}
        with worker_process(small, tmp_path / "log-1", COMMAND) as dies:

            async def has_begun():
                return sum((await ends_of(kafka.address, stage.decisions)).values()) > 0

            await until(has_begun, 60)
            dies.kill()
        with worker_process(small, tmp_path / "log-2", COMMAND) as worker:
            await all_committed(stage)
            assert worker.stop() == 0
        decisions = await read_all(kafka.address, stage.decisions)
        assert goes_back(decisions) == []
        assert len({record.value for record in decisions}) == 4_000

    play(scenario())
