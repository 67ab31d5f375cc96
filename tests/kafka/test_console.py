"""The console on Apache Kafka with a running worker: what is decided is on the page within seconds, with its title."""

import asyncio
import json
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.conftest import ROOT, value_with
from tests.kafka.clients import Event, build_stage, send
from tests.kafka.process import KERAN, worker_process

pytestmark = pytest.mark.kafka


def page(address: str, path: str = "/live") -> str:
    with urllib.request.urlopen(address + path, timeout=10) as answer:
        return answer.read().decode()


def until_shown(address: str, words: str, seconds: float = 60) -> str:
    deadline = time.monotonic() + seconds
    while words not in (found := page(address)):
        assert time.monotonic() < deadline, found
        time.sleep(0.3)
    return found


@pytest.fixture
def stage(kafka):
    return asyncio.run(build_stage(kafka.address, partitions=2))


def run_console(environment: dict[str, str], *options: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "stream.cli", "console", "--port", "0", *options]
    return subprocess.Popen(command, cwd=ROOT, env={"PATH": "/usr/bin:/bin", **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip


def test_what_a_worker_decides_is_on_the_page(stage, tmp_path):
    environment = stage.environment()
    values = [value_with(listing__id=f"L-{n}", listing__title=f"Gamis nomor {n}") for n in range(20)]
    events = [Event(b"L-%d" % n, value) for n, value in enumerate(values)] + [Event(b"L-x", b"{")]
    with worker_process(environment, tmp_path / "worker.log", KERAN) as worker:
        worker.wait_until_ready()
        asyncio.run(send(stage.address, stage.listings, events[:10]))
        console = run_console(environment)
        try:
            address = console.stdout.readline().split()[1]
            until_shown(address, "Gamis nomor 9")
            asyncio.run(send(stage.address, stage.listings, events[10:]))
            shown = until_shown(address, '<dd id="counted">20</dd>')
            assert "Gamis nomor 19" in shown
            until_shown(address, "$")
            until_shown(address, "events the workers have not decided")
            assert "close-cross-border" in page(address, "/listing?id=L-3")
        finally:
            console.terminate()
            _, logged = console.communicate(timeout=15)
        lines = [*map(json.loads, logged.splitlines()), *worker.log()]
        assert all(set(line) >= {"timestamp", "level", "logger", "event"} for line in lines)


def test_an_open_door_and_no_broker_are_bad_setup():
    """Both stop the start with exit code 2 and no traceback, before anything listens."""
    console = run_console({"KERAN_BROKER": "127.0.0.1:1"}, "--host", "0.0.0.0")
    _, told = console.communicate(timeout=60)
    assert console.returncode == 2
    assert told.startswith("error: `0.0.0.0` can be reached from other machines")
    console = run_console({"KERAN_BROKER": "127.0.0.1:1"})
    _, told = console.communicate(timeout=60)
    assert console.returncode == 2
    assert "no broker lets us in at `127.0.0.1:1`" in told
    assert "Traceback" not in told
