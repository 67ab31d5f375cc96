"""A label overrules on Apache Kafka: its listing is decided anew within seconds, and for as long as its title stays."""

import asyncio
import json
import os
import subprocess
import sys
import time
import uuid

import pytest
from aiokafka import AIOKafkaProducer

from stream.contract.decision import Decision
from tests.conftest import ROOT, value_with
from tests.kafka.clients import Event, build_stage, read_all, send, until
from tests.kafka.process import KERAN, worker_process
from tests.kafka.test_sweep import keran_sweep
from tests.labels.making import given

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(200)]

AS_OF = "2021-08-04T00:00:00Z"
# The model abstains on all of them, and the policy then asks a person.
DOUBTFUL, ALIKE, CHANGED = "kado cantik", "KADO  cantik!", "souvenir gelas"


def event(revision, title=DOUBTFUL):
    fields = {"listing__title": title, "listing__revision": revision, "event_id": f"E-{revision}"}
    return value_with(**fields, seller__type="cross_border")


def label(label_id, day, **others):
    return given(label_id, "craft", day, title=DOUBTFUL, **others)


async def answer(stage, said, value, *, commit=True):
    """What whoever answers does: the label and the request in one transaction."""
    async with AIOKafkaProducer(bootstrap_servers=stage.address, transactional_id=uuid.uuid4().hex) as producer:
        await producer.begin_transaction()
        await producer.send_and_wait(stage.labels, json.dumps(said).encode(), b"L-1")
        headers = [("keran-label", said["label_id"].encode())]
        await producer.send_and_wait(stage.redecide, value, b"L-1", headers=headers)
        await (producer.commit_transaction() if commit else producer.abort_transaction())


class Board:
    """The decisions so far, as their readers see them."""

    def __init__(self, stage):
        self.stage, self.decisions = stage, []

    async def next(self):
        """Wait for one more decision; give its decision, whether it asks a person, and its model."""

        async def there():
            return len(await read_all(self.stage.address, self.stage.decisions)) > len(self.decisions)

        await until(there, 30)
        records = await read_all(self.stage.address, self.stage.decisions)
        assert len(records) == len(self.decisions) + 1
        decision = Decision.model_validate_json(records[-1].value)
        named = dict(records[-1].headers).get("keran-supersedes", b"").decode()
        # Each names the one before it, but for the first.
        assert named == "".join(json.loads(value)["decision_id"] for value in self.decisions[-1:])
        self.decisions.append(records[-1].value)
        return decision.decision, decision.review, decision.classification.model

    async def asks(self):
        """Say whether `reviews` asks a person about the listing."""
        return (await read_all(self.stage.address, self.stage.reviews))[-1].value == self.decisions[-1]


def replayed(folder, value, labels):
    """What `keran replay --labels` makes of one event."""
    (folder / "in.jsonl").write_bytes(value + b"\n")
    (folder / "labels.jsonl").write_bytes(b"\n".join(labels) + b"\n")
    command = ["replay", "in.jsonl", "--output", "-", "--labels", "labels.jsonl", "--as-of", AS_OF]
    places = ["--policy", str(ROOT / "policies")]
    environment = {**os.environ, "KERAN_SHELF": str(ROOT / "models")}
    run = subprocess.run(
        [sys.executable, "-m", "stream.cli", *command, *places],
        capture_output=True, cwd=folder, env=environment, check=True, timeout=120,
    )  # fmt: skip
    return run.stdout.removesuffix(b"\n")


def test_an_answer_holds_over_a_restart_until_it_is_withdrawn_or_the_title_changes(kafka, tmp_path):
    async def scenario():
        stage = await build_stage(kafka.address, partitions=2)
        environment = {**stage.environment(), "KERAN_AS_OF": AS_OF}
        board = Board(stage)
        with worker_process(environment, tmp_path / "log-1", KERAN) as worker:
            await send(stage.address, stage.listings, [Event(b"L-1", event(1))])
            decision, asks, model = await board.next()
            assert (decision, asks, await board.asks()) == ("allow", True, True)

            await answer(stage, label("LB-0", 1), event(1), commit=False)
            began = time.monotonic()
            await answer(stage, label("LB-1", 2), event(1))
            assert await board.next() == ("block", False, "label:LB-1")
            seconds = time.monotonic() - began
            assert seconds < 5, f"it took {seconds:.1f} s"
            assert (await read_all(stage.address, stage.reviews))[-1].value is None
            labels = [record.value for record in await read_all(stage.address, stage.labels)]
            assert await asyncio.to_thread(replayed, tmp_path, event(1), labels) == board.decisions[-1]
            swept = await asyncio.to_thread(keran_sweep, stage, "--dry-run", "--changes", "reasons", KERAN_AS_OF=AS_OF)
            assert (swept.returncode, swept.stderr) == (0, "")
            assert "decided: 1 unchanged\n" in swept.stdout
            assert "keran_labels_late_total 0.0" in worker.get("/metrics")[1]
            assert worker.stop() == 0

        with worker_process(environment, tmp_path / "log-2", KERAN) as worker:
            await send(stage.address, stage.listings, [Event(b"L-1", event(2, ALIKE))])
            assert await board.next() == ("block", False, "label:LB-1")

            await answer(stage, label("LB-1", 3, withdrawn=True), event(2, ALIKE))
            assert await board.next() == ("allow", True, model)
            assert await board.asks()

            await answer(stage, label("LB-2", 4), event(2, ALIKE))
            assert await board.next() == ("block", False, "label:LB-2")

            await send(stage.address, stage.listings, [Event(b"L-1", event(3, CHANGED))])
            assert await board.next() == ("allow", True, model)
            assert worker.stop() == 0
        assert sum(line["event"] == "labels read" for line in worker.log()) == 2

    asyncio.run(asyncio.wait_for(scenario(), 150))


def test_what_a_worker_asks_of_the_topic_is_told_before_it_starts(kafka, tmp_path):
    """Not there, not compacted, and of other partitions: each in words; `off` asks for none of it."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=2, configs={"labels": {"cleanup.policy": "delete"}})
        other = await build_stage(kafka.address, partitions=3)
        for number, (settings, said) in enumerate([
            ({}, f"error: `{stage.labels}` is not compacted but `delete`"),
            ({"KERAN_TOPIC_LABELS": other.labels}, f"error: `{other.labels}` has 3 partitions and `{stage.listings}` has 2"),
            ({"KERAN_TOPIC_LABELS": "no.such"}, "error: topic `no.such` is not there"),
        ]):  # fmt: skip
            log = tmp_path / f"log-{number}"
            with worker_process({**stage.environment(), **settings}, log, KERAN) as worker:
                assert worker.process.wait(60) == 2
            told = [line for line in log.read_text().splitlines() if not line.startswith("{")]
            assert told[:2] == [said, "  --> environment, `KERAN_TOPIC_LABELS`"]
            assert len(told) == 3
        without = {**stage.environment(), "KERAN_TOPIC_LABELS": "no.such", "KERAN_LABELS": "off"}
        with worker_process(without, tmp_path / "log", KERAN) as worker:
            worker.wait_until_ready()
            assert worker.stop() == 0

    asyncio.run(asyncio.wait_for(scenario(), 150))
