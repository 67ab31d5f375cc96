"""A sweep over a catalogue on Apache Kafka, killed on the way, with live updates arriving: played, judged, its figures told.

`python -m tests.chaos.sweeping --listings 1_000_000` prints them, and exits with 1 where something did not hold. Which
listings flip is known beforehand, from how the traffic is made and not from anything of Keran's.
"""

import argparse
import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stream.engines.sweep_progress import REQUESTED, read_reached, total
from stream.engines.sweep_publisher import Reached, SweepPublisher
from stream.settings import Settings
from tests.chaos.crew import QUICK, Crew
from tests.chaos.history import History
from tests.chaos.invariants import LAWS, object_to
from tests.chaos.watch import Watcher, read_handed_on, read_history, read_letters
from tests.kafka.broker import running_kafka
from tests.kafka.clients import Event, Stage, build_stage, send
from tests.kafka.process import ROOT

PARTITIONS, WORKERS, FLIPS_OF_ALL = 4, 2, 100
SWEEP = "play"
# When runs are killed, as shares of the flips: in three partitions. The rate leaves seconds until a run would be done.
KILLED_AT = (0.1, 0.3, 0.55)
KILLS = len(KILLED_AT)
POLICY = """policy: sweep
version: {version}
market: ID
timezone: Asia/Jakarta
phases:
  - id: only
    published: 2021-08-01
    effective: 2021-08-01T00:00:00
    citation: none, a test
    rules:
      - id: closed
        when: {{seller.country: {closed}}}
        then: block
        text: {{id: Tertutup., en: Closed.}}
"""
# Closed before and not after, and the other way round: what flips.
BEFORE, AFTER = "VN", "TH"


@dataclass
class Played:
    """What a play came to."""

    objections: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    sweep_seconds: float = 0.0
    sweep_cpu: float = 0.0
    said: str = ""
    kills: int = 0


def country_of(number: int) -> str:
    """One listing in a hundred flips: half are closed by the new policy, half by the old one."""
    return {0: BEFORE, 1: AFTER}.get(number % (2 * FLIPS_OF_ALL), "CN")


def event_of(number: int, revision: int) -> Event:
    """A listing event; its country is the listing's for ever."""
    body = {
        "schema": "keran.listing/1",
        "event_id": f"E-{number}-{revision}",
        "event_type": "listing.updated",
        "occurred_at": "2021-08-03T09:00:00+07:00",
        "market": "ID",
        "listing": {"id": f"L-{number}", "revision": revision, "title": f"Tas rotan anyaman {number % 97}"},
        "seller": {
            "id": f"S-{number % 503}",
            "type": "local" if number % 3 == 0 else "cross_border",
            "country": country_of(number),
        },
    }
    return Event(f"L-{number}".encode(), json.dumps(body).encode())


async def play(address: str, folder: Path, listings: int, rate: int, updates_a_second: int = 100) -> Played:
    """Fill a catalogue, let it be decided, make another policy live, sweep and kill; then judge what all topics hold."""
    stage = await build_stage(address, partitions=PARTITIONS)
    environment = {**stage.environment(), **await _control(stage, folder)}
    played, watcher = Played(), Watcher(stage, PARTITIONS)
    async with Crew(environment, folder, WORKERS, QUICK) as crew:
        await crew.ready()
        _keran(environment, "live", "publish", "--policy", str(folder / "before.yaml"), "--wait", "60")
        await send(address, stage.listings, (event_of(number, 1) for number in range(listings)))
        await _settle(watcher, 60 + listings / 2_000)
        _keran(environment, "live", "publish", "--policy", str(folder / "after.yaml"), "--wait", "60")
        updated: Counter[int] = Counter()
        updating = asyncio.create_task(_update(stage, listings, updates_a_second, updated))
        await _sweep_and_kill(stage, environment, listings, rate, played)
        updating.cancel()
        await asyncio.gather(updating, return_exceptions=True)
        await _settle(watcher, 120)
        again = _keran(environment, "sweep", "--name", SWEEP)
        played.said = again.stdout
        if "is finished" not in again.stderr:
            played.objections.append(f"a finished sweep does not say so: {again.stderr}")
        await crew.go_home()
    await _judge(stage, listings, set(updated), played)
    return played


