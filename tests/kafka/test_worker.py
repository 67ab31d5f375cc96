"""The worker on Apache Kafka, round a pipeline that copies: what is read, written, committed, and how it stops."""

import asyncio
import os
import signal
import time
from collections import Counter

import pytest

from tests.kafka.clients import (
    Event,
    build_stage,
    committed_by,
    ends_of,
    lag_of,
    passed_over,
    read_all,
    sampling,
    send,
    send_bad_header_name,
    send_in_transaction,
    until,
)
from tests.kafka.process import KERAN, worker_process

pytestmark = pytest.mark.kafka


def events(count, prefix="L", value=b"x" * 300):
    return [Event(f"{prefix}-{i % 997}".encode(), b"%s %s-%d" % (value, prefix.encode(), i)) for i in range(count)]


async def decided(stage, seconds=60):
    """Wait until everything that is there is committed."""

    async def no_lag():
        return await lag_of(stage) == 0

    await until(no_lag, seconds)


def play(scenario):
    asyncio.run(asyncio.wait_for(scenario, 150))


def test_every_record_has_its_decision_in_order_and_the_lag_returns_to_0(kafka, tmp_path):
    async def scenario():
        stage = await build_stage(kafka.address)
        sent = events(20_000)
        with worker_process(stage.environment(), tmp_path / "log") as worker:
            await send(kafka.address, stage.listings, sent)
            await decided(stage)
            listings = await read_all(kafka.address, stage.listings)
            decisions = await read_all(kafka.address, stage.decisions)
            # The partition of a key is the one that the upstream client chose for it, and the order within is the same.
            assert [(r.partition, r.key, r.value) for r in decisions] == [
                (r.partition, r.key, r.value) for r in listings
            ]
            assert Counter(r.value for r in decisions) == Counter(e.value for e in sent)
            assert worker.stop() == 0

    play(scenario())


def test_kinds_go_to_their_topics_untouched(kafka, tmp_path):
    """Dead letters keep key, value and headers, absent ones included, and a doubtful decision is copied to the reviews."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=1)
        headers = (("trace", b"1"), ("trace", b"2"), ("é", b"\x00\xff"))
        sent = [
            Event(b"a", b"fine"),
            Event(b"b", b"doubt"),
            Event(None, b"dead", headers),
            Event(b"c", b"dead"),
            Event(b"\xff\xfe", b"dead"),
            Event(None, b"no key"),
        ]
        with worker_process(stage.environment(), tmp_path / "log") as worker:
            await send(kafka.address, stage.listings, sent)
            await decided(stage)
            dead = await read_all(kafka.address, stage.dead)
            assert [(r.key, r.value, r.headers[:-1]) for r in dead] == [
                (None, b"dead", headers),
                (b"c", b"dead", ()),
                (b"\xff\xfe", b"dead", ()),
            ]
            assert [(r.key, r.value) for r in await read_all(kafka.address, stage.reviews)] == [(b"b", b"doubt")]
            values = [r.value for r in await read_all(kafka.address, stage.decisions)]
            assert values == [b"fine", b"doubt", b"no key"]
            assert 'keran_outcomes_total{kind="dead_letter",tally=""} 3.0' in worker.get("/metrics")[1]
            assert "keran_null_keys_total 2.0" in worker.get("/metrics")[1]

    play(scenario())


def test_sigterm_ends_it_within_seconds_with_everything_decided_committed(kafka, tmp_path):
    """In the middle of its work: what is on `decisions` is committed, nothing else is, and the next worker repeats nothing."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=2)
        sent = events(30_000)
        await send(kafka.address, stage.listings, sent)
        with worker_process({**stage.environment(), "KERAN_RUN_ROWS": "50"}, tmp_path / "log") as worker:

            async def has_begun():
                return sum((await ends_of(kafka.address, stage.decisions)).values()) > 0

            await until(has_begun, 40)
            began = time.monotonic()
            assert worker.stop() == 0
            assert time.monotonic() - began < 10
        committed = sum((await committed_by(kafka.address, stage.group)).values())
        # Records and not offsets: each run's transaction ends with a marker, which takes one.
        assert committed == len(await read_all(kafka.address, stage.decisions))
        assert 0 < committed < len(sent), "it was not in the middle of its work"
        with worker_process(stage.environment(), tmp_path / "log"):
            await decided(stage)
        decisions = await read_all(kafka.address, stage.decisions)
        assert Counter(r.value for r in decisions) == Counter(e.value for e in sent)

    play(scenario())


