"""What the order of a listing's events costs: bytes a listing, microseconds an event, seconds to read it back.

    python -m benchmarks.order [--listings 1000000] [--events 10000000] [--kafka]

The first half is `stream.engines.places` alone: updates of listings drawn at random, in runs of 2,000, one in ten
behind what its listing has. Bytes are those that the places have in use after each tenth of the events: they must
stay flat.

With `--kafka` that many decisions of real size are put on Apache Kafka (Java 17 and Maven), and a worker's order guard
takes over their four partitions, as it does at a start.
"""

import asyncio
import time
from collections.abc import Iterator
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from benchmarks.events import Event, write_events
from benchmarks.topics import PARTITIONS, Topics
from stream.compose import load
from stream.contract.instant import instant_at
from stream.contract.outcome import Place
from stream.contract.record import FileRecord
from stream.engines.decisions_log import DecisionsLog
from stream.engines.order import Order
from stream.engines.places import Places, warm
from tests.kafka.broker import running_kafka

ROWS = 2_000
TEMPLATES = 2_000
RETENTION_DAYS = 30
_NOW = 1_627_956_001_000_000

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
out = Console(highlight=False, soft_wrap=True, width=120).print


@app.command()
def main(
    listings: Annotated[int, typer.Option(min=1_000)] = 1_000_000,
    events: Annotated[int, typer.Option(min=20_000)] = 10_000_000,
    kafka: Annotated[bool, typer.Option(help="Also read decisions back from Apache Kafka.")] = False,
) -> None:
    """Measure and print."""
    warm()
    places = Places(RETENTION_DAYS * 1_440)
    for done, seconds in _take(places, listings, events):
        each = places.nbytes() / len(places)
        out(f"{done:>12,} events  {len(places):>9,} listings  {each:5.1f} bytes a listing  {seconds:.2f} us an event")
    if kafka:
        asyncio.run(_read_back(listings))


def _take(places: Places, listings: int, events: int) -> Iterator[tuple[int, float]]:
    """Take runs, and give, after each tenth, the events so far and the CPU time an event of that tenth."""
    chance, spent, tenth = np.random.default_rng(1), 0.0, events // 10
    for begin in range(0, events, ROWS):
        drawn = chance.integers(0, listings, ROWS).tolist()
        late = chance.random(ROWS) < 0.1
        keys = [b"L-%09d" % number for number in drawn]
        run = [_place(begin + i, was_late) for i, was_late in enumerate(late.tolist())]
        began = time.process_time()
        places.take(keys, run, [False] * ROWS, [begin // 1_000_000 + 1] * ROWS)
        spent += time.process_time() - began
        if (begin + ROWS) % tenth < ROWS:
            yield begin + ROWS, spent / tenth * 1e6
            spent = 0.0


def _place(number: int, late: bool) -> Place:
    return Place(0, _NOW + (0 if late else number), b"01JD%022d" % number, b"%032x" % number)


async def _read_back(listings: int) -> None:
    with running_kafka() as kafka:
        topics = Topics(kafka.address)
        topics.create("decisions")
        topics.append("decisions", _decisions(listings))
        order = Order(DecisionsLog("decisions", {"bootstrap_servers": kafka.address}), _NoFence(), RETENTION_DAYS)
        wall, cpu = time.monotonic(), time.process_time()
        async with order:
            order.assign(range(PARTITIONS), 1)
            assert all([await order.is_ours(partition) for partition in range(PARTITIONS)])
            wall, cpu = time.monotonic() - wall, time.process_time() - cpu
            count = sum(count for count, _ in order.sizes().values())
    out(f"{count:,} listings read back from Apache Kafka in {wall:.1f} s, {cpu:.1f} s of CPU time")


def _decisions(count: int) -> Iterator[Event]:
    """Give decisions of real size, each of a listing of its own."""
    _, pipeline = load()
    events = write_events(TEMPLATES)
    records = [FileRecord(event.value, event.key, ()) for event in events]
    decided = pipeline.run(records, instant_at(_NOW))
    for number in range(count):
        event, decision = events[number % TEMPLATES], decided[number % TEMPLATES]
        key, event_id = b"L-%09d" % number, b"01JD%022d" % number
        value = decision.value.replace(event.event_id.encode(), event_id)
        yield Event(event_id.decode(), key, value.replace(b'"%s"' % event.key, b'"%s"' % key))


class _NoFence:
    """One worker, which nobody else writes beside."""

    count: int | None = PARTITIONS

    async def fence(self, partition: int) -> None:
        """Do nothing."""

    async def let_go(self, partition: int) -> None:
        """Do nothing."""


if __name__ == "__main__":
    app()
