"""`keran dead` on Apache Kafka: whatever lies among dead letters is listed, shown and published again, each exactly once."""

import asyncio
import json
import os
import pty
import random
import signal
import subprocess
import sys
from collections import Counter

import pytest
from aiokafka import AIOKafkaProducer

from stream.contract.dead_letter import DeadLetter, write_dead_letter
from stream.contract.dead_record import marked_offset, read_dead_record
from stream.contract.instant import parse_instant
from stream.contract.record import FileRecord
from tests.conftest import ROOT, value_with
from tests.kafka.broker import PASSWORD, USER
from tests.kafka.clients import (
    Event,
    build_stage,
    ends_of,
    lag_of,
    read_all,
    send,
    send_bad_header_name,
    send_in_transaction,
    until,
)
from tests.kafka.process import KERAN, worker_process

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(400)]

AS_OF = parse_instant("2021-08-03T02:00:01Z")
TITLE = DeadLetter("wrong-type", "expected `str`, got `int` - at `$.listing.title`", "$.listing.title")
HEADERS = (("trace", b"00-1"), ("none", None), ("keran-code", b"theirs"), ("odd", b"\xff"))
LARGE = {"max.message.bytes": str(2 * 1024 * 1024)}


def environment_of(stage, **settings):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KERAN_")}
    return {**clean, **stage.environment(), **settings}


def keran_dead(stage, *arguments, **settings):
    command = [sys.executable, "-m", "stream.cli", "dead", *arguments]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment_of(stage, **settings),
        check=False,
        timeout=120,
    )


def letter(stage, record: FileRecord, why=TITLE, as_of=AS_OF):
    outcome = write_dead_letter(record._replace(topic=stage.listings), why, as_of)
    return outcome.key, outcome.value, outcome.headers


async def send_as_it_is(address, topic, partition, records, transactional_id=None):
    """Records with null keys and null values too, a batch each, as the worker's own producer sends them."""
    async with AIOKafkaProducer(bootstrap_servers=address, max_batch_size=512 * 1024) as producer:
        for key, value, headers in records:
            batch = producer.create_batch()
            batch.append(timestamp=None, key=key, value=value, headers=list(headers))
            await (await producer.send_batch(batch, topic, partition=partition))


# Whatever a producer may have sent: where it lay, key, value and headers.
ORIGINALS = [
    FileRecord(value_with(), b"L-1", (), partition=1, offset=0),
    FileRecord(b"\xff\x00", b"\x00\xfe\xff", HEADERS, partition=0, offset=7),
    FileRecord(b"", b"", HEADERS, partition=0, offset=8),
    FileRecord(b"", None, (), partition=1, offset=9),
    FileRecord(None, None, HEADERS[:2], partition=0, offset=10),
    FileRecord(None, b"L-2", (), partition=1, offset=11),
    FileRecord(b"x" * (1024 * 1024), b"large", (), partition=1, offset=12),
    FileRecord(b"{tas}", b"L-\xd7\x90\n\x1b[2J", (), partition=0, offset=13),
]


def parts(record):
    return record.partition, record.key, record.value, tuple(record.headers)


async def stage_with_letters(address, originals, *, partitions=2):
    stage = await build_stage(address, partitions=partitions, configs={"dead": LARGE, "listings": LARGE})
    for partition in range(partitions):
        here = [letter(stage, record) for number, record in enumerate(originals) if number % partitions == partition]
        await send_as_it_is(address, stage.dead, partition, here)
    return stage


def test_everything_goes_back_once_as_it_came(kafka):
    """Binary and null keys, null and empty values, null headers, a megabyte, headers that bear our names."""

    async def scenario():
        stage = await stage_with_letters(kafka.address, ORIGINALS)
        dry = keran_dead(stage, "replay", "--even-unreadable")
        assert (dry.returncode, dry.stdout) == (0, "")
        assert dry.stderr == "dead letters: 8 to publish; a dry run, `--publish` does it\n"
        assert await read_all(kafka.address, stage.listings) == []
        done = keran_dead(stage, "replay", "--even-unreadable", "--publish")
        assert (done.returncode, done.stderr) == (0, "dead letters: 8 published\n")
        again = keran_dead(stage, "replay", "--even-unreadable", "--publish")
        assert (again.returncode, again.stderr) == (0, "dead letters: 8 replayed before\n")
        published = await read_all(kafka.address, stage.listings)
        assert Counter(p[:3] for p in map(parts, published)) == Counter(p[:3] for p in map(parts, ORIGINALS))
        for record in published:
            (original,) = [each for each in ORIGINALS if parts(each)[:3] == parts(record)[:3]]
            assert record.headers[:-1] == original.headers
            name, value = record.headers[-1]
            assert name == "keran-replayed-from"
            assert value.decode().startswith(f"{stage.dead}/{ORIGINALS.index(original) % 2}/")

    asyncio.run(asyncio.wait_for(scenario(), 150))