def test_a_clean_rebalance_loses_nothing_and_repeats_nothing(kafka, tmp_path):
    """A second worker joins in the middle and leaves again; each time the first commits before it gives partitions up."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=4)
        sent = events(60_000)
        await send(kafka.address, stage.listings, sent)
        slow = {**stage.environment(), "KERAN_RUN_ROWS": "50"}

        with worker_process(slow, tmp_path / "log-1") as first, worker_process(slow, tmp_path / "log-2") as second:
            first.wait_until_ready()
            second.wait_until_ready()
            assert await lag_of(stage) > 0, "the second joined too late to matter"
            await asyncio.sleep(1)
            assert second.stop() == 0
            await decided(stage, 90)
            assert first.stop() == 0
        decisions = await read_all(kafka.address, stage.decisions)
        assert Counter(r.value for r in decisions) == Counter(e.value for e in sent)

    play(scenario())


def test_what_a_transaction_aborted_is_never_decided_and_its_markers_hold_up_nothing(kafka, tmp_path):
    async def scenario():
        stage = await build_stage(kafka.address, partitions=1)
        wanted = []
        for turn in range(5):
            kept, gone = events(7, f"kept{turn}"), events(5, f"gone{turn}")
            await send_in_transaction(kafka.address, stage.listings, kept, commit=True)
            await send_in_transaction(kafka.address, stage.listings, gone, commit=False)
            wanted += [event.value for event in kept]
        with worker_process(stage.environment(), tmp_path / "log") as worker:
            await decided(stage)
            assert [r.value for r in await read_all(kafka.address, stage.decisions)] == wanted
            await send_in_transaction(kafka.address, stage.listings, events(3, "late"), commit=False)
            await decided(stage)
            assert len(await read_all(kafka.address, stage.decisions)) == len(wanted)
            assert worker.stop() == 0

    play(scenario())


def test_an_output_that_its_topic_refuses_is_never_committed_over(kafka, tmp_path):
    """The worker ends with 1 and names the topic, the size and the setting; what came before is committed."""

    async def scenario():
        small = {"max.message.bytes": "2000"}
        stage = await build_stage(kafka.address, partitions=1, configs={"decisions": small})
        sent = [Event(b"a", b"fits"), Event(b"b", b"x" * 5_000), Event(b"c", b"fits too")]
        with worker_process({**stage.environment(), "KERAN_RUN_ROWS": "1"}, tmp_path / "log") as worker:
            worker.wait_until_ready()
            await send(kafka.address, stage.listings, sent)
            assert worker.process.wait(40) == 1
            crashes = [line["exception"] for line in worker.log() if "OutputRefused" in line.get("exception", "")]
            assert f"`{stage.decisions}` partition 0 refused 1 outputs" in crashes[0]
            assert "`max.message.bytes`" in crashes[0]
        assert list((await committed_by(kafka.address, stage.group)).values()) == [1]
        assert [r.value for r in await read_all(kafka.address, stage.decisions)] == [b"fits"]

    play(scenario())


def test_a_value_as_large_as_its_topic_allows_is_decided(kafka, tmp_path):
    """Larger than a batch of ours and than a run; beside it small ones, in order."""

    async def scenario():
        large = {"max.message.bytes": str(9 << 20)}
        stage = await build_stage(kafka.address, partitions=1, configs={"listings": large, "decisions": large})
        sent = [Event(b"a", b"small"), Event(b"a", b"x" * (8 << 20)), *events(10)]
        with worker_process(stage.environment(), tmp_path / "log") as worker:
            await send(kafka.address, stage.listings, sent)
            await decided(stage)
            assert [r.value for r in await read_all(kafka.address, stage.decisions)] == [e.value for e in sent]
            assert worker.stop() == 0

    play(scenario())


@pytest.mark.parametrize("compression", ["gzip", "snappy", "lz4", "zstd"])
def test_records_come_compressed_in_every_way_that_kafka_knows(kafka, tmp_path, compression):
    async def scenario():
        stage = await build_stage(kafka.address, partitions=1)
        sent = events(200)
        await send(kafka.address, stage.listings, sent, compression=compression)
        with worker_process(stage.environment(), tmp_path / "log") as worker:
            await decided(stage)
            assert [r.value for r in await read_all(kafka.address, stage.decisions)] == [e.value for e in sent]
            assert worker.stop() == 0

    play(scenario())


def test_a_header_name_that_no_client_can_read_ends_the_worker_and_is_named(kafka, tmp_path):
    """aiokafka cannot read past it, so nothing behind it is committed over, and the log says where it is."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=1)
        await send(kafka.address, stage.listings, events(3))
        await send_bad_header_name(kafka.address, stage.listings)
        with worker_process(stage.environment(), tmp_path / "log") as worker:
            assert worker.process.wait(40) == 1
            assert any("offset 3 has a header name that is not UTF-8" in str(line) for line in worker.log())
        assert sum((await committed_by(kafka.address, stage.group)).values()) <= 3

    play(scenario())


