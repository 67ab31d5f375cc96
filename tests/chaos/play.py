"""A play: a cluster, a crew, traffic and acts, from an empty stage until everything is decided; what comes out is a verdict.

It puts the parts together and waits; what is done is in `faults.py`, what must hold in `invariants.py`.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.chaos.cluster import Cluster
from tests.chaos.crew import QUICK, Crew
from tests.chaos.desk import Desk
from tests.chaos.faults import FAULTS, Act, Theatre
from tests.chaos.history import History
from tests.chaos.invariants import LAWS, Law, Objection, object_to
from tests.chaos.quick_worker import SESSION_SECONDS
from tests.chaos.traffic import Traffic
from tests.chaos.upstream import Upstream
from tests.chaos.watch import Samples, Watcher, read_handed_on, read_history, read_letters
from tests.kafka.clients import Stage, build_stage

SAMPLE_SECONDS = 0.2


@dataclass(frozen=True)
class Plot:
    """What a play is to be: how much traffic over how many seconds, who works, what happens.

    `tracks` are acts that go on side by side; each track is in order of time.
    """

    seed: int
    events: int
    seconds: float
    tracks: Sequence[Sequence[Act]] = ()
    workers: int = 2
    partitions: int = 4
    listings: int = 2_000
    command: Sequence[str] = QUICK
    session_seconds: float = SESSION_SECONDS
    environment: Mapping[str, str] = field(default_factory=dict)
    # After the last act, what is left may take so many seconds to be decided.
    patience: float = 240.0


class Done(NamedTuple):
    """An act as it was: when it began and ended, in seconds since the play began."""

    fault: str
    whom: int
    began: float
    ended: float


@dataclass
class Verdict:
    """What a play came to. `counts` says how much of each thing the topics hold."""

    done: list[Done] = field(default_factory=list)
    objections: list[Objection] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    exits: Counter[int] = field(default_factory=Counter)
    last_exits: list[int] = field(default_factory=list)
    seconds: float = 0.0
    settled: float | None = None


async def play(
    cluster: Cluster,
    plot: Plot,
    folder: Path,
    laws: Sequence[Law] = LAWS,
    tell: Callable[[str], None] = lambda line: None,
) -> Verdict:
    """Play it to the end and judge it. `tell` is told what happens as it does."""
    stage = await build_stage(cluster.address, partitions=plot.partitions, replication=cluster.replication)
    desk = Desk(cluster, stage, folder / "models")
    await desk.open()
    verdict = Verdict()
    base = {"KERAN_RUN_ROWS": "200", **stage.environment(), **desk.environment()}
    environment = {**base, **cluster.environment(), **plot.environment}
    watcher = Watcher(stage, plot.partitions)
    watching = asyncio.create_task(watcher.watch(SAMPLE_SECONDS))
    async with (
        Crew(environment, folder, plot.workers, plot.command) as crew,
        Upstream(stage, plot.partitions) as upstream,
    ):
        theatre = Theatre(cluster, crew, desk, stage, plot.partitions, plot.session_seconds)
        await crew.ready()
        began = time.monotonic()
        acts = [_perform(theatre, track, began, verdict, tell) for track in plot.tracks]
        await asyncio.gather(_send(upstream, plot, began), *acts)
        over = time.monotonic()
        await _settle(watcher, plot.patience, tell)
        verdict.settled = time.monotonic() - over
        verdict.last_exits = await crew.go_home()
        verdict.exits = crew.exits
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await judge(stage, plot.partitions, watcher.samples, laws, verdict)
    verdict.objections += _lost_upstream(stage, upstream, verdict.counts)
    verdict.seconds = time.monotonic() - began
    return verdict


async def judge(stage: Stage, partitions: int, samples: Samples, laws: Sequence[Law], verdict: Verdict) -> None:
    """Read everything back, a partition at a time, and hold it to the laws."""
    letters = await read_letters(stage, partitions)
    handed_on = await read_handed_on(stage, partitions)
    for partition in range(partitions):
        history = await read_history(stage, partition, letters, handed_on, samples)
        verdict.objections += object_to(history, laws)
        verdict.counts += count(history)


def count(history: History) -> Counter[str]:
    """Count what a history holds."""
    events = Counter((p.listing, p.place) for p in history.decisions)
    return Counter(
        {
            "listings": len(history.listings),
            "requests": len(history.requests),
            "decisions and tombstones": len(history.decisions),
            "tombstones": sum(p.decision_id is None for p in history.decisions),
            "events published more than once": sum(times > 1 for times in events.values()),
            "dead letters": sum(map(len, [*history.letters.values(), *history.request_letters.values()])),
            "reviews": len(history.reviews),
            "samples": len(history.samples) + len(history.request_samples),
        }
    )


async def _send(upstream: Upstream, plot: Plot, began: float) -> None:
    sent = 0
    for batch in Traffic(plot.seed, plot.listings).batches(plot.events):
        await upstream.send(batch)
        sent += len(batch.events)
        await asyncio.sleep(max(0.0, began + plot.seconds * sent / plot.events - time.monotonic()))


async def _perform(
    theatre: Theatre, track: Sequence[Act], began: float, verdict: Verdict, tell: Callable[[str], None]
) -> None:
    for act in track:
        await asyncio.sleep(max(0.0, began + act.at - time.monotonic()))
        start = time.monotonic() - began
        await FAULTS[act.fault](theatre, act)
        verdict.done.append(Done(act.fault, act.whom, start, time.monotonic() - began))
        tell(f"{start:7.1f} s  {act.fault} ({act.whom}) for {time.monotonic() - began - start:.1f} s")


async def _settle(watcher: Watcher, patience: float, tell: Callable[[str], None]) -> None:
    """Wait until nothing is left to decide. Raises TimeoutError with what is left."""
    deadline = time.monotonic() + patience
    while (lag := await watcher.lag()) != 0:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{lag} offsets are not committed {patience:.0f} s after the last act")
        await asyncio.sleep(0.5)
    tell("everything is decided")


def _lost_upstream(stage: Stage, upstream: Upstream, counts: Counter[str]) -> list[Objection]:
    """Hold the brokers themselves to their word: what they said they hold, they hold."""
    held, doubt = upstream.held[stage.listings], upstream.in_doubt[stage.listings]
    if held <= counts["listings"] <= held + doubt:
        return []
    return [Objection("brokers_keep_what_they_hold", f"{counts['listings']} of {held} and {doubt} in doubt")]
