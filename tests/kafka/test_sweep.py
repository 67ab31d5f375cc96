"""`keran sweep` on Apache Kafka: exactly the flips, whatever kills it; budgets, dry runs and what is refused."""

import asyncio
import os
import re
import signal
import subprocess
import sys

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stream.catalogue.arrow import LISTINGS
from stream.contract.instant import parse_instant
from stream.contract.running import Named, Running, write_running
from stream.engines.catalogue_topic import catalogue_batches
from stream.engines.live_desk import now
from stream.settings import Settings
from tests.chaos.sweeping import KILLS, play
from tests.conftest import ROOT, value_with
from tests.kafka.clients import Event, build_stage, committed_by, read_all, send, send_in_transaction, until
from tests.kafka.process import KERAN, worker_process

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

COUNT = 6
BEFORE, AFTER = "2021-08-01T00:00:00Z", "2021-08-04T00:00:00Z"


def test_a_sweep_that_is_killed_three_times_publishes_exactly_the_flips(kafka, tmp_path):
    """With live updates arriving meanwhile; the laws of `tests/chaos` hold, and each flip is asked for once."""
    played = asyncio.run(asyncio.wait_for(play(kafka.address, tmp_path, 10_000, rate=5), 280))
    assert played.objections == []
    assert played.kills == KILLS
    assert played.counts["requests"] >= 90


