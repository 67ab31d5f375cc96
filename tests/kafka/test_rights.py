"""Least privilege: with the rights of the pages worker, sweep and archiver do all their work; without one they name it."""

import asyncio
import os
import re
import shlex
import subprocess
import sys
from collections import defaultdict

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stream.engines.archive_checks import rights_of_archive
from stream.engines.rights import check_rights, rights_of
from stream.engines.sweep_run import rights_of_sweep
from stream.problems import BadSetup
from stream.settings import Settings
from tests.conftest import ROOT
from tests.kafka.broker import PASSWORD, USER
from tests.kafka.clients import REMEMBERING, Event, build_stage, committed_by, ends_of, read_all, send, until
from tests.kafka.process import KERAN, worker_process
from tests.kafka.test_dead import ORIGINALS, keran_dead, stage_with_letters
from tests.kafka.test_sigkill import listing_event

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(400)]

TOOL = "org.apache.kafka.tools.AclCommand"
PAGE = (ROOT / "docs" / "operations.md").read_text()
COMMANDS = re.findall(rf"^kafka-acls (--add --allow-principal User:{USER} .+)$", PAGE, re.MULTILINE)
SWEEPER = re.findall(r"^kafka-acls (--add --allow-principal User:sweeper .+)$", PAGE, re.MULTILINE)
ARCHIVER = re.findall(
    r"^kafka-acls (--add --allow-principal User:archiver .+)$", (ROOT / "docs" / "audit.md").read_text(), re.MULTILINE
)
REPLAYER = re.findall(r"^kafka-acls (--add --allow-principal User:replayer .+)$", PAGE, re.MULTILINE)


def options_of(command, stage):
    """A command of the page, with this stage's names for the default ones."""
    ours = Settings()
    names = {getattr(ours, f"topic_{word}"): getattr(stage, word) for word in ("listings", "redecide", "labels", "decisions", "dead", "reviews")}  # fmt: skip
    names |= {ours.group: stage.group, f"{ours.group}-{ours.topic_decisions}": f"{stage.group}-{stage.decisions}"}
    names |= {f"keran-dead-{ours.topic_dead}": f"keran-dead-{stage.dead}", "keran-sweep": f"keran-sweep-{stage.group}"}
    names |= {ours.topic_control: control_of(stage), f"{ours.group}-archive": f"{stage.group}-archive"}
    names |= dict.fromkeys(("User:replayer", "User:sweeper", "User:archiver"), f"User:{USER}")
    return [names.get(word, word) for word in shlex.split(command)]


def control_of(stage):
    return f"{stage.group}.control"


async def grant_all(kafka, commands):
    """Grant what several commands do, with one call of the tool for all that differ in the resource's name alone."""
    alike = defaultdict(list)
    for command in commands:
        kind = next(word for word in ("--topic", "--group", "--transactional-id") if word in command)
        at = command.index(kind)
        alike[(*command[:at], *command[at + 2 :])] += command[at : at + 2]
    for options, resources in alike.items():
        await asyncio.to_thread(kafka.tool, TOOL, *options, *resources)


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


def settings_for(kafka, stage):
    named = secured(kafka, stage, KERAN_LIVE="control", KERAN_TOPIC_CONTROL=control_of(stage))
    return Settings(**{name.removeprefix("KERAN_").lower(): value for name, value in named.items()})


async def stage_with_control(kafka):
    stage = await build_stage(kafka.address, partitions=1, configs={"decisions": REMEMBERING})
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
    await admin.start()
    await admin.create_topics([NewTopic(control_of(stage), 1, 1, topic_configs={"cleanup.policy": "compact"})])
    await admin.close()
    return stage


@pytest.mark.parametrize(
    ("commands", "needed"),
    [
        (SWEEPER, lambda settings: rights_of_sweep(settings, f"{settings.group}-s", publish=True, wait=True)),
        (ARCHIVER, rights_of_archive),
    ],
    ids=["sweep", "archive"],
)
def test_without_one_of_its_rights_a_command_is_refused_and_names_it(strict_kafka, commands, needed):
    """As many stages as rights, each without another one, and one with all: the page grants enough, and no more."""
    kafka = strict_kafka

    async def scenario():
        stages = [await stage_with_control(kafka) for _ in range(len(commands) + 1)]
        granted = [[options_of(command, stage) for command in commands] for stage in stages]
        lacking = [options.pop(at) for at, options in enumerate(granted[:-1])]
        await grant_all(kafka, [options for each in granted for options in each])
        for stage, without in zip(stages, lacking, strict=False):
            settings = settings_for(kafka, stage)
            with pytest.raises(BadSetup) as bad:
                await check_rights(settings, needed(settings))
            # Who may not see a topic is told of no right on it, of one that it has neither.
            problem, *blind = bad.value.problems
            assert all(f"`{without[6]}`" in other.message for other in blind)
            operation, kind, name = without[4], without[5].removeprefix("--"), without[6]
            kind = "transactional ids that begin with" if kind == "transactional-id" else kind
            assert problem.message.startswith(f"no right to `{operation}` for user `{USER}`: {kind} `{name}")
            assert problem.hint.startswith(f"kafka-acls --add --allow-principal User:{USER} --operation {operation} ")
            assert PASSWORD not in str(bad.value)
        assert len(needed(settings)) == len(commands)
        await check_rights(settings_for(kafka, stages[-1]), needed(settings_for(kafka, stages[-1])))

    asyncio.run(asyncio.wait_for(scenario(), 200))


