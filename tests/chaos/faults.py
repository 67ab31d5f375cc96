"""The faults: what is done to workers, brokers and the network between them, and a seeded schedule of when.

Each fault is a function that does it, waits, and mends it again; when it returns, nothing of it is left but its consequences. It
knows nothing of promises: those are for `invariants.py`.
"""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from tests.chaos.cluster import PATIENT_SECONDS, Broker, Cluster
from tests.chaos.crew import Crew
from tests.chaos.desk import Desk
from tests.kafka.broker import USER
from tests.kafka.clients import REMEMBERING, Stage

# Clocks that disagree, inside one phase of the policy and in another.
CLOCKS = ("2021-09-01T00:00:00Z", "2021-09-20T12:00:00Z", "2026-01-01T00:00:00Z", "2021-07-01T00:00:00Z")
# Below any decision, so that every one is refused.
SMALL_BYTES = "200"
_ACL = "org.apache.kafka.tools.AclCommand"


@dataclass(frozen=True)
class Theatre:
    """All that a fault may lay hands on. `session_seconds` is after how long a worker that says nothing is missed."""

    cluster: Cluster
    crew: Crew
    desk: Desk
    stage: Stage
    partitions: int
    session_seconds: float


class Act(NamedTuple):
    """One fault: when, for how long, and to which of the workers or brokers, counted on from 0 for ever."""

    at: float
    fault: str
    seconds: float
    whom: int


Fault = Callable[[Theatre, Act], Awaitable[None]]


# To workers.


async def kill_worker(theatre: Theatre, act: Act) -> None:
    """SIGKILL; the orchestrator starts another."""
    theatre.crew.signal(_place(theatre, act), signal.SIGKILL)
    await asyncio.sleep(act.seconds)


async def pause_worker(theatre: Theatre, act: Act) -> None:
    """SIGSTOP for less than the session, then SIGCONT."""
    await _pause(theatre, act, min(act.seconds, theatre.session_seconds / 2))


async def lose_membership(theatre: Theatre, act: Act) -> None:
    """SIGSTOP past the session, so that others take over, then SIGCONT: it wakes with runs in its hands."""
    await _pause(theatre, act, theatre.session_seconds + act.seconds)


async def restart_workers(theatre: Theatre, act: Act) -> None:
    """SIGTERM to one after the other, each started again."""
    for place in range(theatre.crew.size):
        await theatre.crew.stop(place)
        await asyncio.sleep(act.seconds / theatre.crew.size)


async def share_with_another(theatre: Theatre, act: Act) -> None:
    """Another worker joins, and leaves again."""
    theatre.crew.size += 1
    await asyncio.sleep(act.seconds + 5)
    theatre.crew.size -= 1


async def move_clock(theatre: Theatre, act: Act) -> None:
    """Restart one worker on another clock than the others have; policies of another day may be in force on it."""
    theatre.crew.environment["KERAN_AS_OF"] = CLOCKS[act.whom % len(CLOCKS)]
    await theatre.crew.stop(_place(theatre, act))
    await asyncio.sleep(act.seconds)


async def swap_live(theatre: Theatre, act: Act) -> None:
    """Publish another model with other policies on `control`: workers swap the pair in mid-run, each decision names its own."""
    await theatre.desk.publish(act.whom)
    await asyncio.sleep(act.seconds)


# To brokers.


async def kill_broker(theatre: Theatre, act: Act) -> None:
    """SIGKILL, and started again on what its disk holds."""
    broker = _broker(theatre, act)
    broker.kill()
    await _away(theatre, broker, act.seconds)


async def restart_brokers(theatre: Theatre, act: Act) -> None:
    """SIGTERM to one after the other, each started again before the next."""
    for broker in theatre.cluster.brokers:
        await asyncio.to_thread(broker.stop)
        await _away(theatre, broker, act.seconds / len(theatre.cluster.brokers))


async def pause_broker(theatre: Theatre, act: Act) -> None:
    """SIGSTOP: the others take its leaders, and when it wakes it thinks that it still has them."""
    broker = _broker(theatre, act)
    broker.pause()
    try:
        await asyncio.sleep(act.seconds)
    finally:
        broker.wake()


async def move_leaders(theatre: Theatre, act: Act) -> None:
    """Give every partition of the listings and the decisions another leader, with every broker well."""
    for topic in (theatre.stage.listings, theatre.stage.decisions):
        await asyncio.to_thread(theatre.cluster.move_leaders, topic, theatre.partitions, act.whom)
    await asyncio.sleep(act.seconds)


# To the network between workers and a broker.


