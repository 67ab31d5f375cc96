"""Live changes on Apache Kafka: real workers, the real commands, a control topic that is compacted."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import Counter, defaultdict

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stream.contract.control import write_control
from stream.live.pair import replaced_by
from tests.conftest import ROOT, value_with
from tests.kafka.clients import Event, build_stage, lag_of, read_all, send, until
from tests.kafka.process import KERAN, worker_process
from tests.kafka.test_security import secured
from tests.live.making import CHALLENGER, CHAMPION, control, document, make_shelf, pair, policy

pytestmark = pytest.mark.kafka


class Desk:
    """A stage with a control topic, a shelf and policies, and the command line over them."""

    def __init__(self, stage, folder):
        self.stage, self.folder = stage, folder
        self.shelf = make_shelf(folder / "models")
        for version in (1, 2):
            (folder / f"v{version}.yaml").write_text(document(version, "block" if version == 1 else "tkdn"))
        self.control = f"{stage.group}.control"
        self.sent, self.more = [], {}

    def environment(self, **more):
        return {
            **self.stage.environment(),
            "KERAN_LIVE": "control",
            "KERAN_TOPIC_CONTROL": self.control,
            "KERAN_TOPIC_SHADOW": f"{self.stage.group}.shadow",
            "KERAN_SHELF": str(self.shelf),
            "KERAN_MODEL": CHAMPION,
            "KERAN_POLICIES": str(self.folder / "v1.yaml"),
            "KERAN_RUN_ROWS": "50",
            **self.more,
            **more,
        }

    async def create(self, **configs):
        admin = AIOKafkaAdminClient(bootstrap_servers=self.stage.address)
        await admin.start()
        control = NewTopic(self.control, 1, 1, topic_configs=configs or {"cleanup.policy": "compact"})
        await admin.create_topics([control, NewTopic(f"{self.stage.group}.shadow", 1, 1)])
        await admin.close()
        return self

    async def live(self, *arguments, code=0):
        """Run `keran live`; give what it printed."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("KERAN_")}
        command = [sys.executable, "-m", "stream.cli", "live", *arguments]
        run = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, env={**inherited, **self.environment()}, capture_output=True, text=True)  # fmt: skip
        assert run.returncode == code, run.stdout + run.stderr
        return run.stdout if code < 2 else run.stderr

    async def shown(self):
        return json.loads(await self.live("show", "--json"))

    async def answers(self):
        return {worker["worker"]: worker["answer"] for worker in (await self.shown())["workers"]}

    async def all_answer(self, **wanted):
        async def they_do():
            return await self.answers() == wanted

        await until(they_do, 40)

    async def send(self, count, word="wave"):
        events = []
        for _ in range(count):
            number = len(self.sent) + len(events)
            events.append(Event(f"L-{number}".encode(), value_with(event_id=f"{word}-{number}", listing__id=f"L-{number}")))  # fmt: skip
        self.sent += events
        await send(self.stage.address, self.stage.listings, events)

    async def all_decided(self):
        async def no_lag():
            return await lag_of(self.stage) == 0

        await until(no_lag, 60)

    async def decisions(self):
        return [(r.partition, json.loads(r.value)) for r in await read_all(self.stage.address, self.stage.decisions)]


def play(scenario):
    asyncio.run(asyncio.wait_for(scenario, 200))


def version_of(decision):
    return decision["policies"][0].split("/")[0]


async def keep_sending(desk, stop):
    while not stop.is_set():
        await desk.send(200)
        await asyncio.sleep(0.05)