def test_a_user_with_the_rights_of_the_page_sweeps_and_waits(strict_kafka, tmp_path):
    """Without any of them it is told all that is missing, and the topic of requests stays empty."""
    kafka = strict_kafka

    async def scenario():
        stage = await stage_with_control(kafka)
        live = {
            "KERAN_LIVE": "control",
            "KERAN_TOPIC_CONTROL": control_of(stage),
            "KERAN_AS_OF": "2021-08-04T00:00:00Z",
        }
        words = ("sweep", "--name", f"{stage.group}-s", "--wait", "60")
        with worker_process({**stage.environment(), "KERAN_AS_OF": "2021-08-01T00:00:00Z"}, tmp_path / "log-1", KERAN):
            await send(kafka.address, stage.listings, [listing_event(number) for number in range(20)])
            await all_committed(kafka, stage)
        refused = await asyncio.to_thread(keran, words, secured(kafka, stage, **live))
        assert (refused.returncode, refused.stdout) == (2, "")
        # What is live comes before the rights are asked for.
        assert refused.stderr.startswith(f"error: no topic `{control_of(stage)}` on the brokers\n")
        await grant_all(kafka, [options_of(command, stage) for command in SWEEPER if "control" in command])
        refused = await asyncio.to_thread(keran, words, secured(kafka, stage, **live))
        missing = [line for line in refused.stderr.splitlines() if line.startswith("error: no right to ")]
        assert (refused.returncode, len(missing)) == (2, len(SWEEPER) - 1)
        assert await read_all(kafka.address, stage.redecide) == []
        await grant_all(kafka, [options_of(command, stage) for command in SWEEPER])
        with worker_process({**stage.environment(), "KERAN_AS_OF": live["KERAN_AS_OF"]}, tmp_path / "log-2", KERAN):
            done = await asyncio.to_thread(keran, words, secured(kafka, stage, **live, KERAN_LOG_LEVEL="debug"))
        assert done.returncode == 0, done.stderr
        requested = len(await read_all(kafka.address, stage.redecide))
        assert requested > 0
        assert f"answered {requested} of {requested}: " in done.stdout
        assert PASSWORD not in done.stdout + done.stderr + refused.stderr

    asyncio.run(asyncio.wait_for(scenario(), 280))


def test_a_user_with_the_rights_of_the_page_archives_and_an_audit_needs_none(strict_kafka, tmp_path):
    kafka = strict_kafka

    async def scenario():
        stage, folder = await stage_with_control(kafka), tmp_path / "archive"
        await grant_all(kafka, [options_of(command, stage) for command in ARCHIVER])
        command = ("-m", "stream.cli", "archive", "--to", str(folder), "--rows", "10", "--seconds", "0.2")
        environment = secured(
            kafka, stage, KERAN_LIVE="control", KERAN_TOPIC_CONTROL=control_of(stage), KERAN_LOG_LEVEL="debug"
        )
        with worker_process(environment, tmp_path / "log", command) as archiver:
            archiver.wait_until_ready()
            await send(kafka.address, stage.decisions, [Event(b"L-%d" % number, None) for number in range(25)])

            async def all_are_kept():
                return 'keran_archive_records_total{partition="0"} 25.0' in archiver.get("/metrics")[1]

            await until(all_are_kept, 60)
            assert archiver.stop() == 0
        assert PASSWORD not in (tmp_path / "log").read_text()
        verified = await asyncio.to_thread(keran, ("audit", "verify", str(folder)), {})
        assert (verified.returncode, verified.stderr.splitlines()[0][:13]) == (0, "25 records in"), verified.stderr

    asyncio.run(asyncio.wait_for(scenario(), 200))


def keran(words, environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KERAN_")}
    return subprocess.run(
        [sys.executable, "-m", "stream.cli", *words], capture_output=True, text=True, cwd=ROOT, env={**clean, **environment}, check=False, timeout=150
    )  # fmt: skip


def refusal(environment, log):
    """What a worker says that must not start, besides its log: no traceback, and no secret."""
    with worker_process(environment, log, KERAN) as worker:
        assert worker.process.wait(40) == 2
    text = log.read_text()
    assert "Traceback" not in text
    assert PASSWORD not in text
    return [line for line in text.splitlines() if not line.startswith("{")]