def test_only_what_can_be_read_today_goes_unless_asked_otherwise(kafka):
    async def scenario():
        stage = await stage_with_letters(kafka.address, ORIGINALS)
        done = keran_dead(stage, "replay", "--publish")
        assert done.stderr == "dead letters: 2 published, 6 still unreadable\n"
        assert {r.key for r in await read_all(kafka.address, stage.listings)} == {b"L-1", b"L-2"}
        # Another filter that also takes them publishes nothing twice, nor does a limit.
        done = keran_dead(stage, "replay", "--publish", "--even-unreadable", "--partition", "1")
        assert done.stderr == "dead letters: 2 published, 2 replayed before\n"
        for published in (2, 2, 0):
            done = keran_dead(stage, "replay", "--publish", "--even-unreadable", "--limit", "2")
            assert (f"{published} published" in done.stderr) == bool(published), done.stderr
        assert keran_dead(stage, "replay", "--even-unreadable").stderr.startswith("dead letters: 8 replayed before;")
        assert len(await read_all(kafka.address, stage.listings)) == 8
        assert keran_dead(stage, "list").stderr == "8 dead letters\n"

    asyncio.run(asyncio.wait_for(scenario(), 150))


def test_lists_and_shows_what_is_there_and_passes_over_marks(kafka):
    """Hostile bytes are escaped, filters hold, an aborted letter is not there, a key as listed can be asked for."""

    async def scenario():
        stage = await stage_with_letters(kafka.address, ORIGINALS)
        aborted = [Event(b"gone", b"1"), Event(b"gone", b"2")]
        await send_in_transaction(kafka.address, stage.dead, aborted, commit=False)
        keran_dead(stage, "replay", "--publish", "--key", "L-1")
        listed = keran_dead(stage, "list")
        assert (listed.returncode, listed.stderr) == (0, "8 dead letters\n")
        assert not {"\x1b", "\xff", "א"} & set(listed.stdout)
        assert r"L-\u05d0\n\x1b[2J" in listed.stdout
        one = keran_dead(stage, "list", "--key", r"L-\u05d0\n\x1b[2J", "--json")
        (line,) = map(json.loads, one.stdout.splitlines())
        assert (line["key"], line["value"], line["keran-offset"]) == ("L-א\n\x1b[2J", "{tas}", "13")
        counted = keran_dead(stage, "list", "--by", "topic", "--topic", stage.listings)
        assert counted.stdout == f"         8  {stage.listings}\n"
        assert len(keran_dead(stage, "list", "--limit", "3").stdout.splitlines()) == 4
        assert keran_dead(stage, "list", "--until", "2021-08-03T02:00:01Z").stderr == "0 dead letters\n"
        shown = keran_dead(stage, "show", "0:0")
        assert f"original     {stage.listings}/1/0" in shown.stdout
        assert "replayed     yes, marked at " in shown.stdout
        assert '"title": "Gamis wanita syari premium",\n' + " " * 15 + "^\n" in shown.stdout
        assert "replayed     no" in keran_dead(stage, "show", "1:0").stdout
        ends = await ends_of(kafka.address, stage.dead)
        for place in ("0:999999", "9:0", *(f"{tp.partition}:{end - 1}" for tp, end in ends.items())):
            none = keran_dead(stage, "show", place)
            assert (none.returncode, none.stdout) == (1, "")
            assert none.stderr == f"no dead letter at {place} of `{stage.dead}`\n"

    asyncio.run(asyncio.wait_for(scenario(), 150))


