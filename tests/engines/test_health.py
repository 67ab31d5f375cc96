"""`/live`, `/ready` and `/metrics`: each answers otherwise when what it speaks of changes."""

import asyncio
import json
import socket
import urllib.error
import urllib.request

import pytest

from stream.contract.outcome import Kind, Outcome
from stream.engines import health
from stream.engines.memory import (
    MemoryBroker,
    MemoryConsumer,
    MemoryLabels,
    MemoryOutputs,
    MemoryTransport,
    memory_worker,
)
from stream.engines.worker import build_app
from stream.problems import BadSetup
from stream.settings import Settings


class Copies:
    def run(self, records, as_of, *, labels):
        if any(record.value == b"poison" for record in records):
            raise RuntimeError("the pipeline broke")
        return [Outcome(Kind.DECISION, record.key, record.value, tally="allow") for record in records]


class Unassigned(MemoryConsumer):
    """A member of a group that never shares out its partitions."""

    async def subscribe(self, topics):
        pass


class UnassignedTransport(MemoryTransport):
    Consumer = Unassigned


def asked(app, page):
    """Status and body of a page."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{app.conf.web_port}{page}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, answer.read().decode()


def play(scenario, **more):
    """Run `scenario(app, ask)` beside a running worker in memory."""
    broker = MemoryBroker("listings")

    async def run():
        async with memory_worker(Settings(http_port=0), Copies(), broker, **more) as app:
            loop = asyncio.get_running_loop()
            await scenario(app, lambda page: loop.run_in_executor(None, asked, app, page), broker)

    asyncio.run(asyncio.wait_for(run(), 30))


def test_a_worker_that_has_its_share_is_live_and_ready():
    async def scenario(app, ask, broker):
        assert await ask("/live") == (200, '{"ok":true,"reasons":[]}')
        assert await ask("/ready") == (200, '{"ok":true,"reasons":[]}')

    play(scenario)


def test_a_worker_between_two_shares_is_live_but_not_ready():
    async def scenario(app, ask, broker):
        app.on_rebalance_start()
        status, body = await ask("/ready")
        assert status == 503
        assert json.loads(body)["reasons"] == ["waiting for the group to share out the partitions"]
        assert (await ask("/live"))[0] == 200
        app.on_rebalance_end()
        assert (await ask("/ready"))[0] == 200

    play(scenario)


def test_a_worker_that_a_group_leaves_waiting_is_live_but_not_ready():
    async def run():
        broker = MemoryBroker("listings")
        app = build_app(Settings(http_port=0), Copies(), outputs=MemoryOutputs(broker), labels=MemoryLabels())
        app.transport = UnassignedTransport(broker, app)
        # Faust's start returns once the worker has its share, so this one never does.
        starting = asyncio.ensure_future(app.start())
        while not app.tables.started:
            await asyncio.sleep(0.01)
        status, body = await asyncio.get_running_loop().run_in_executor(None, asked, app, "/ready")
        assert status == 503
        assert "partitions" in body
        assert not list(health.not_live(app))
        starting.cancel()
        await app.stop()

    asyncio.run(asyncio.wait_for(run(), 30))


def test_a_worker_that_crashed_or_stands_still_is_not_live(monkeypatch):
    async def scenario(app, ask, broker):
        assert not list(health.not_live(app))
        monkeypatch.setattr(health, "STUCK_SECONDS", -1.0)
        assert "no turn of the consumer" in (await ask("/live"))[1]
        monkeypatch.undo()
        broker.append(b"poison")
        while not app.crashed:
            await asyncio.sleep(0.01)
        assert list(health.not_live(app)) == ["crashed"]
        assert "stopping" in list(health.not_ready(app))

    play(scenario)


def test_the_metrics_count_outcomes_null_keys_rows_and_lag():
    async def scenario(app, ask, broker):
        for key in (b"a", b"b", None):
            broker.append(b"x", key=key)
        while sum(broker.committed.values()) < 3:
            await asyncio.sleep(0.01)
        status, text = await ask("/metrics")
        assert status == 200
        for line in (
            'keran_outcomes_total{kind="decision",tally="allow"} 3.0',
            "keran_null_keys_total 1.0",
            "keran_run_rows_sum 3.0",
            'keran_lag{partition="0",topic="listings"} 0.0',
        ):
            assert line in text.replace('topic="listings",partition="0"', 'partition="0",topic="listings"')

    play(scenario)


def test_pages_that_show_state_without_a_password_are_not_there():
    async def scenario(app, ask, broker):
        assert {(await ask(page))[0] for page in ("/table/", "/router/", "/graph/", "/performance/")} == {404}

    play(scenario)


def test_a_port_that_is_taken_stops_the_start_with_the_setting_that_chose_it():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BadSetup, match=rf"cannot listen on `127.0.0.1:{port}`.*\n.*`KERAN_HTTP_PORT`"):
            health.web_port(Settings(http_port=port))