async def slow_network(theatre: Theatre, act: Act) -> None:
    """Every piece takes a quarter of a second longer, each way."""
    await _at_the_door(theatre, act, lambda broker: broker.door.slow_down(0.25))


async def cut_network(theatre: Theatre, act: Act) -> None:
    """Every connection breaks, again and again."""
    for _ in range(3):
        _broker(theatre, act).door.cut()
        await asyncio.sleep(act.seconds / 3)


async def refuse_connections(theatre: Theatre, act: Act) -> None:
    """A broker that its peers see and the workers do not."""
    await _at_the_door(theatre, act, lambda broker: broker.door.refuse())


async def swallow_bytes(theatre: Theatre, act: Act) -> None:
    """Connections that stand and carry nothing."""
    await _at_the_door(theatre, act, lambda broker: broker.door.swallow())


# To what workers may write.


async def deny_writes(theatre: Theatre, act: Act) -> None:
    """An ACL keeps the workers from writing decisions; they end, and are started again until it is gone."""
    what = ["--deny-principal", f"User:{USER}", "--operation", "Write", "--topic", theatre.stage.decisions]
    await asyncio.to_thread(theatre.cluster.tool, _ACL, "--add", *what)
    try:
        await asyncio.sleep(act.seconds)
    finally:
        await asyncio.to_thread(theatre.cluster.tool, _ACL, "--remove", "--force", *what)


async def refuse_size(theatre: Theatre, act: Act) -> None:
    """The topic of decisions takes no record of their size; workers end, and are started again until it does."""
    await configure(theatre.cluster, theatre.stage.decisions, REMEMBERING | {"max.message.bytes": SMALL_BYTES})
    try:
        await asyncio.sleep(act.seconds)
    finally:
        await configure(theatre.cluster, theatre.stage.decisions, REMEMBERING)


WORKER_FAULTS: Mapping[str, Fault] = {
    fault.__name__: fault
    for fault in (
        kill_worker,
        pause_worker,
        lose_membership,
        restart_workers,
        share_with_another,
        move_clock,
        swap_live,
        deny_writes,
        refuse_size,
    )
}
BROKER_FAULTS: Mapping[str, Fault] = {
    fault.__name__: fault
    for fault in (
        kill_broker,
        restart_brokers,
        pause_broker,
        move_leaders,
        slow_network,
        cut_network,
        refuse_connections,
        swallow_bytes,
    )
}
FAULTS: Mapping[str, Fault] = {**WORKER_FAULTS, **BROKER_FAULTS}


def schedule(seed: int, seconds: float, names: Sequence[str], *, calm: float = 4.0, longest: float = 12.0) -> list[Act]:
    """Give acts one after the other for so long; every name comes up before any comes up again.

    >>> schedule(7, 60, ["kill_worker", "move_clock"]) == schedule(7, 60, ["kill_worker", "move_clock"])
    True
    """
    random, acts, at = Random(seed), [], calm
    waiting: list[str] = []
    while at < seconds:
        waiting = waiting or random.sample(list(names), len(names))
        acts.append(Act(at, waiting.pop(), random.uniform(2.0, longest), random.randrange(12)))
        at += acts[-1].seconds + random.uniform(calm, 3 * calm)
    return acts


async def configure(cluster: Cluster, topic: str, settings: dict[str, str]) -> None:
    """Give a topic these settings, and no others. It tries again while another track takes brokers away."""
    until = time.monotonic() + PATIENT_SECONDS
    while True:
        try:
            return await _configure(cluster, topic, settings)
        except KafkaError:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(1.0)


async def _configure(cluster: Cluster, topic: str, settings: dict[str, str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.address)
    await admin.start()
    try:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, settings)])
    finally:
        await admin.close()


async def _pause(theatre: Theatre, act: Act, seconds: float) -> None:
    worker = theatre.crew.at(_place(theatre, act))
    if worker is None or worker.process.poll() is not None:
        return
    worker.process.send_signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        if worker.process.poll() is None:
            worker.process.send_signal(signal.SIGCONT)


async def _away(theatre: Theatre, broker: Broker, seconds: float) -> None:
    try:
        await asyncio.sleep(seconds)
    finally:
        broker.start()
        await asyncio.to_thread(broker.wait_until_it_answers)


async def _at_the_door(theatre: Theatre, act: Act, close: Callable[[Broker], None]) -> None:
    broker = _broker(theatre, act)
    close(broker)
    try:
        await asyncio.sleep(act.seconds)
    finally:
        broker.door.pass_on()


def _place(theatre: Theatre, act: Act) -> int:
    return act.whom % theatre.crew.size


def _broker(theatre: Theatre, act: Act) -> Broker:
    return theatre.cluster.brokers[act.whom % len(theatre.cluster.brokers)]