def many(count):
    return [
        FileRecord(b"x" * (n % 500), b"L-%d" % n, (("n", b"%d" % n),), partition=n % 3, offset=n) for n in range(count)
    ]


KILLS, LETTERS = 5, int(os.environ.get("DEAD_LETTERS", "60000"))


def test_a_replay_that_is_killed_and_run_again_publishes_each_exactly_once(kafka):
    """SIGKILL at moments of chance, five times in the middle of publishing; then every letter is there and marked once."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=3, configs={"dead": LARGE})
        originals = many(LETTERS)
        for partition in range(3):
            here = [Event(*letter(stage, record)) for record in originals if record.partition == partition]
            await fill(kafka.address, stage.dead, partition, here)
        chance, reached = random.Random(7), []
        for _ in range(KILLS):
            reached.append(await killed_in_the_middle(stage, chance.random() * 0.2))
        # The last may have been killed within its first transaction, which then came to nothing.
        assert sorted(reached) == reached
        assert 0 < reached[-1] < LETTERS, "none was killed when it mattered"
        done = keran_dead(stage, "replay", "--publish", "--even-unreadable")
        assert done.returncode == 0, done.stderr
        assert "replayed before" in done.stderr
        published = await read_all(kafka.address, stage.listings)
        assert sorted(int(dict(r.headers)["n"]) for r in published) == list(range(LETTERS))
        dead = await read_all(kafka.address, stage.dead)
        marks = Counter((r.partition, marked_offset(r)) for r in dead if marked_offset(r) is not None)
        assert marks == Counter((r.partition, r.offset) for r in dead if read_dead_record(r))

    asyncio.run(asyncio.wait_for(scenario(), 350))


async def fill(address, topic, partition, events):
    async with AIOKafkaProducer(bootstrap_servers=address, max_batch_size=512 * 1024) as producer:
        batch = producer.create_batch()
        for key, value, headers in events:
            while batch.append(timestamp=None, key=key, value=value, headers=list(headers)) is None:
                await (await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
        await (await producer.send_batch(batch, topic, partition=partition))


async def killed_in_the_middle(stage, seconds):
    """Start a replay, kill it so long after its first transaction, and give how many originals there are now."""
    command = [sys.executable, "-m", "stream.cli", "dead", "replay", "--publish", "--even-unreadable"]

    async def reached():
        return sum((await ends_of(stage.address, stage.listings)).values())

    before = await reached()
    run = subprocess.Popen(command, cwd=ROOT, env=environment_of(stage), stderr=subprocess.PIPE, text=True)
    try:

        async def has_published():
            return run.poll() is not None or await reached() > before

        await until(has_published, 60)
        await asyncio.sleep(seconds)
    finally:
        run.kill()
        run.communicate()
    assert run.returncode == -signal.SIGKILL, "it was through before it could be killed"
    return len(await read_all(stage.address, stage.listings))


def test_a_letter_that_dies_again_is_a_new_one_and_may_go_again(kafka, tmp_path):
    """Through the worker: listing event, dead letter, replay, a second dead letter that names the first; then that one."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=1)
        broken = value_with(listing__title=3)
        environment = {**stage.environment(), "KERAN_AS_OF": AS_OF.text}
        with worker_process(environment, tmp_path / "log", KERAN) as worker:

            async def all_are_decided():
                return await lag_of(stage) == 0

            await send(kafka.address, stage.listings, [Event(b"L-1", broken, (("trace", b"00-1"),))])
            for _ in range(2):
                await until(all_are_decided, 60)
                done = keran_dead(stage, "replay", "--publish", "--even-unreadable")
                assert done.stderr.startswith("dead letters: 1 published"), done.stderr
            await until(all_are_decided, 60)
            assert worker.stop() == 0
        letters = [read_dead_record(record) for record in await read_all(kafka.address, stage.dead)]
        first, second, third = [each for each in letters if each]
        assert first.headers == (("trace", b"00-1"),)
        assert second.headers == (("trace", b"00-1"), ("keran-replayed-from", str(first.at).encode()))
        assert third.headers == (("trace", b"00-1"), ("keran-replayed-from", str(second.at).encode()))
        assert {each.value for each in (first, second, third)} == {broken}

    asyncio.run(asyncio.wait_for(scenario(), 150))