def test_a_pipeline_that_breaks_ends_the_worker_with_1_and_nothing_undecided_is_committed(kafka, tmp_path):
    async def scenario():
        stage = await build_stage(kafka.address, partitions=1)
        sent = [*events(50), Event(b"p", b"poison"), *events(50, "after")]
        with worker_process({**stage.environment(), "KERAN_RUN_ROWS": "10"}, tmp_path / "log") as worker:
            await send(kafka.address, stage.listings, sent)
            assert worker.process.wait(40) == 1
            assert any("the pipeline broke" in line.get("exception", "") for line in worker.log())
        committed = await committed_by(kafka.address, stage.group)
        assert sum(committed.values()) == len(await read_all(kafka.address, stage.decisions)) == 50

    play(scenario())


def test_brokers_that_are_away_for_a_while_cost_time_and_nothing_else(kafka, tmp_path):
    """The worker waits, stays live (a restart would mend nothing), and goes on where it was."""

    async def scenario():
        stage = await build_stage(kafka.address)
        sent = events(20_000)
        await send(kafka.address, stage.listings, sent)
        with worker_process({**stage.environment(), "KERAN_RUN_ROWS": "50"}, tmp_path / "log") as worker:
            worker.wait_until_ready()
            os.kill(kafka.pid, signal.SIGSTOP)
            try:
                await asyncio.sleep(5)
                assert worker.get("/live")[0] == 200
            finally:
                os.kill(kafka.pid, signal.SIGCONT)
            await decided(stage)
            assert worker.stop() == 0
        decisions = await read_all(kafka.address, stage.decisions)
        assert Counter(r.value for r in decisions) == Counter(e.value for e in sent)

    play(scenario())


def test_a_missing_output_topic_stops_the_start(kafka, tmp_path):
    async def scenario():
        stage = await build_stage(kafka.address)
        environment = {**stage.environment(), "KERAN_TOPIC_DEAD": "nobody.made.this"}
        await send(kafka.address, stage.listings, events(10))
        with worker_process(environment, tmp_path / "log", KERAN) as worker:
            assert worker.process.wait(60) == 2
        told = (tmp_path / "log").read_text()
        assert "error: topic `nobody.made.this` is not there\n  --> environment, `KERAN_TOPIC_DEAD`\n" in told
        assert "Traceback" not in told
        assert await committed_by(kafka.address, stage.group) == {}

    play(scenario())


def test_commits_never_pass_a_record_without_a_decision(kafka, tmp_path):
    """Sampled while the worker runs: every record below a committed offset is already on `decisions`."""

    async def scenario():
        stage = await build_stage(kafka.address)
        await send(kafka.address, stage.listings, events(20_000))
        async with sampling(stage) as samples:
            with worker_process({**stage.environment(), "KERAN_RUN_ROWS": "50"}, tmp_path / "log"):
                await decided(stage)
        listings = await read_all(kafka.address, stage.listings)
        decisions = await read_all(kafka.address, stage.decisions)
        assert len({tuple(sample.committed.items()) for sample in samples}) > 3, "too few samples to say anything"
        assert passed_over(samples, listings, decisions, lambda record: record.value) == []

    play(scenario())


def test_live_and_ready_tell_a_worker_that_decides_from_one_that_waits(kafka, tmp_path):
    """Ready only while it has its share of the partitions; the pages of Faust's tables and router are not there."""

    async def scenario():
        stage = await build_stage(kafka.address)
        with worker_process(stage.environment(), tmp_path / "log") as worker:
            answers = set()
            while (status := worker.get("/ready"))[0] != 200:
                answers.add(status)
                await asyncio.sleep(0.02)
            assert any(code == 503 and "partitions" in body for code, body in answers)
            assert worker.get("/live") == (200, '{"ok":true,"reasons":[]}')
            assert [worker.get(page)[0] for page in ("/table/", "/router/", "/graph/")] == [404, 404, 404]
            assert worker.stop() == 0

    play(scenario())
