"""`keran archive` on Apache Kafka: killed whenever, it has exactly the records of the topic, in order, and verifies."""

import asyncio
import os
import random
import subprocess
import sys

import pytest

from stream.archive.folder import segments_in
from stream.archive.segment import read_segment
from stream.archive.verify import partitions_of, verify
from stream.contract.control import write_control
from tests.conftest import ROOT
from tests.kafka.clients import Event, build_stage, committed_by, ends_of, read_all, send, send_in_transaction, until
from tests.kafka.process import worker_process
from tests.kafka.test_live import Desk
from tests.live.making import control, pair

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]
KILLS = 4


def command(folder):
    return ("-m", "stream.cli", "archive", "--to", str(folder), "--rows", "150", "--seconds", "0.5")


def archived(folder):
    return [
        each.record
        for _, _, place in partitions_of(folder)
        for file in segments_in(place)
        for each in read_segment(file)
    ]


def parts(record):
    return record.partition, record.offset, record.timestamp, record.key, record.value, tuple(record.headers)


async def arrive(stage, beginning, count):
    """Decisions and tombstones as they come: plain, in transactions, and in aborted ones."""
    events = [
        Event(b"L-%d" % (n % 97), None if n % 13 == 0 else b'{"n":%d}' % n, (("keran-supersedes", b"%d" % n),))
        for n in range(beginning, beginning + count)
    ]
    await send(stage.address, stage.decisions, events)
    await send_in_transaction(stage.address, stage.decisions, events[:5], commit=False)
    await send_in_transaction(stage.address, stage.decisions, events[:5], commit=True)


def test_an_archive_that_is_killed_again_and_again_has_every_record_once(kafka, tmp_path):
    async def scenario():
        stage = await build_stage(kafka.address, partitions=2)
        folder, chance, sent = tmp_path / "archive", random.Random(7), 0
        for number in range(KILLS):
            with worker_process(stage.environment(), tmp_path / f"log-{number}", command(folder)) as archiver:
                archiver.wait_until_ready()
                for _ in range(3):
                    await arrive(stage, sent, 400)
                    sent += 400
                await asyncio.sleep(chance.random() * 0.6)
                archiver.kill()
        with worker_process(stage.environment(), tmp_path / "log-last", command(folder)) as archiver:
            archiver.wait_until_ready()

            async def all_committed():
                committed = await committed_by(stage.address, f"{stage.group}-archive")
                return all(
                    committed.get(tp) == end for tp, end in (await ends_of(stage.address, stage.decisions)).items()
                )

            await send(stage.address, stage.decisions, [Event(b"L-%d" % n, b"{}") for n in range(50)])
            await until(all_committed, 40)
            assert "keran_archive_records_total" in archiver.get("/metrics")[1]
            assert archiver.stop() == 0
        topic = await read_all(stage.address, stage.decisions)
        assert len(topic) == KILLS * 3 * 405 + 50
        assert list(map(parts, archived(folder))) == list(map(parts, topic))
        found = verify(folder)
        assert (found.faults, found.records) == ([], len(topic))
        assert len(list(folder.glob("policies/*/*"))) == 1
        assert len(list(folder.glob("models/*/*/card.md"))) == 1
        return stage, folder

    asyncio.run(asyncio.wait_for(scenario(), 250))


def test_every_pair_that_came_over_control_is_kept_when_it_stops(kafka, tmp_path):
    """Two before it started and two while it ran, none of which another record carries."""

    async def scenario():
        desk = await Desk(await build_stage(kafka.address, partitions=1), tmp_path).create()
        folder = tmp_path / "archive"

        async def publish(*versions):
            records = [write_control(control(f"C-{n}", pair(desk.shelf, n))) for n in versions]
            await send(kafka.address, desk.control, [Event(b"live", record) for record in records])

        await publish(2, 3)
        with worker_process(desk.environment(), tmp_path / "log", command(folder)) as archiver:
            await asyncio.to_thread(archiver.wait_until_ready)
            assert {place.name for place in folder.glob("policies/*")} == {f"id-test@{n}" for n in (1, 2, 3)}
            await publish(4, 5)
            assert await asyncio.to_thread(archiver.stop) == 0
        assert {place.name for place in folder.glob("policies/*")} == {f"id-test@{n}" for n in (1, 2, 3, 4, 5)}
        assert not [line for line in archiver.log() if line["event"] == "not kept"]

    asyncio.run(asyncio.wait_for(scenario(), 200))


def keran(stage, *arguments):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KERAN_")}
    environment = {**clean, **stage.environment(), "KERAN_HTTP_PORT": "0"}
    return subprocess.run(
        [sys.executable, "-m", "stream.cli", *arguments], capture_output=True, text=True, cwd=ROOT, env=environment, check=False, timeout=90
    )  # fmt: skip


def test_a_topic_that_may_be_compacted_at_once_is_refused(kafka, tmp_path):
    async def scenario():
        stage = await build_stage(kafka.address, partitions=1, configs={"decisions": {"min.compaction.lag.ms": "0"}})
        run = await asyncio.to_thread(keran, stage, "archive", "--to", str(tmp_path / "a"))
        assert run.returncode == 2
        assert f"error: `{stage.decisions}` may be compacted at once: its `min.compaction.lag.ms` is 0\n" in run.stderr

    asyncio.run(asyncio.wait_for(scenario(), 100))