def test_what_its_topic_refuses_is_told_and_the_others_go(kafka):
    """A topic that takes smaller records than it once did: the large one stays unmarked, and the exit code is 1.

    Its bytes are such that nothing compresses them.
    """

    async def scenario():
        stage = await build_stage(kafka.address, partitions=2, configs={"dead": LARGE})
        large = ORIGINALS[6]._replace(value=random.Random(1).randbytes(1_100_000))
        here = [letter(stage, record) for record in (ORIGINALS[0], large, ORIGINALS[5])]
        await send_as_it_is(kafka.address, stage.dead, 0, here)
        done = keran_dead(stage, "replay", "--publish", "--even-unreadable")
        assert done.returncode == 1
        assert done.stderr == (
            "dead letters: 2 published, 1 refused\nrefused: 0:1, larger than its topic's `max.message.bytes` allows\n"
        )
        assert {r.key for r in await read_all(kafka.address, stage.listings)} == {b"L-1", b"L-2"}
        again = keran_dead(stage, "replay", "--publish", "--even-unreadable")
        assert again.stderr.startswith("dead letters: 1 refused, 2 replayed before\n")

    asyncio.run(asyncio.wait_for(scenario(), 150))


def test_a_letter_whose_topic_is_gone_is_told(kafka):
    async def scenario():
        stage = await build_stage(kafka.address, partitions=1)
        gone = FileRecord(value_with(), b"L-1", topic="gone")
        await send_as_it_is(kafka.address, stage.dead, 0, [write_dead_letter(gone, TITLE, None)[1:4]])
        done = keran_dead(stage, "replay", "--publish")
        assert (done.returncode, done.stderr) == (1, "dead letters: 1 whose topic is not there\n")
        done = keran_dead(stage, "replay", "--publish", "--to", stage.listings)
        assert (done.returncode, done.stderr) == (0, "dead letters: 1 published\n")

    asyncio.run(asyncio.wait_for(scenario(), 150))


def test_goes_where_the_command_says_by_key(kafka):
    async def scenario():
        stage = await stage_with_letters(kafka.address, ORIGINALS)
        done = keran_dead(stage, "replay", "--publish", "--to", stage.reviews)
        assert (done.returncode, done.stderr) == (0, "dead letters: 2 published, 6 still unreadable\n")
        assert await read_all(kafka.address, stage.listings) == []
        assert {r.key for r in await read_all(kafka.address, stage.reviews)} == {b"L-1", b"L-2"}
        await send(kafka.address, stage.decisions, [Event(b"L-1", b""), Event(b"L-2", b"")])
        by_key = {r.key: r.partition for r in await read_all(kafka.address, stage.decisions)}
        assert {r.key: r.partition for r in await read_all(kafka.address, stage.reviews)} == by_key

    asyncio.run(asyncio.wait_for(scenario(), 150))


def test_a_second_replay_stops_the_first(kafka):
    """The first is held in the middle; the second publishes all; the first then says why it stopped, and repeats nothing."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=3, configs={"dead": LARGE})
        # Sixty transactions: the first is seen to have begun long before it is through.
        originals = many(30_000)
        for partition in range(3):
            here = [Event(*letter(stage, record)) for record in originals if record.partition == partition]
            await fill(kafka.address, stage.dead, partition, here)
        command = [sys.executable, "-m", "stream.cli", "dead", "replay", "--publish", "--even-unreadable"]
        first = subprocess.Popen(command, cwd=ROOT, env=environment_of(stage), stderr=subprocess.PIPE, text=True)

        async def has_begun():
            return sum((await ends_of(kafka.address, stage.listings)).values()) > 0

        await until(has_begun, 60)
        first.send_signal(signal.SIGSTOP)
        done = keran_dead(stage, "replay", "--publish", "--even-unreadable")
        first.send_signal(signal.SIGCONT)
        _, said = first.communicate(timeout=60)
        assert done.returncode == 0, done.stderr
        assert (first.returncode, said.splitlines()[0]) == (
            2,
            "error: another replay of these dead letters was started, and this one stopped",
        )
        published = await read_all(kafka.address, stage.listings)
        assert sorted(int(dict(r.headers)["n"]) for r in published) == list(range(30_000))

    asyncio.run(asyncio.wait_for(scenario(), 150))


def test_waits_for_a_transaction_that_hides_marks(kafka):
    """Another producer's open transaction hides every mark behind it from readers: a replay that went on would repeat."""

    async def scenario():
        stage = await stage_with_letters(kafka.address, ORIGINALS[:1], partitions=1)
        async with AIOKafkaProducer(bootstrap_servers=kafka.address, transactional_id=f"{stage.group}-other") as other:
            await other.begin_transaction()
            await other.send_and_wait(stage.dead, b"open", b"open")
            assert keran_dead(stage, "list").stderr == "1 dead letter\n"
            # The first replay cannot know either whether a mark lies there.
            command = [sys.executable, "-m", "stream.cli", "dead", "replay", "--publish"]
            waits = subprocess.Popen(command, cwd=ROOT, env=environment_of(stage), stderr=subprocess.PIPE, text=True)
            await asyncio.sleep(4)
            assert waits.poll() is None
            assert await read_all(kafka.address, stage.listings) == []
            await other.commit_transaction()
            _, said = await asyncio.to_thread(waits.communicate, timeout=30)
        assert said == "dead letters: 1 published\n"

    asyncio.run(asyncio.wait_for(scenario(), 150))


