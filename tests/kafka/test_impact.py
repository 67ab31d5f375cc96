"""`keran impact --on topic` on Apache Kafka: the report is that of the same events and decisions in files."""

import asyncio
import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT, value_with
from tests.kafka.clients import Event, build_stage, lag_of, read_all, send, until
from tests.kafka.process import KERAN, worker_process
from tests.labels.making import given

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(200)]

COUNT = 6
BEFORE, AFTER = "2021-08-01T00:00:00Z", "2021-08-04T00:00:00Z"


def event(number, **fields):
    told = {"event_id": f"E-{number}", "listing__id": f"L-{number}", "listing__title": "Gamis wanita", **fields}
    return Event(f"L-{number}".encode(), value_with(**told))


def impact(stage, *arguments, **settings):
    """Ask for the report as JSON."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("KERAN_")}
    return subprocess.run(
        [sys.executable, "-m", "stream.cli", "impact", "--json", "-", *arguments],
        cwd=ROOT,
        env={**inherited, **stage.environment(), "KERAN_AS_OF": AFTER, **settings},
        capture_output=True,
        check=False,
        text=True,
    )


async def played(address, folder):
    """Listings that were decided before the phase, one by a label; then, with no worker there, one more event of two."""
    stage = await build_stage(address, partitions=2)
    label = given("LB-1", listing_id="L-0", title="GAMIS  wanita")
    await send(address, stage.labels, [Event(b"L-0", json.dumps(label).encode())])
    older = event(1, event_id="E-older", listing__revision=1)
    decided = [older, *map(event, range(COUNT)), Event(b"L-8", b"{")]
    with worker_process({**stage.environment(), "KERAN_AS_OF": BEFORE}, folder / "log", KERAN) as worker:
        await send(address, stage.listings, decided)

        async def all_are_taken():
            return await lag_of(stage) == 0

        await until(all_are_taken, 60)
        assert worker.stop() == 0
    newer = event(2, event_id="E-newer", listing__revision=9)
    removed = event(3, event_id="E-removed", listing__revision=9, event_type="listing.removed")
    await send(address, stage.listings, [newer, removed, event(9)])
    return stage


async def in_files(stage, folder):
    """What the topics hold, line by line in the order of the partitions, as options name it."""
    options = []
    for option, topic in (("--on", stage.listings), ("--decided", stage.decisions), ("--labels", stage.labels)):
        file = folder / f"{topic}.jsonl"
        file.write_bytes(b"".join(record.value + b"\n" for record in await read_all(stage.address, topic)))
        options += [option, str(file)]
    return options


def test_the_report_of_the_topic_is_that_of_the_same_events_in_a_file(kafka, tmp_path):
    """With any number of processes. Older and newer events than those that were decided are left out and counted."""

    async def scenario():
        stage = await played(kafka.address, tmp_path)
        asked = [["--on", "topic"], ["--on", "topic", "--processes", "2"], await in_files(stage, tmp_path)]
        topic, side_by_side, files = [await asyncio.to_thread(impact, stage, *options) for options in asked]
        assert [run.returncode for run in (topic, side_by_side, files)] == [0, 0, 0], (
            topic.stderr,
            side_by_side.stderr,
        )
        assert topic.stdout == side_by_side.stdout
        found, expected = json.loads(topic.stdout), json.loads(files.stdout)
        assert found["stood"]["skipped"] == {"newer": 1, "older": 1, "undecided": 1}
        assert (found["decided"], found["flips"]["listings"], found["removals"]) == (COUNT, COUNT - 1, 1)
        assert found["labels"] == {"given": True, "before": 1, "after": 1}
        assert (found["events"], found["old"]["place"]) == (f"topic {stage.listings}", f"topic {stage.decisions}")
        (letter,) = found["dead_letters"]["first"]
        (record,) = [record for record in await read_all(stage.address, stage.listings) if record.value == b"{"]
        assert (letter["partition"], letter["line"]) == (record.partition, record.offset + 1)
        for report in (found, expected):
            report["events"] = report["old"]["place"] = None
            report["dead_letters"]["first"][0].update(line=None, partition=None)
        assert found == expected
        await refused(stage)

    asyncio.run(asyncio.wait_for(scenario(), 180))


async def refused(stage):
    """Topics that are not there, or that do not belong together, are told before anything is read."""
    other = await build_stage(stage.address, partitions=1)
    asked = [
        (
            "none.such",
            "error: topic `none.such` is not there, or this client may not see it\n"
            "  --> environment, `KERAN_TOPIC_DECISIONS`\n  hint: name the topic that the workers use\n",
        ),
        (
            other.decisions,
            f"error: `{other.decisions}` has 1 partitions, `{stage.listings}` has 2\n"
            "  --> environment, `KERAN_TOPIC_DECISIONS`\n  hint: give both as many; workers refuse them too\n",
        ),
    ]
    for decisions, told in asked:
        run = await asyncio.to_thread(impact, stage, "--on", "topic", KERAN_TOPIC_DECISIONS=decisions)
        assert (run.returncode, run.stdout, run.stderr) == (2, "", told)
