"""The loop closed on Apache Kafka, by the way of `docs/loop.md`: an answer in a browser, which decides within seconds and
is the next model's own, on every worker, and back.
"""

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT, value_with
from tests.console.conftest import browser  # noqa: F401
from tests.kafka.clients import Event, build_stage, read_all, send, until
from tests.kafka.process import KERAN, worker_process
from tests.kafka.test_console_review import answered, apart, console
from tests.kafka.test_live import Desk

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

PAGE = (ROOT / "docs/loop.md").read_text(encoding="utf-8")
SHOW, EXPORT, TRAIN, PUBLISH, LIVE, BACK = re.findall(r"^    keran (.*)$", PAGE, re.MULTILINE)
# The shipped model abstains on it, and the shipped policy then asks a person.
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
        """Let a listing of the title come; give its cluster, its decision and the model that this names."""
        value = value_with(event_id=f"E-{listing}", listing__id=listing, listing__title=TITLE)
        await send(self.stage.address, self.stage.listings, [Event(listing.encode(), value)])
        return await self.decided(listing, 1)

    async def decided(self, listing, times):
        async def found():
            return len(await self.of(listing)) == times

        await until(found, 40)
        said = (await self.of(listing))[-1]
        return said["classification"]["cluster"], said["decision"], said["classification"]["model"].split("#")[0]

    async def of(self, listing):
        records = await read_all(self.stage.address, self.stage.decisions)
        return [json.loads(record.value) for record in records if record.key == listing.encode()]


async def make(kafka, folder):
    """A loop over the shipped policies, which ask a person."""
    loop = await Loop(await build_stage(kafka.address, partitions=1), folder).create()
    loop.more = {"KERAN_POLICIES": str(ROOT / "policies")}
    (folder / "gates.yaml").write_text(GATES)
    return loop


async def learn(loop):
    """Go the page's way from the answer to the model that learnt it, live."""
    assert "1 label, 0 bad labels, 1 listing" in await loop.keran(SHOW)
    assert "1 row, 0 disagreements" in await loop.keran(EXPORT)
    assert json.loads((loop.folder / "from-labels.jsonl").read_text())["cluster"] == "craft"
    assert f"candidate {loop.folder}/candidates/taught" in await loop.keran(TRAIN)
    assert "gate `all-macro-f1` refuses" in await loop.keran(PUBLISH.partition(" --gates-file")[0], code=1)
    assert not (loop.shelf / "taught").exists()
    await loop.keran(PUBLISH)
    assert "taught" in await loop.keran(LIVE)


def test_a_key_in_a_browser_decides_at_once_and_is_the_next_models_own_answer(kafka, tmp_path, request):
    """Another listing of the title is the old model's until the new one is live, and again once that is rolled back."""
    loop = apart(make(kafka, tmp_path))
    with worker_process(loop.environment(), tmp_path / "worker.log", KERAN) as worker:
        worker.wait_until_ready()
        assert apart(loop.decide("L-1")) == ("other", "allow", "cluster-3")
        page = request.getfixturevalue("browser").new_page()
        with console(loop.environment()) as address:
            answered(page, address, key="1")
            pressed = time.monotonic()
            cluster, decision, model = apart(loop.decided("L-1", 2))
            assert time.monotonic() - pressed < 10
        page.close()
        assert (cluster, decision, model.partition(":")[0]) == ("craft", "block", "label")
        assert apart(loop.decide("L-2")) == ("other", "allow", "cluster-3")

        apart(learn(loop))
        cluster, _, model = apart(loop.decide("L-3"))
        assert (cluster, model) == ("craft", "taught")
        apart(loop.keran(BACK))
        assert apart(loop.decide("L-4")) == ("other", "allow", "cluster-3")