async def _control(stage: Stage, folder: Path) -> dict[str, str]:
    for name, version, closed in (("before", 1, BEFORE), ("after", 2, AFTER)):
        (folder / f"{name}.yaml").write_text(POLICY.format(version=version, closed=closed))
    admin = AIOKafkaAdminClient(bootstrap_servers=stage.address)
    await admin.start()
    topics = [NewTopic(f"{stage.group}.control", 1, 1, topic_configs={"cleanup.policy": "compact"})]
    await admin.create_topics([*topics, NewTopic(f"{stage.group}.shadow", 1, 1)])
    await admin.close()
    return {
        "KERAN_TOPIC_CONTROL": f"{stage.group}.control",
        "KERAN_TOPIC_SHADOW": f"{stage.group}.shadow",
        "KERAN_LIVE": "control",
        "KERAN_POLICIES": str(folder / "before.yaml"),
    }


async def _update(stage: Stage, listings: int, a_second: int, updated: Counter[int]) -> None:
    draw = Random(7)
    async with AIOKafkaProducer(bootstrap_servers=stage.address) as producer:
        while True:
            number = updated_next(draw, listings)
            updated[number] += 1
            event = event_of(number, 1 + updated[number])
            await producer.send_and_wait(stage.listings, event.value, event.key)
            await asyncio.sleep(1 / a_second)