def sweeping(stage, *arguments, **settings):
    """Start a sweep; give its process."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("KERAN_")}
    return subprocess.Popen(
        [sys.executable, "-m", "stream.cli", "sweep", *arguments],
        cwd=ROOT,
        env={**inherited, **stage.environment(), "KERAN_AS_OF": AFTER, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def keran_sweep(stage, *arguments, **settings):
    """Sweep to the end."""
    run = sweeping(stage, *arguments, **settings)
    out, err = run.communicate()
    return subprocess.CompletedProcess(arguments, run.returncode, out, err)


async def stage_decided_before(address, folder):
    """A catalogue that was decided before the phase of the policy, of which every listing flips."""
    stage = await build_stage(address, partitions=1)
    events = [
        Event(f"L-{n}".encode(), value_with(event_id=f"E-{n}", listing__id=f"L-{n}", listing__title="Gamis wanita"))
        for n in range(COUNT)
    ]
    with worker_process({**stage.environment(), "KERAN_AS_OF": BEFORE}, folder / "log", KERAN) as worker:
        await send(address, stage.listings, events)

        async def all_are_decided():
            return len(await read_all(address, stage.decisions)) == COUNT

        await until(all_are_decided, 60)
        assert worker.stop() == 0
    return stage


def test_budgets_hold_over_resumes_and_a_dry_run_publishes_nothing(kafka, tmp_path):
    """Two flips are let through however often it is run; more with a greater budget; another question is refused."""

    async def scenario():
        stage = await stage_decided_before(kafka.address, tmp_path)
        dry = keran_sweep(stage, "--dry-run")
        assert dry.returncode == 0, dry.stderr
        assert f"would be requested {COUNT} (`--changes review`)" in dry.stdout
        assert await read_all(kafka.address, stage.redecide) == []
        both = await asyncio.to_thread(keran_sweep, stage, "--dry-run", "--wait", "9")
        assert (both.returncode, both.stdout) == (2, "")
        assert both.stderr.startswith("error: `--wait` and `--dry-run` exclude each other\n")
        for budget, requested, exit_code in (("2", 2, 1), ("2", 2, 1), ("100%", COUNT, 0)):
            run = keran_sweep(stage, "--name", "b", "--max-flips", budget)
            assert run.returncode == exit_code, run.stderr
            assert f"\nrequested {requested} (" in run.stdout
            assert ("stopped: one more would pass `--max-flips 2`" in run.stdout) == bool(exit_code)
            requests = await read_all(kafka.address, stage.redecide)
            assert [record.headers for record in requests] == [(("keran-sweep", b"b"),)] * requested
        finished = keran_sweep(stage, "--name", "b")
        assert "sweep b is finished" in finished.stderr
        listings = {record.key: record.value for record in await read_all(kafka.address, stage.listings)}
        assert {record.key: record.value for record in await read_all(kafka.address, stage.redecide)} == listings
        other = keran_sweep(stage, "--name", "b", "--changes", "flips")
        assert (other.returncode, other.stdout) == (2, "")
        assert other.stderr == (
            "error: sweep `b` began with `--changes review`\n  --> command line, `--name`\n"
            "  hint: a sweep is one pair, one moment and one question; begin another with `--name`\n"
        )
        phases = keran_sweep(stage, "--name", "b", KERAN_AS_OF=BEFORE)
        assert phases.returncode == 2
        assert "error: sweep `b` began when other phases were in force: `id-akar@3/2021-08#" in phases.stderr
        coming = keran_sweep(stage, "--dry-run", "--at-next-phase", KERAN_AS_OF=BEFORE)
        assert coming.stderr == "phase `2021-08` of policy `id-akar` starts at 2021-08-02T17:00:00Z\n"
        assert f"would be requested {COUNT} (" in coming.stdout

    asyncio.run(asyncio.wait_for(scenario(), 250))


def test_a_catalogue_in_files_is_asked_for_as_the_topic_would_be(kafka, tmp_path):
    """The same bytes under the same keys on the same partitions; older events are skipped; other files are refused."""

    async def scenario():
        stage = await stage_decided_before(kafka.address, tmp_path)
        listings = await read_all(kafka.address, stage.listings)
        older = value_with(event_id="E-0", listing__id="L-0", listing__revision=1)
        files = tmp_path / "catalogue.jsonl"
        files.write_bytes(b"".join(value + b"\n" for value in [older, *(record.value for record in listings)]))
        run = await asyncio.to_thread(keran_sweep, stage, "--on", str(files), "--name", "on")
        assert run.returncode == 0, run.stderr
        assert f"read {COUNT + 1}: 1 older" in run.stdout
        asked = await read_all(kafka.address, stage.redecide)
        assert [(r.partition, r.key, r.value) for r in asked] == [(r.partition, r.key, r.value) for r in listings]
        again = await asyncio.to_thread(keran_sweep, stage, "--on", str(files), "--name", "on")
        assert "sweep on is finished" in again.stderr
        files.write_bytes(files.read_bytes() + older)
        other = await asyncio.to_thread(keran_sweep, stage, "--on", str(files), "--name", "on")
        assert (other.returncode, other.stderr.splitlines()[0]) == (2, "error: sweep `on` began on other files")
        topic = await asyncio.to_thread(keran_sweep, stage, "--name", "on")
        assert (topic.returncode, topic.stderr.splitlines()[0]) == (2, "error: sweep `on` began on other files")
        assert len(await read_all(kafka.address, stage.redecide)) == COUNT
        none = await asyncio.to_thread(keran_sweep, stage, "--on", "-", "--on", str(tmp_path / "none.parquet"))
        assert (none.returncode, none.stdout) == (2, "")
        assert none.stderr == (
            "error: standard input cannot be swept: a sweep that is stopped reads its catalogue again\n"
            "  --> command line, `--on`\n  hint: write it to a file, JSONL or Parquet\n\n"
            "error: file cannot be read: No such file or directory\n"
            f"  --> {tmp_path / 'none.parquet'}\n  hint: name another file\n"
        )

    asyncio.run(asyncio.wait_for(scenario(), 280))


def test_a_sweep_that_waits_says_what_became_of_every_request(kafka, tmp_path):
    """Missing while no worker runs; then what stands, and what gave way to a live update or to a removal."""

    async def scenario():
        stage = await stage_decided_before(kafka.address, tmp_path)

        async def sweep_and_wait(seconds):
            return await asyncio.to_thread(keran_sweep, stage, "--name", "w", "--wait", seconds)

        alone = await sweep_and_wait("0")
        assert alone.returncode == 1, alone.stderr
        assert alone.stdout.splitlines()[-3:] == [
            f"after 0 s the workers had {COUNT} requests still to take",
            f"answered 0 of {COUNT}: 0 stand, 0 gave way to a newer event, {COUNT} missing",
            "missing: " + ", ".join(f"L-{n}" for n in range(COUNT)),
        ]
        newer = value_with(event_id="E-9", listing__id="L-0", listing__revision=9)
        await send(kafka.address, stage.listings, [Event(b"L-0", newer), Event(b"L-1", None)])
        # What another sweep asks for is not this one's.
        await send(kafka.address, stage.redecide, [Event(b"L-9", b"{", (("keran-sweep", b"v"),))])
        with worker_process({**stage.environment(), "KERAN_AS_OF": AFTER}, tmp_path / "log-2", KERAN):
            run = await sweep_and_wait("60")
        assert run.returncode == 0, (run.stdout, run.stderr)
        assert run.stdout.splitlines()[-1] == (
            f"answered {COUNT} of {COUNT}: {COUNT - 2} stand, 2 gave way to a newer event, 0 missing"
        )

    asyncio.run(asyncio.wait_for(scenario(), 200))


def test_a_later_run_fences_an_earlier_one_and_an_interrupt_is_accounted_for(kafka, tmp_path):
    """One run at a time of a name; the one that ends says what it asked for, and the next asks for the rest."""

    async def scenario():
        stage = await stage_decided_before(kafka.address, tmp_path)

        async def requests():
            return [record.key for record in await read_all(kafka.address, stage.redecide)]

        async def started(name):
            """Start a sweep that takes a minute, and let it ask for its first flip: the next waits ten seconds."""
            before = len(await requests())
            run = sweeping(stage, "--name", name, "--rate", "0.1")

            async def it_asks():
                return len(await requests()) > before or run.poll() is not None

            await until(it_asks, 60)
            return run

        fenced = await started("f")
        later = await asyncio.to_thread(keran_sweep, stage, "--name", "f")
        assert (later.returncode, f"requested {COUNT} (" in later.stdout) == (0, True), later.stderr
        out, err = await asyncio.to_thread(fenced.communicate)
        assert (fenced.returncode, "\nrequested 1 (" in out) == (2, True), (out, err)
        assert err == (
            "error: another run of this sweep was started, and this one stopped\n  --> command line, `--name`\n"
            "  hint: run one at a time; what this one asked for is accounted for in the other\n"
        )
        keys = await requests()
        assert len(keys) == len(set(keys)) == COUNT

        interrupted = await started("i")
        interrupted.send_signal(signal.SIGINT)
        out, err = await asyncio.to_thread(interrupted.communicate)
        assert interrupted.returncode == 130, (out, err)
        assert out.startswith("sweep i: stopped, 0 of 1 partitions\n")
        assert "\nrequested 1 (" in out
        assert "Traceback" not in err
        rest = await asyncio.to_thread(keran_sweep, stage, "--name", "i")
        assert f"\nrequested {COUNT} (" in rest.stdout, rest.stderr
        keys = (await requests())[COUNT:]
        assert len(keys) == len(set(keys)) == COUNT

    asyncio.run(asyncio.wait_for(scenario(), 280))


def test_a_worker_that_runs_another_pair_keeps_a_sweep_from_starting(kafka):
    """It would decide what it is asked for by that pair. Not even the sweep's group is there then.

    One that fell silent long ago does not.
    """

    async def scenario():
        stage = await build_stage(kafka.address, partitions=1)
        control = f"{stage.group}.control"
        admin = AIOKafkaAdminClient(bootstrap_servers=stage.address)
        await admin.start()
        await admin.create_topics([NewTopic(control, 1, 1, topic_configs={"cleanup.policy": "compact"})])
        await admin.close()
        settings = {"KERAN_LIVE": "control", "KERAN_TOPIC_CONTROL": control}
        for worker, said_at in (("gone", parse_instant(BEFORE)), ("other", now())):
            runs = Named(pair="f" * 16, model="other-1", policies=[])
            said = Running(schema="keran.running/1", worker=worker, said_at=said_at, runs=runs, since=said_at)
            await send(kafka.address, control, [Event(f"worker/{worker}".encode(), write_running(said))])
        run = await asyncio.to_thread(keran_sweep, stage, "--name", "o", **settings)
        assert (run.returncode, "Traceback" in run.stderr) == (2, False)
        pair = re.search("not `([0-9a-f]{16})`", run.stderr)[1]
        assert run.stderr == (
            f"error: worker `other` runs pair `ffffffffffffffff`, not `{pair}`\n  --> control\n"
            "  hint: `keran live show` says why; sweep when every worker runs the live pair\n"
        )
        assert run.stdout == ""
        assert await committed_by(kafka.address, "keran-sweep-o") == {}
        await send(kafka.address, control, [Event(b"worker/other", None)])
        assert (await asyncio.to_thread(keran_sweep, stage, "--name", "o", **settings)).returncode == 0
        assert len(await committed_by(kafka.address, "keran-sweep-o")) == 1

    asyncio.run(asyncio.wait_for(scenario(), 150))


def test_bad_setup_is_told_and_nothing_is_published(kafka, tmp_path):
    """A pair that is not live, options that mean nothing, a topic that is not there."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=1)
        edited = tmp_path / "id-akar.yaml"
        edited.write_text((ROOT / "policies/id-akar.yaml").read_text().replace("version: 3", "version: 4"))
        asked = [
            (["--policy", str(edited)], {}, "is asked for, and the workers run"),
            (["--at", "noon"], {}, "expected a time, got `noon`"),
            (["--at", AFTER, "--at-next-phase"], {}, "`--at` and `--at-next-phase` exclude each other"),
            (["--name", "a b"], {}, "expected a name of letters, digits, `.`, `_` and `-`, got `a b`"),
            (["--max-flips", "many"], {}, "expected a count or a share up to 100%, got `many`"),
            (["--at-next-phase"], {}, "no phase of a live policy is known to start or end"),
            (
                [],
                {"KERAN_TOPIC_LISTINGS": "none.such"},
                "topic `none.such` is not there, or this client may not see it",
            ),
        ]
        for arguments, settings, message in asked:
            run = keran_sweep(stage, *arguments, **settings)
            assert (run.returncode, run.stdout) == (2, ""), (arguments, run)
            assert message in run.stderr.splitlines()[0], run.stderr
            assert "Traceback" not in run.stderr
        assert await read_all(kafka.address, stage.redecide) == []

    asyncio.run(asyncio.wait_for(scenario(), 200))


def test_the_catalogue_comes_as_arrow_with_every_byte_and_place(kafka):
    """What another driver reads: partition by partition, up to where the topic ended, aborted records left out."""

    async def fill():
        stage = await build_stage(kafka.address, partitions=3)
        events = [Event(f"L-{n}".encode(), value_with(listing__id=f"L-{n}")) for n in range(40)]
        await send(kafka.address, stage.listings, [*events, Event(b"L-3", None), Event(None, b"\xff")])
        await send_in_transaction(kafka.address, stage.listings, events[:5], commit=False)
        return stage, await read_all(kafka.address, stage.listings)

    stage, records = asyncio.run(asyncio.wait_for(fill(), 100))
    settings = Settings(broker=kafka.address, topic_listings=stage.listings)
    batches = [batch for partition in range(3) for batch in catalogue_batches(settings, partition)]
    assert all(batch.schema.equals(LISTINGS) for batch in batches)
    rows = [tuple(row.values()) for batch in batches for row in batch.to_pylist()]
    assert rows == [(r.key, r.value, r.topic, r.partition, r.offset) for r in records]
    assert len(rows) == 42
