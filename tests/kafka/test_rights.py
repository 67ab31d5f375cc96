"""Least privilege: with the rights of the page a worker does all its work, and without any one of them it says which."""

import asyncio
import re
import shlex

import pytest

from stream.engines.rights import rights_of
from stream.settings import Settings
from tests.conftest import ROOT
from tests.kafka.broker import PASSWORD, USER
from tests.kafka.clients import Event, build_stage, committed_by, ends_of, read_all, send, until
from tests.kafka.process import KERAN, worker_process
from tests.kafka.test_dead import ORIGINALS, keran_dead, stage_with_letters
from tests.kafka.test_sigkill import listing_event

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(400)]

TOOL = "org.apache.kafka.tools.AclCommand"
PAGE = (ROOT / "docs" / "operations.md").read_text()
COMMANDS = re.findall(rf"^kafka-acls (--add --allow-principal User:{USER} .+)$", PAGE, re.MULTILINE)
REPLAYER = re.findall(r"^kafka-acls (--add --allow-principal User:replayer .+)$", PAGE, re.MULTILINE)


def options_of(command, stage):
    """A command of the page, with this stage's names for the default ones."""
    ours = Settings()
    names = {getattr(ours, f"topic_{word}"): getattr(stage, word) for word in ("listings", "redecide", "labels", "decisions", "dead", "reviews")}  # fmt: skip
    names |= {ours.group: stage.group, f"{ours.group}-{ours.topic_decisions}": f"{stage.group}-{stage.decisions}"}
    names |= {f"keran-dead-{ours.topic_dead}": f"keran-dead-{stage.dead}", "User:replayer": f"User:{USER}"}
    return [names.get(word, word) for word in shlex.split(command)]


async def grant(kafka, stage, command):
    await asyncio.to_thread(kafka.tool, TOOL, *options_of(command, stage))


async def take_away(kafka, stage, command):
    _, *rest = options_of(command, stage)
    await asyncio.to_thread(kafka.tool, TOOL, "--remove", "--force", *rest)


async def stage_with_rights(kafka):
    stage = await build_stage(kafka.address, partitions=2)
    for command in COMMANDS:
        await grant(kafka, stage, command)
    return stage


def secured(kafka, stage, **more):
    return {
        **stage.environment(),
        "KERAN_BROKER": kafka.secure_address,
        "KERAN_SECURITY_PROTOCOL": "SASL_SSL",
        "KERAN_SSL_CA": str(kafka.authority),
        "KERAN_SASL_MECHANISM": "SCRAM-SHA-512",
        "KERAN_SASL_USER": USER,
        "KERAN_SASL_PASSWORD": PASSWORD,
        **more,
    }


async def all_committed(kafka, stage):
    async def is_so():
        ends = {**await ends_of(kafka.address, stage.listings), **await ends_of(kafka.address, stage.redecide)}
        committed = await committed_by(kafka.address, stage.group)
        return all(end == 0 or committed.get(tp) == end for tp, end in ends.items())

    await until(is_so, 60)


def test_a_user_with_these_rights_decides_restarts_and_rebalances(strict_kafka, tmp_path):
    """Decisions, dead letters and what is handed on; and no log says the password, also where it says everything."""
    kafka = strict_kafka

    async def scenario():
        stage = await stage_with_rights(kafka)
        environment = secured(kafka, stage, KERAN_LOG_LEVEL="debug")
        listings = [listing_event(number) for number in range(200)]
        with worker_process(environment, tmp_path / "log-1", KERAN) as first:
            await send(kafka.address, stage.listings, [*listings[:100], Event(b"k", b"{")])
            await all_committed(kafka, stage)
            with worker_process(environment, tmp_path / "log-2", KERAN) as second:
                second.wait_until_ready()
                # All on partition 0, and half of them at home in 1.
                await send(kafka.address, stage.listings, [event._replace(key=None) for event in listings[100:]])
                await all_committed(kafka, stage)
                assert (second.stop(), first.stop()) == (0, 0)
        with worker_process(environment, tmp_path / "log-3", KERAN) as again:
            again.wait_until_ready()
            assert again.stop() == 0
        assert {r.key for r in await read_all(kafka.address, stage.decisions)} == {event.key for event in listings}
        assert [r.value for r in await read_all(kafka.address, stage.dead)] == [b"{"]
        assert len(await read_all(kafka.address, stage.redecide)) > 20
        logs = "".join(log.read_text() for log in tmp_path.glob("log-*"))
        assert '"level": "debug"' in logs
        assert PASSWORD not in logs

    asyncio.run(asyncio.wait_for(scenario(), 200))


def test_a_worker_without_one_of_its_rights_does_not_start_and_names_it(strict_kafka, tmp_path):
    kafka = strict_kafka

    async def scenario():
        stage = await stage_with_rights(kafka)
        rights = rights_of(Settings(group=stage.group, **{f"topic_{word}": getattr(stage, word) for word in ("listings", "redecide", "labels", "decisions", "dead", "reviews")}))  # fmt: skip
        for number, (command, right) in enumerate(zip(COMMANDS, rights, strict=True)):
            await take_away(kafka, stage, command)
            said = await asyncio.to_thread(refusal, secured(kafka, stage), tmp_path / f"log-{number}")
            await grant(kafka, stage, command)
            kind = "transactional ids that begin with" if right.kind == "transactional-id" else right.kind
            assert said == [
                f"error: no right to `{right.operation}` for user `{USER}`: {kind} `{right.name}`",
                f"  --> broker `{kafka.secure_address}`",
                f"  hint: kafka-acls {shlex.join(options_of(command, stage))}",
            ]
        assert await committed_by(kafka.address, stage.group) == {}

    asyncio.run(asyncio.wait_for(scenario(), 380))


def test_all_that_is_missing_is_told_at_once(strict_kafka, tmp_path):
    async def scenario():
        stage = await build_stage(strict_kafka.address, partitions=1)
        said = await asyncio.to_thread(refusal, secured(strict_kafka, stage), tmp_path / "log")
        assert sum(line.startswith("error: no right to ") for line in said) == len(COMMANDS)

    asyncio.run(asyncio.wait_for(scenario(), 60))


def test_a_user_with_the_rights_of_the_page_lists_and_replays_dead_letters(strict_kafka):
    kafka = strict_kafka

    async def scenario():
        stage = await stage_with_letters(kafka.address, ORIGINALS[:1], partitions=1)
        refused = await asyncio.to_thread(keran_dead, stage, "list", **secured(kafka, stage))
        assert refused.returncode == 2, "it may read what nobody let it read"
        assert len(REPLAYER) == 4
        for command in REPLAYER:
            await grant(kafka, stage, command)
        listed = await asyncio.to_thread(keran_dead, stage, "list", **secured(kafka, stage))
        assert (listed.returncode, listed.stderr) == (0, "1 dead letter\n")
        done = await asyncio.to_thread(keran_dead, stage, "replay", "--publish", **secured(kafka, stage))
        assert (done.returncode, done.stderr) == (0, "dead letters: 1 published\n")
        assert len(await read_all(kafka.address, stage.listings)) == 1

    asyncio.run(asyncio.wait_for(scenario(), 100))


def refusal(environment, log):
    """What a worker says that must not start, besides its log: no traceback, and no secret."""
    with worker_process(environment, log, KERAN) as worker:
        assert worker.process.wait(40) == 2
    text = log.read_text()
    assert "Traceback" not in text
    assert PASSWORD not in text
    return [line for line in text.splitlines() if not line.startswith("{")]