def test_a_pair_is_swapped_under_load_and_a_bad_one_refused(kafka, tmp_path):
    """Two workers: no event is lost, each is decided by exactly one of the two pairs, and no partition goes back to the old
    one. A third, started while control holds what all refuse, runs what they run."""

    async def scenario():
        desk = await Desk(await build_stage(kafka.address), tmp_path).create()
        first, second, third = (desk.environment(KERAN_WORKER=name) for name in ("w-1", "w-2", "w-3"))
        with worker_process(first, tmp_path / "log-1", KERAN) as one, worker_process(second, tmp_path / "log-2", KERAN) as two:  # fmt: skip
            await asyncio.to_thread(one.wait_until_ready)
            await asyncio.to_thread(two.wait_until_ready)
            stop = asyncio.Event()
            load = asyncio.ensure_future(keep_sending(desk, stop))
            told = await desk.live("publish", "--policy", str(tmp_path / "v2.yaml"), "--by", "desk", "--wait", "40")
            assert "w-1: as asked" in told
            assert "w-2: as asked" in told
            stop.set()
            await load
            await desk.send(200, "late")
            await desk.all_decided()
            decisions = await desk.decisions()
            assert Counter(d["event_id"] for _, d in decisions) == Counter(json.loads(e.value)["event_id"] for e in desk.sent)  # fmt: skip
            assert {(version_of(d), d["decision"]) for _, d in decisions} == {("id-test@1", "block"), ("id-test@2", "allow")}  # fmt: skip
            order = defaultdict(list)
            for partition, decision in decisions:
                order[partition].append(version_of(decision))
            assert all(versions == sorted(versions) for versions in order.values())
            assert {version_of(d) for _, d in decisions if d["event_id"].startswith("late")} == {"id-test@2"}

            good = (await desk.shown())["live"]
            bad = control("C-bad", pair(desk.shelf, 3)).model_copy(update={"policies": [policy(3, cluster="nope")]})
            replaced = control(good["control_id"], pair(desk.shelf, 2, "tkdn"))
            value = write_control(bad.model_copy(update={"replaced": replaced_by(replaced)}))
            await send(kafka.address, desk.control, [Event(b"live", value)])
            await desk.all_answer(**{"w-1": "refuses", "w-2": "refuses"})
            await desk.send(100, "on")
            await desk.all_decided()
            assert {version_of(d) for _, d in await desk.decisions() if d["event_id"].startswith("on")} == {"id-test@2"}

            with worker_process(third, tmp_path / "log-3", KERAN) as three:
                await asyncio.to_thread(three.wait_until_ready)
                await desk.all_answer(**{"w-1": "refuses", "w-2": "refuses", "w-3": "refuses"})
                workers = (await desk.shown())["workers"]
                assert {worker["runs"]["pair"] for worker in workers} == {good["pair"]}
                told = await desk.live("rollback", "--by", "desk", "--wait", "40")
                assert told.count("as asked") == 3
                assert (await desk.shown())["live"]["pair"] == good["pair"]
                assert three.stop() == 0
            await desk.all_answer(**{"w-1": "as asked", "w-2": "as asked"})
            assert (one.stop(), two.stop()) == (0, 0)
        assert await desk.answers() == {}

    play(scenario())


def test_a_worker_that_starts_later_runs_what_control_says(kafka, tmp_path):
    """Its own folders say otherwise, and are not asked; a rollback of the first record brings them back."""

    async def scenario():
        desk = await Desk(await build_stage(kafka.address, partitions=1), tmp_path).create()
        assert "no worker says what it runs" in await desk.live("publish", "--policy", str(tmp_path / "v2.yaml"), "--wait", "1")  # fmt: skip
        assert "says the same" in await desk.live("publish", "--policy", str(tmp_path / "v2.yaml"))
        broken = desk.environment(KERAN_WORKER="w-1", KERAN_POLICIES=str(tmp_path / "v1.yaml"))
        with worker_process(broken, tmp_path / "log", KERAN) as worker:
            await desk.send(20)
            await desk.all_decided()
            assert {version_of(d) for _, d in await desk.decisions()} == {"id-test@2"}
            told = await desk.live("rollback", "--wait", "40")
            assert "published: workers go back to their own folders\nw-1: as asked" in told
            await desk.send(20, "back")
            await desk.all_decided()
            assert {version_of(d) for _, d in await desk.decisions() if d["event_id"].startswith("back")} == {"id-test@1"}  # fmt: skip
            assert worker.stop() == 0

    play(scenario())