def updated_next(draw: Random, listings: int) -> int:
    """Draw what is updated: now and then one of a tenth of those that flip, so that nine tenths are left to ask for."""
    if draw.random() < 0.1:
        return draw.randrange(listings // (20 * FLIPS_OF_ALL)) * 20 * FLIPS_OF_ALL + draw.randrange(2)
    number = draw.randrange(listings)
    return number if country_of(number) not in (BEFORE, AFTER) else number + 2


async def _sweep_and_kill(stage: Stage, environment: dict[str, str], listings: int, rate: int, played: Played) -> None:
    for killed_at in KILLED_AT:
        run = _start(environment, "sweep", "--name", SWEEP, "--rate", str(rate))
        await _until_requested(stage, run, int(listings / FLIPS_OF_ALL * killed_at))
        run.send_signal(signal.SIGKILL)
        out, err = await asyncio.to_thread(run.communicate)
        if run.returncode == -signal.SIGKILL:
            played.kills += 1
        else:
            played.objections.append(f"a run that was to be killed ended with {run.returncode}: {out} {err}")
    began = time.monotonic()
    before = os.times()
    run = _start(environment, "sweep", "--name", SWEEP, "--wait", "120")
    out, err = await asyncio.to_thread(run.communicate)
    after = os.times()
    played.sweep_seconds = time.monotonic() - began
    played.sweep_cpu = sum(after[2:4]) - sum(before[2:4])
    if run.returncode:
        played.objections.append(f"the last run ended with {run.returncode}: {out} {err}")
    if not re.search(r"^answered ([0-9,]+) of \1: .*, 0 missing$", out, re.MULTILINE):
        played.objections.append(f"the last run does not say that every request was answered: {out}")


async def _until_requested(stage: Stage, run: subprocess.Popen[str], least: int) -> None:
    """Return once the sweep's progress says so many, and the records of a further transaction lie on the topic."""
    publisher = SweepPublisher(None, Settings(broker=stage.address, topic_listings=stage.listings), SWEEP)
    while run.poll() is None and requested_in(await publisher.reached()) < least:
        await asyncio.sleep(0.2)
    async with AIOKafkaConsumer(bootstrap_servers=stage.address) as reader:
        partitions = [TopicPartition(stage.redecide, partition) for partition in range(PARTITIONS)]
        ends = await reader.end_offsets(partitions)
        while run.poll() is None and await reader.end_offsets(partitions) == ends:
            await asyncio.sleep(0.005)


def requested_in(reached: Mapping[int, Reached]) -> int:
    """Give how many requests a sweep's progress speaks of."""
    return total(read_reached(reached)[1].values())[REQUESTED]


async def _settle(watcher: Watcher, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while await watcher.lag() != 0:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{await watcher.lag()} are undecided after {seconds:.0f} s")
        await asyncio.sleep(0.5)


async def _judge(stage: Stage, listings: int, updated: set[int], played: Played) -> None:
    letters, handed_on = await read_letters(stage, PARTITIONS), await read_handed_on(stage, PARTITIONS)
    requested: Counter[str] = Counter()
    for partition in range(PARTITIONS):
        history = await read_history(stage, partition, letters, handed_on, {})
        played.objections += [f"{o.law}: {o.where}" for o in object_to(history, LAWS)]
        played.objections += list(_bad_requests(history))
        played.objections += list(_last_words(history))
        requested.update(entry.listing for entry in history.requests)
        played.counts["decisions"] += len(history.decisions)
    wanted = {f"L-{n}" for n in range(listings) if country_of(n) in (BEFORE, AFTER)}
    touched = {f"L-{n}" for n in updated}
    played.objections += [f"{listing} is asked for and does not flip" for listing in requested.keys() - wanted]
    played.objections += [
        f"{one} flips, had no update and is not asked for" for one in wanted - touched - requested.keys()
    ]
    played.objections += [f"{one} is asked for {n} times" for one, n in requested.items() if n > 1]
    played.counts += Counter(flips=len(wanted), requests=requested.total(), updated=len(touched & wanted))
    said = int(re.search(r"^requested ([0-9,]+)", played.said, re.MULTILINE)[1].replace(",", ""))
    if said != requested.total():
        played.objections.append(f"the sweep says that it requested {said}, and {requested.total()} are there")


def _bad_requests(history: History) -> Iterator[str]:
    there = {(entry.listing, entry.place) for entry in history.listings}
    for entry in history.requests:
        if (entry.listing, entry.place) not in there:
            yield f"a request at {history.partition}:{entry.offset} is of no event of its partition"


def _last_words(history: History) -> Iterator[str]:
    """The last decision on a listing that flips is by the new pair, and replaces one by the old."""
    last, first = {p.listing: p for p in history.decisions}, {}
    for p in history.decisions:
        first.setdefault(p.listing, p)
    for listing, p in last.items():
        if country_of(int(listing[2:])) in (BEFORE, AFTER) and (p.supersedes is None or p.by == first[listing].by):
            yield f"{listing} was not decided anew"


def _keran(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    run = _start(environment, *arguments)
    out, err = run.communicate()
    if run.returncode:
        raise AssertionError(f"`keran {' '.join(arguments)}` ended with {run.returncode}: {out} {err}")
    return subprocess.CompletedProcess(arguments, run.returncode, out, err)


def _start(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("KERAN_")}
    return subprocess.Popen(
        [sys.executable, "-m", "stream.cli", *arguments],
        cwd=ROOT,
        env={**inherited, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def main() -> int:
    """Play with the options' numbers; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.sweeping", description=__doc__.splitlines()[0])
    parser.add_argument("--listings", type=int, default=1_000_000)
    parser.add_argument("--rate", type=int, default=500, help="requests a second of the runs that are killed")
    asked = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="keran-sweep-")))
        kafka = stack.enter_context(running_kafka())
        played = asyncio.run(play(kafka.address, folder, asked.listings, asked.rate))
    print(played.said)
    print(f"{asked.listings:,} listings, killed {played.kills} times: {dict(played.counts)}")
    print(f"the last run: {played.sweep_seconds:.1f} s, {played.sweep_cpu:.1f} s of CPU time")
    for objection in played.objections[:20]:
        print(f"objection: {objection}")
    print(f"{len(played.objections)} objections")
    return 1 if played.objections or played.kills < KILLS else 0


if __name__ == "__main__":
    sys.exit(main())
