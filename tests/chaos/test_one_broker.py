"""One broker: what its death costs, gaps of every kind in the input, and a bad record in every position of a run."""

import asyncio
import itertools

import pytest

from tests.chaos.crew import QUICK, Crew
from tests.chaos.faults import Act, configure
from tests.chaos.history import read_input
from tests.chaos.invariants import LAWS
from tests.chaos.play import Plot, Verdict, judge, play
from tests.chaos.traffic import How, Traffic
from tests.chaos.upstream import Upstream
from tests.chaos.watch import Watcher
from tests.kafka.clients import REMEMBERING, Event, build_stage, committed_by, read_all, send, until
from tests.kafka.process import COPY, worker_process

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

ROWS = 8


def run(scenario):
    asyncio.run(asyncio.wait_for(scenario, 200))


async def settled(watcher, seconds=90):
    async def no_lag():
        return await watcher.lag() == 0

    await until(no_lag, seconds)


def test_the_only_broker_is_killed_and_comes_back(one_broker, tmp_path):
    """With its workers: one of them dies while nobody answers."""
    tracks = [[Act(10, "kill_broker", 5, 0)], [Act(12, "kill_worker", 1, 0)]]
    verdict = asyncio.run(play(one_broker, Plot(10, 8_000, 25, tracks), tmp_path))
    assert verdict.objections == []
    assert verdict.last_exits == [0, 0]


def test_gaps_of_compaction_and_of_aborted_transactions_are_passed_over_and_nothing_else(one_broker, tmp_path):
    """The input is compacted before anybody reads it, has aborted transactions, and a worker is killed over it."""

    async def scenario():
        compact = {"cleanup.policy": "compact", "segment.ms": "500", "min.cleanable.dirty.ratio": "0.001"}
        stage = await build_stage(one_broker.address, partitions=2, configs={"listings": compact})
        async with Upstream(stage, 2) as upstream:
            batches = [keyed(batch) for batch in Traffic(11, 60).batches(6_000) if not batch.requests]
            early = len(batches) * 2 // 3
            for number, batch in enumerate(batches[:early]):
                await upstream.send(batch)
                if number % 40 == 0:
                    await asyncio.sleep(0.6)
            compacted = upstream.held[stage.listings]

            async def is_compacted():
                return len(await read_all(stage.address, stage.listings)) < compacted * 0.8

            await until(is_compacted, 60)
            # However little compaction left, there is enough for the worker to be killed over.
            for batch in batches[early:]:
                await upstream.send(batch)
        sent = upstream.held[stage.listings]
        assert any(batch.how is How.ABORTED for batch in batches)
        watcher = Watcher(stage, 2)
        watching = asyncio.create_task(watcher.watch(0.05))
        environment = {**stage.environment(), **one_broker.environment(), "KERAN_RUN_ROWS": "5"}
        async with Crew(environment, tmp_path, 1, QUICK) as crew:
            await until(lambda: _some(watcher), 60)
            crew.at(0).kill()
            assert await watcher.lag(), "it was killed too late to matter"
            await settled(watcher)
            assert await crew.go_home() == [0]
        watching.cancel()
        verdict = Verdict()
        await judge(stage, 2, watcher.samples, LAWS, verdict)
        assert verdict.objections == []
        assert verdict.counts["listings"] < sent

    run(scenario())


def keyed(batch):
    """A compacted topic takes no record without a key."""
    return batch._replace(events=[event for event in batch.events if event.key is not None])


async def _some(watcher):
    return any(sample.committed for samples in watcher.samples.values() for sample in samples)


def unreadable_in_every_position():
    """Runs of `ROWS`: one bad record in each position in turn, then a run of nothing else."""
    good = (event for batch in Traffic(12, 40).batches(2_000) for event in batch.events if _can_be_read(event))
    bad = itertools.cycle([b"", b"\xff", b"{}", b'{"a": NaN}', b"[1]", b'{"schema": "keran.listing/2"}'])
    runs = [[next(good) for _ in range(ROWS)] for _ in range(ROWS)]
    for position, events in enumerate(runs):
        events[position] = Event(events[position].key, next(bad), (("trace", b"\x00"),))
    runs.append([Event(b"k", next(bad)) for _ in range(ROWS)])
    return list(itertools.chain.from_iterable(runs))


def _can_be_read(event):
    record = type("Record", (), {"offset": 0, **event._asdict()})
    return event.key is not None and read_input(record).listing is not None


def test_a_record_that_cannot_be_read_harms_none_beside_it_in_any_position_of_a_run(one_broker, tmp_path):
    async def scenario():
        stage = await build_stage(one_broker.address, partitions=1)
        await send(stage.address, stage.listings, unreadable_in_every_position())
        environment = {**stage.environment(), **one_broker.environment(), "KERAN_RUN_ROWS": str(ROWS)}
        watcher = Watcher(stage, 1)
        async with Crew(environment, tmp_path, 1, QUICK) as crew:
            await settled(watcher)
            assert await crew.go_home() == [0]
        verdict = Verdict()
        await judge(stage, 1, {}, LAWS, verdict)
        assert verdict.objections == []
        dead = {int(dict(r.headers)["keran-offset"]) for r in await read_all(stage.address, stage.dead)}
        assert dead == {position * ROWS + position for position in range(ROWS)} | set(
            range(ROWS * ROWS, ROWS * (ROWS + 1))
        )

    run(scenario())


def test_an_output_that_is_refused_in_any_position_of_a_run_is_never_committed_over(one_broker, tmp_path):
    """The first, one in the middle, the last: nothing of its run is seen; when the topic takes it, everything is, once."""

    async def refused_at(position):
        small = {"max.message.bytes": "20000"}
        stage = await build_stage(one_broker.address, partitions=1, configs={"decisions": small})
        events = [Event(b"k", b"%d" % number) for number in range(3 * ROWS)]
        events[ROWS + position] = Event(b"k", b"x" * 30_000)
        await send(stage.address, stage.listings, events)
        environment = {**stage.environment(), "KERAN_RUN_ROWS": str(ROWS)}
        with worker_process(environment, tmp_path / f"refused-{position}", COPY) as worker:
            assert await asyncio.to_thread(worker.process.wait, 60) == 1
        assert sum((await committed_by(stage.address, stage.group)).values()) == ROWS
        assert [r.value for r in await read_all(stage.address, stage.decisions)] == [e.value for e in events[:ROWS]]
        await configure(one_broker, stage.decisions, REMEMBERING)
        async with Crew(environment, tmp_path / str(position), 1, COPY) as crew:
            await settled(Watcher(stage, 1))
            assert await crew.go_home() == [0]
        assert [r.value for r in await read_all(stage.address, stage.decisions)] == [e.value for e in events]

    async def scenario():
        positions = (0, ROWS // 2, ROWS - 1)
        for position in positions:
            (tmp_path / str(position)).mkdir()
        await asyncio.gather(*map(refused_at, positions))

    run(scenario())