def test_a_shadow_is_counted_sampled_and_publishes_no_decision(kafka, tmp_path):
    async def scenario():
        desk = await Desk(await build_stage(kafka.address, partitions=1), tmp_path).create()
        shadow = ["--shadow-model", CHALLENGER, "--shadow-policy", str(tmp_path / "v2.yaml")]
        await desk.live("publish", "--policy", str(tmp_path / "v1.yaml"), *shadow)
        environment = desk.environment(KERAN_WORKER="w-1", KERAN_SHADOW_SAMPLES="7")
        with worker_process(environment, tmp_path / "log", KERAN) as worker:
            await desk.send(300)
            await desk.all_decided()
            assert 'keran_shadow_decisions_total{live="block",shadow="allow"} 300.0' in worker.get("/metrics")[1]
            assert {d["decision"] for _, d in await desk.decisions()} == {"block"}

            async def all_said():
                return len(await read_all(kafka.address, f"{desk.stage.group}.shadow")) == 7

            await until(all_said, 20)
            (sample, *_) = await read_all(kafka.address, f"{desk.stage.group}.shadow")
            said = json.loads(sample.value)
            assert said["effect"] == "newly_allowed"
            assert said["shadow"]["model"].startswith(CHALLENGER)
            assert worker.stop() == 0

    play(scenario())


def test_a_worker_still_follows_control_after_brokers_were_away(kafka, tmp_path):
    """What it had to say meanwhile is late; it never stops deciding for it."""

    async def scenario():
        desk = await Desk(await build_stage(kafka.address, partitions=1), tmp_path).create()
        with worker_process(desk.environment(KERAN_WORKER="w-1"), tmp_path / "log", KERAN) as worker:
            await asyncio.to_thread(worker.wait_until_ready)
            os.kill(kafka.pid, signal.SIGSTOP)
            try:
                await asyncio.sleep(8)
                assert worker.get("/live")[0] == 200
            finally:
                os.kill(kafka.pid, signal.SIGCONT)
            told = await desk.live("publish", "--policy", str(tmp_path / "v2.yaml"), "--wait", "60")
            assert "w-1: as asked" in told
            await desk.send(50)
            await desk.all_decided()
            assert {version_of(d) for _, d in await desk.decisions()} == {"id-test@2"}
            assert worker.stop() == 0

    play(scenario())


def test_control_is_reached_as_securely_as_everything_else(kafka, tmp_path):
    """TLS and a password: the command, the worker's reader and its acknowledgement get in by the settings of the rest."""

    async def scenario():
        desk = await Desk(await build_stage(kafka.address, partitions=1), tmp_path).create()
        desk.more = secured(kafka, desk.stage, "SCRAM-SHA-512")
        await desk.live("publish", "--policy", str(tmp_path / "v2.yaml"))
        with worker_process(desk.environment(KERAN_WORKER="w-1"), tmp_path / "log", KERAN) as worker:
            await desk.all_answer(**{"w-1": "as asked"})
            assert worker.stop() == 0

    play(scenario())


@pytest.mark.parametrize(
    ("configs", "words"),
    [
        (None, "error: no topic `TOPIC` on the brokers\n  --> environment, `KERAN_TOPIC_CONTROL`\n  hint: create it, compacted, or let this user see it, or set `KERAN_LIVE=folders`"),
        ({"cleanup.policy": "delete"}, "error: `TOPIC` is not compacted but `delete`\n  --> environment, `KERAN_TOPIC_CONTROL`\n  hint: set its `cleanup.policy` to `compact`; a start after its retention would find nothing"),
    ],
    ids=["missing", "not-compacted"],
)  # fmt: skip
def test_a_control_topic_that_cannot_do_its_work_stops_the_start(kafka, tmp_path, configs, words):
    async def scenario():
        desk = Desk(await build_stage(kafka.address, partitions=1), tmp_path)
        if configs:
            await desk.create(**configs)
        told = await desk.live("publish", "--policy", str(tmp_path / "v2.yaml"), code=2)
        assert words.replace("TOPIC", desk.control, 1) in told
        with worker_process(desk.environment(), tmp_path / "log", KERAN) as worker:
            assert await asyncio.to_thread(worker.process.wait, 60) == 2
            assert words.replace("TOPIC", desk.control, 1) in (tmp_path / "log").read_text()

    play(scenario())