ACLS = "org.apache.kafka.tools.AclCommand"


def test_a_user_without_rights_is_told_which(kafka):
    """Reading or writing dead letters, writing to their topics, the transactional id: each by name, and no wait without end."""

    async def scenario():
        stage = await stage_with_letters(kafka.address, ORIGINALS[:1], partitions=1)
        secured = {
            "KERAN_BROKER": kafka.secure_address,
            "KERAN_SECURITY_PROTOCOL": "SASL_SSL",
            "KERAN_SSL_CA": str(kafka.authority),
            "KERAN_SASL_USER": USER,
            "KERAN_SASL_PASSWORD": PASSWORD,
        }
        everyone = ("--add", "--allow-principal", "User:*", "--operation", "All")
        transactional = f"keran-dead-{stage.dead}"
        asked = [
            (["list"], ("--topic", stage.dead, "--operation", "Read"), f"no rights on topic `{stage.dead}`"),
            (["replay", "--publish"], ("--topic", stage.dead, "--operation", "Write"), f"no rights on topic `{stage.dead}`"),
            (["replay", "--publish"], ("--topic", stage.listings, "--operation", "Write"), f"no rights on topic `{stage.listings}`"),
            (["replay", "--publish"], ("--transactional-id", transactional, "--operation", "Write"), f"no rights on transactional id `{transactional}`"),
        ]  # fmt: skip
        resources = ("--topic", stage.dead, "--topic", stage.listings, "--transactional-id", transactional)
        await asyncio.to_thread(kafka.tool, ACLS, *everyone, *resources)
        for arguments, denied, message in asked:
            deny = ("--deny-principal", f"User:{USER}", *denied)
            await asyncio.to_thread(kafka.tool, ACLS, "--add", *deny)
            refused = keran_dead(stage, *arguments, **secured)
            await asyncio.to_thread(kafka.tool, ACLS, "--remove", "--force", *deny)
            assert (refused.returncode, refused.stdout) == (2, ""), (arguments, denied, refused)
            assert refused.stderr.splitlines()[0] == f"error: {message}", refused.stderr
            assert "Traceback" not in refused.stderr
        assert await read_all(kafka.address, stage.listings) == []
        done = keran_dead(stage, "replay", "--publish", **secured)
        assert (done.returncode, done.stderr) == (0, "dead letters: 1 published\n")

    asyncio.run(asyncio.wait_for(scenario(), 250))


def test_a_record_that_the_client_cannot_read_is_named(kafka):
    async def scenario():
        stage = await stage_with_letters(kafka.address, ORIGINALS[:3], partitions=1)
        await send_bad_header_name(kafka.address, stage.dead)
        for command in (["list", "--json"], ["replay", "--publish"]):
            refused = keran_dead(stage, *command)
            assert refused.returncode == 2
            told = "partition 0 offset 3 has a header name that is not UTF-8, which Keran never wrote"
            assert refused.stderr.startswith(f"error: {told}\n  --> topic `{stage.dead}`\n  hint: "), refused.stderr
        assert await read_all(kafka.address, stage.listings) == []

    asyncio.run(asyncio.wait_for(scenario(), 150))


