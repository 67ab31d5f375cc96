"""The worker's promise in the face of crashes, gaps, rebalances and seeks: Faust's own code, on a broker in memory.

What every scenario checks: each record is published, and no commit ever passes a record that is not.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from time import monotonic

import pytest
from faust.types import TP

from stream.contract.instant import parse_instant
from stream.contract.outcome import Kind, Outcome
from stream.engines import consumer, worker
from stream.engines.memory import MemoryBroker, MemoryConsumer, MemoryOutputs, MemoryTransport, memory_worker
from stream.settings import Settings

P0, P1 = TP("listings", 0), TP("listings", 1)


@pytest.fixture(autouse=True)
def _commits_come_fast(monkeypatch):
    monkeypatch.setattr(worker, "COMMIT_SECONDS", 0.05)


class Copies:
    """A pipeline that copies, remembers its runs, and breaks on `poison`."""

    def __init__(self):
        self.runs, self.moments = [], []

    def run(self, records, as_of, *, labels):
        if any(record.value == b"poison" for record in records):
            raise RuntimeError("the pipeline broke")
        self.runs.append([record.offset for record in records])
        self.moments.append(as_of)
        return [Outcome(Kind.DECISION, record.key, record.value) for record in records]


class WatchedBroker(MemoryBroker):
    """Notes every commit that passes a record which is not published."""

    def __init__(self, partitions=1):
        super().__init__("listings", partitions)
        self.passed_over = []

    def fill(self, count, partition=0):
        for _ in range(count):
            offset = len(self.logs[TP("listings", partition)])
            self.append(b"%d-%d" % (partition, offset), partition=partition)

    def commit(self, offsets):
        published = self.counted()
        self.passed_over += [
            (tp, offset, record.value)
            for tp, offset in offsets.items()
            for record in self.logs[tp][:offset]
            if record is not None and record.value not in published
        ]
        super().commit(offsets)

    def counted(self):
        return Counter(outcome.value for _, outcome in self.published)

    def wanted(self):
        return {record.value for log in self.logs.values() for record in log if record is not None}

    def all_committed(self):
        return all(self.committed.get(tp, 0) == len(log) for tp, log in self.logs.items())

    def check(self, times=1):
        """Every record is published `times` times; None stands for once or more."""
        assert set(self.counted()) == self.wanted()
        if times is not None:
            assert set(self.counted().values()) == {times}
        assert self.passed_over == []


class SlowOutputs(MemoryOutputs):
    """Publishes a run only when let."""

    def __init__(self, broker):
        super().__init__(broker)
        self.let = asyncio.Semaphore(0)
        self.waiting = asyncio.Event()

    async def publish(self, outcomes, source):
        self.waiting.set()
        await self.let.acquire()
        self.waiting.clear()
        await super().publish(outcomes, source)

    def let_all(self):
        for _ in range(10_000):
            self.let.release()


def settings(**more):
    return Settings(http_port=0, **{"run_rows": 10, **more})


async def until(true: Callable[[], bool], seconds: float = 10) -> None:
    deadline = monotonic() + seconds
    while not true():
        assert monotonic() < deadline, "what was waited for did not come"
        await asyncio.sleep(0.005)


async def test_of_a_minute(scenario):
    await asyncio.wait_for(scenario, 60)


def play(scenario):
    """Run a scenario in an event loop of its own."""
    asyncio.run(test_of_a_minute(scenario))


test_of_a_minute.__test__ = False


def test_every_record_is_published_once_in_order_and_then_committed():
    async def scenario():
        broker = WatchedBroker(2)
        broker.fill(95, 0)
        broker.fill(40, 1)
        async with memory_worker(settings(), Copies(), broker):
            await until(broker.all_committed)
        broker.check()
        for partition, count in ((0, 95), (1, 40)):
            values = [outcome.value for source, outcome in broker.published if source == partition]
            assert values == [b"%d-%d" % (partition, i) for i in range(count)]

    play(scenario())


def test_a_run_is_at_most_as_many_rows_and_bytes_as_the_settings_say():
    async def scenario():
        broker, copies = WatchedBroker(), Copies()
        for size in (100, 100, 1_000, 3_000, 100, 100):
            broker.append(b"x" * size)
        broker.fill(25)
        async with memory_worker(settings(run_bytes=1_024), copies, broker):
            await until(broker.all_committed)
        assert [len(run) for run in copies.runs] == [2, 1, 1, 6, 10, 10, 1]

    play(scenario())


def test_the_clock_is_read_once_a_run():
    async def scenario(pinned):
        broker, copies = WatchedBroker(), Copies()
        broker.fill(30)
        async with memory_worker(settings(as_of=pinned), copies, broker):
            await until(broker.all_committed)
        return [moment.micros for moment in copies.moments]

    free = asyncio.run(scenario(None))
    assert len(set(free)) == 3
    assert free == sorted(free)
    pinned = parse_instant("2021-08-03T09:00:00+07:00")
    assert asyncio.run(scenario(pinned)) == [pinned.micros] * 3


def test_offsets_that_nobody_sees_do_not_hold_up_the_commit():
    """Transaction markers and compaction leave gaps before, between and after records; the lag still returns to 0."""

    async def scenario():
        broker = WatchedBroker()
        broker.leave_gap(3)
        for gap in (1, 0, 7, 25, 1, 2):
            broker.fill(4)
            broker.leave_gap(gap)
        async with memory_worker(settings(), Copies(), broker) as app:
            await until(broker.all_committed)
            assert app.consumer.lag() == {P0: 0}
            broker.leave_gap(12)
            await until(broker.all_committed)
        broker.check()

    play(scenario())


def test_a_pipeline_that_breaks_ends_the_worker_and_nothing_undecided_is_committed():
    async def scenario():
        broker = WatchedBroker()
        broker.fill(25)
        broker.append(b"poison")
        broker.fill(20)
        async with memory_worker(settings(), Copies(), broker) as app:
            await until(lambda: app.crashed)
        assert broker.committed == {P0: 20}
        broker.logs[P0][25] = None
        async with memory_worker(settings(), Copies(), broker):
            await until(broker.all_committed)
        broker.check()

    play(scenario())


def test_an_output_that_is_refused_ends_the_worker_and_its_run_is_not_committed():
    class Refusing(MemoryOutputs):
        async def publish(self, outcomes, source):
            if any(outcome.value == b"0-25" for outcome in outcomes):
                raise RuntimeError("the topic refuses this")
            await super().publish(outcomes, source)

    async def scenario():
        broker = WatchedBroker()
        broker.fill(45)
        async with memory_worker(settings(), Copies(), broker, Refusing(broker)) as app:
            await until(lambda: app.crashed)
        assert broker.committed == {P0: 20}
        async with memory_worker(settings(), Copies(), broker):
            await until(broker.all_committed)
        broker.check()

    play(scenario())


def test_a_pipeline_that_gives_too_few_outcomes_ends_the_worker():
    class Forgetful(Copies):
        def run(self, records, as_of, *, labels):
            return super().run(records, as_of)[1:]

    async def scenario():
        broker = WatchedBroker()
        broker.fill(5)
        async with memory_worker(settings(), Forgetful(), broker) as app:
            await until(lambda: app.crashed)
        assert (broker.committed, broker.published) == ({}, [])

    play(scenario())


def test_nothing_is_committed_while_its_output_is_on_the_way():
    async def scenario():
        broker = WatchedBroker()
        broker.fill(30)
        outputs = SlowOutputs(broker)
        async with memory_worker(settings(), Copies(), broker, outputs) as app:
            for decided in (0, 10, 20):
                await outputs.waiting.wait()
                await app.consumer.commit()
                assert broker.committed.get(P0, 0) == decided
                outputs.let.release()
                await until(lambda decided=decided: len(broker.published) == decided + 10)
        broker.check()

    play(scenario())


def test_stopping_waits_for_the_run_in_work_and_commits_it():
    async def scenario():
        broker = WatchedBroker()
        broker.fill(50)
        outputs = SlowOutputs(broker)
        async with memory_worker(settings(), Copies(), broker, outputs):
            await outputs.waiting.wait()
            asyncio.get_running_loop().call_later(0.2, outputs.let_all)
        assert broker.committed == {P0: 10}
        assert len(broker.published) == 10

    play(scenario())


def test_a_clean_rebalance_commits_before_it_gives_up_a_partition():
    """Nothing is lost and nothing is decided twice: neither the run in work nor the runs that wait behind it."""

    async def scenario():
        broker = WatchedBroker(2)
        broker.fill(200, 0)
        broker.fill(200, 1)
        outputs = SlowOutputs(broker)
        async with memory_worker(settings(), Copies(), broker, outputs) as app:
            for assigned in ({P0}, {P1}, set(), {P0, P1}):
                await outputs.waiting.wait()
                rebalance = asyncio.ensure_future(app.consumer.rebalance(assigned))
                await asyncio.sleep(0.05)
                assert not rebalance.done(), "it did not wait for the run in work"
                outputs.let.release()
                await rebalance
                assert sum(broker.committed.values()) == len(broker.published)
                if not assigned:
                    await app.consumer.rebalance({P0})
            outputs.let_all()
            await until(broker.all_committed)
        broker.check()

    play(scenario())


def test_a_rebalance_goes_on_without_a_run_that_does_not_end(monkeypatch):
    """Its records are decided again by whoever owns the partition next; its late acknowledgement commits nothing."""
    monkeypatch.setattr(consumer, "PATIENCE_SECONDS", 0.1)

    async def scenario():
        broker = WatchedBroker(2)
        broker.fill(30, 0)
        broker.fill(30, 1)
        outputs = SlowOutputs(broker)
        async with memory_worker(settings(), Copies(), broker, outputs) as app:
            await outputs.waiting.wait()
            await app.consumer.rebalance({P0, P1})
            assert broker.committed == {}
            outputs.let_all()
            await until(broker.all_committed)
        broker.check(times=None)
        assert set(broker.counted().values()) == {1, 2}

    play(scenario())


def test_what_faust_acknowledges_without_a_decision_is_not_committed():
    """Not compiled, its streams acknowledge what they skip while the group shares out anew."""

    async def scenario():
        broker = WatchedBroker()
        broker.fill(15)
        outputs = SlowOutputs(broker)
        async with memory_worker(settings(), Copies(), broker, outputs) as app:
            await outputs.waiting.wait()
            (message,) = app.consumer._unacked_messages
            message.ack(app.consumer)
            assert message.acked
            await app.consumer.commit()
            assert broker.committed == {}
            outputs.let_all()
            await until(broker.all_committed)
        broker.check()

    play(scenario())


def test_a_run_that_faust_skips_is_decided_before_those_behind_it():
    """As it does with one of an earlier generation: an event is never decided after a newer one for such a reason."""

    class Stale(MemoryConsumer):
        def _to_message(self, tp, run):
            message = super()._to_message(tp, run)
            if run.begin == 10 and not hasattr(self, "skipped"):
                self.skipped = True
                message.generation_id -= 1
            return message

    class StaleTransport(MemoryTransport):
        Consumer = Stale

    async def scenario():
        broker, copies = WatchedBroker(), Copies()
        broker.fill(55)
        async with memory_worker(settings(), copies, broker, transport=StaleTransport) as app:
            await until(broker.all_committed)
            assert app.consumer.skipped
        broker.check(times=None)
        firsts = list(dict.fromkeys(offset for run in copies.runs for offset in run))
        assert firsts == sorted(firsts)

    play(scenario())


def test_a_late_acknowledgement_of_a_forgotten_run_commits_nothing():
    """After a seek a new run may begin at the old one's offset and reach further; the old one's end does not speak for it."""

    async def scenario():
        broker = WatchedBroker()
        broker.fill(5)
        outputs = SlowOutputs(broker)
        async with memory_worker(settings(), Copies(), broker, outputs) as app:
            await outputs.waiting.wait()
            broker.fill(5)
            await app.consumer.perform_seek()
            await asyncio.sleep(0.1)
            outputs.let.release()
            await until(lambda: len(broker.published) == 5)
            await outputs.waiting.wait()
            await app.consumer.commit()
            assert broker.committed == {}
            outputs.let_all()
            await until(broker.all_committed)
        broker.check(times=None)

    play(scenario())


def test_a_fetch_that_outlives_a_rebalance_is_not_handed_over():
    class Late(MemoryConsumer):
        fetched, let = None, None

        async def _getmany(self, active_partitions, timeout):
            runs = await super()._getmany(active_partitions, timeout)
            if self.let is None and any(run.records for run in runs.values()):
                Late.let = asyncio.Event()
                await self.let.wait()
            return runs

    class LateTransport(MemoryTransport):
        Consumer = Late

    async def scenario():
        broker = WatchedBroker()
        broker.fill(35)
        async with memory_worker(settings(), Copies(), broker, transport=LateTransport) as app:
            await until(lambda: Late.let is not None)
            await app.consumer.rebalance({P0})
            await until(lambda: app.consumer.flow_active)
            Late.let.set()
            await until(broker.all_committed)
        broker.check()

    play(scenario())


@pytest.mark.parametrize("lost", [1, 2, 5])
def test_a_fetch_that_is_lost_on_the_way_is_noticed_and_fetched_again(lost):
    """The driver's position has moved on, so nothing but the ledger knows that records are missing; behind the last fetch, the fifth,
    nothing comes that would not join."""

    class Losing(MemoryConsumer):
        turn = 0

        async def _getmany(self, active_partitions, timeout):
            runs = await super()._getmany(active_partitions, timeout)
            self.turn += any(run.records for run in runs.values())
            if self.turn == lost:
                self.turn += 1
                return {}
            return runs

    class LosingTransport(MemoryTransport):
        Consumer = Losing

    async def scenario():
        broker = WatchedBroker()
        broker.fill(45)
        async with memory_worker(settings(), Copies(), broker, transport=LosingTransport):
            await until(broker.all_committed)
        broker.check(times=None)

    play(scenario())


def test_records_that_retention_took_do_not_stop_the_rest():
    """Where the broker has dropped what would come next, the worker goes on at what is left, and says so."""

    async def scenario():
        broker = WatchedBroker()
        broker.fill(100)
        outputs = SlowOutputs(broker)
        async with memory_worker(settings(), Copies(), broker, outputs) as app:
            await outputs.waiting.wait()
            await until(lambda: not app.consumer._get_active_partitions())
            broker.fill(100)
            broker.drop_before(150)
            broker.logs[P0][80:150] = [None] * 70
            outputs.let_all()
            await until(broker.all_committed)
        assert {b"0-%d" % i for i in range(150, 200)} <= set(broker.counted())

    play(scenario())


def test_full_buffers_cost_no_second_of_sleep():
    """Faust's own fetcher sleeps a second each time all partitions have enough waiting: here, ten times."""

    async def scenario():
        broker = WatchedBroker()
        broker.fill(1_000)

        class Steady(MemoryOutputs):
            async def publish(self, outcomes, source):
                await asyncio.sleep(0.002)
                await super().publish(outcomes, source)

        async with memory_worker(settings(), Copies(), broker, Steady(broker)):
            began = monotonic()
            await until(lambda: len(broker.published) == 1_000)
            assert monotonic() - began < 5
        broker.check()

    play(scenario())


@pytest.mark.parametrize("partitions", [1, 3])
def test_a_worker_that_starts_again_goes_on_where_the_last_one_committed(partitions):
    async def scenario():
        broker = WatchedBroker(partitions)
        for partition in range(partitions):
            broker.fill(20, partition)
        async with memory_worker(settings(), Copies(), broker):
            await until(broker.all_committed)
        for partition in range(partitions):
            broker.fill(20, partition)
        async with memory_worker(settings(), Copies(), broker):
            await until(broker.all_committed)
        broker.check()

    play(scenario())
