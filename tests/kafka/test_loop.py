"""The loop closed on Apache Kafka, by the commands of `docs/loop.md`: an answer, the next model, every worker, and back."""

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys

import pytest

from tests.conftest import ROOT, value_with
from tests.kafka.clients import Event, build_stage, read_all, send, until
from tests.kafka.process import KERAN, worker_process
from tests.kafka.test_labels_overrule import answer
from tests.kafka.test_live import Desk
from tests.labels.making import given

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

PAGE = (ROOT / "docs/loop.md").read_text(encoding="utf-8")
SHOW, EXPORT, TRAIN, PUBLISH, LIVE, BACK = re.findall(r"^    keran (.*)$", PAGE, re.MULTILINE)
TITLE = "mug batik"
GATES = "schema: keran.gates/1\ngates:\n  - {gate: all-macro-f1, figure: all.macro_f1, at_least: 0.2}\n"


class Loop(Desk):
    """A stage, its shelf, and the page's commands over them, each as one types it but for where it writes."""

    async def keran(self, command, code=0):
        """Run a command of the page; give what it printed on both."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("KERAN_")}
        words = [sys.executable, "-m", "stream.cli", *shlex.split(command.replace("build/", f"{self.folder}/"))]
        run = await asyncio.to_thread(subprocess.run, words, cwd=ROOT, env={**inherited, **self.environment()}, capture_output=True, text=True)  # fmt: skip
        assert run.returncode == code, run.stdout + run.stderr
        return run.stdout + run.stderr

    async def decide(self, listing):
        """Let a listing of the title come; give the cluster and the model that its decision names."""
        value = value_with(event_id=f"E-{listing}", listing__id=listing, listing__title=TITLE)
        await send(self.stage.address, self.stage.listings, [Event(listing.encode(), value)])
        return await self.decided(listing, 1)

    async def decided(self, listing, times):
        async def found():
            return len(await self.of(listing)) == times

        await until(found, 40)
        said = (await self.of(listing))[-1]["classification"]
        return said["cluster"], said["model"].split("#")[0]

    async def of(self, listing):
        records = await read_all(self.stage.address, self.stage.decisions)
        return [json.loads(record.value) for record in records if record.key == listing.encode()]


def test_an_answer_is_the_next_models_own_and_can_be_rolled_back(kafka, tmp_path):
    async def scenario():
        loop = await Loop(await build_stage(kafka.address, partitions=1), tmp_path).create()
        (tmp_path / "gates.yaml").write_text(GATES)
        with worker_process(loop.environment(), tmp_path / "worker.log", KERAN) as worker:
            await asyncio.to_thread(worker.wait_until_ready)
            assert await loop.decide("L-1") == ("other", "cluster-3")
            value = value_with(event_id="E-L-1", listing__id="L-1", listing__title=TITLE)
            await answer(loop.stage, given("LB-1", "craft", title=TITLE), value)
            assert await loop.decided("L-1", 2) == ("craft", "label:LB-1")
            assert await loop.decide("L-2") == ("other", "cluster-3")

            assert "1 label, 0 bad labels, 1 listing" in await loop.keran(SHOW)
            assert "1 row, 0 disagreements" in await loop.keran(EXPORT)
            assert json.loads((tmp_path / "from-labels.jsonl").read_text())["cluster"] == "craft"
            assert f"candidate {tmp_path}/candidates/taught" in await loop.keran(TRAIN)
            assert "gate `all-macro-f1` refuses" in await loop.keran(PUBLISH.partition(" --gates-file")[0], code=1)
            assert not (loop.shelf / "taught").exists()
            await loop.keran(PUBLISH)
            assert "taught" in await loop.keran(LIVE)
            assert await loop.decide("L-3") == ("craft", "taught")
            await loop.keran(BACK)
            assert await loop.decide("L-4") == ("other", "cluster-3")

    asyncio.run(asyncio.wait_for(scenario(), 280))