def test_an_interrupted_replay_leaves_nothing_half_done(kafka):
    """SIGINT: the transaction in work is aborted at once, and the next run publishes the rest."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=3, configs={"dead": LARGE})
        for partition in range(3):
            here = [Event(*letter(stage, record)) for record in many(LETTERS) if record.partition == partition]
            await fill(kafka.address, stage.dead, partition, here)
        command = [sys.executable, "-m", "stream.cli", "dead", "replay", "--publish", "--even-unreadable"]
        run = subprocess.Popen(command, cwd=ROOT, env=environment_of(stage), stderr=subprocess.PIPE, text=True)

        async def has_published():
            return sum((await ends_of(kafka.address, stage.listings)).values()) > 0

        await until(has_published, 60)
        run.send_signal(signal.SIGINT)
        _, said = await asyncio.to_thread(run.communicate, timeout=30)
        assert (run.returncode, said.strip()) == (130, "")
        # Nothing is left open, so nobody waits for a transaction's timeout.
        before = len(await asyncio.wait_for(read_all(kafka.address, stage.listings), 20))
        assert before < LETTERS
        done = keran_dead(stage, "replay", "--publish", "--even-unreadable")
        assert f"{LETTERS - before:,} published" in done.stderr

    asyncio.run(asyncio.wait_for(scenario(), 150))


def test_progress_is_on_the_terminal_and_rows_are_where_they_are_sent(kafka):
    """With standard error on a terminal and standard output in a file: rows in the one, a bar on the other."""

    async def scenario():
        stage = await stage_with_letters(kafka.address, ORIGINALS)
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "stream.cli", "dead", "list"]
        run = subprocess.Popen(
            command, cwd=ROOT, env=environment_of(stage, TERM="xterm"), stdout=subprocess.PIPE, stderr=theirs
        )
        os.close(theirs)
        rows, _ = await asyncio.to_thread(run.communicate, timeout=60)
        assert run.returncode == 0
        shown = await asyncio.to_thread(read_terminal, ours)
        assert rows.decode() == keran_dead(stage, "list").stdout
        assert b"reading dead letters" in shown
        assert b"L-1" not in shown

    asyncio.run(asyncio.wait_for(scenario(), 150))


def read_terminal(descriptor):
    """What was written to a terminal whose writers are gone: Linux then ends the reading with an error."""
    shown = b""
    try:
        while part := os.read(descriptor, 65_536):
            shown += part
    except OSError:
        pass
    finally:
        os.close(descriptor)
    return shown


def test_bad_setup_is_told_and_ends_with_2(kafka):
    """No such topic, a wrong password, a topic to publish to that is not there: a sentence and a hint, no traceback."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=1)
        secured = {
            "KERAN_BROKER": kafka.secure_address,
            "KERAN_SECURITY_PROTOCOL": "SASL_SSL",
            "KERAN_SSL_CA": str(kafka.authority),
            "KERAN_SASL_USER": USER,
        }
        good = keran_dead(stage, "list", **secured, KERAN_SASL_PASSWORD=PASSWORD)
        assert (good.returncode, good.stderr) == (0, "0 dead letters\n")
        asked = [
            (["list"], {"KERAN_TOPIC_DEAD": "none.such"}),
            (["show", "0:1"], {"KERAN_TOPIC_DEAD": "none.such"}),
            (["replay", "--publish"], {"KERAN_TOPIC_DEAD": "none.such"}),
            (["replay", "--to", "none.such"], {}),
            (["list"], {**secured, "KERAN_SASL_PASSWORD": "wrong-password"}),
            (["replay", "--publish"], {**secured, "KERAN_SASL_PASSWORD": "wrong-password"}),
        ]
        for arguments, settings in asked:
            refused = keran_dead(stage, *arguments, **settings)
            assert (refused.returncode, refused.stdout) == (2, ""), refused
            assert "Traceback" not in refused.stderr
            assert refused.stderr.startswith("error: "), refused.stderr
            assert "wrong-password" not in refused.stderr
            missing = "`none.such` is not there, or this client may not see it"
            assert (missing in refused.stderr) == ("KERAN_BROKER" not in settings)

    asyncio.run(asyncio.wait_for(scenario(), 150))
