"""What order costs: memory a listing and CPU an event, flat over many events; and how soon a worker has it back.

    python -m benchmarks.order [--output build/order.json] [--events 10000000] [--listings 1000000] [--no-kafka]

Places take events of random listings, a tenth of them older than what is known. Then a decision each, made by the
shipped model and policies, is on Apache Kafka, and a worker's order guard fences four partitions and reads them back.
Exit code 1: more than 100 bytes a listing, memory that grows with events, or one of the two waits is too long.
"""

import asyncio
import gc
import json
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich import print as say

from benchmarks.events import Event, write_events
from benchmarks.machine import LIBRARIES, describe_machine
from benchmarks.topics import PARTITIONS, Topics
from stream.compose import load
from stream.contract.instant import parse_instant
from stream.contract.outcome import Outcome, Place
from stream.contract.record import FileRecord
from stream.engines import outputs
from stream.engines.decisions_log import DecisionsLog
from stream.engines.order import Order
from stream.engines.outputs import Outputs
from stream.engines.places import Places, warm
from tests.kafka.broker import running_kafka

ROWS, PARTS = 2_000, 10
MOST_BYTES, MOST_GROWTH, MOST_RESTORE_SECONDS, MOST_EMPTY_SECONDS = 100, 1.05, 15.0, 5.0
DECIDED = 2_000
NAMES = outputs.Topics("decisions", "listings.dead", "reviews")
AS_OF = parse_instant("2021-08-03T09:00:00+07:00")
app = typer.Typer(add_completion=False)


class Point(NamedTuple):
    """Where the places stand after so many events; the microseconds are of this part's events alone."""

    events: int
    listings: int
    bytes_a_listing: float
    microseconds_an_event: float


class Restored(NamedTuple):
    """How long a worker waits for its order: fences, and what is on `decisions`, read and placed."""

    listings: int
    seconds: float


@app.command()
def main(
    output: Annotated[Path, typer.Option(help="The figures, as JSON.")] = Path("build/order.json"),
    events: Annotated[int, typer.Option(min=PARTS, help="Events that the places take.")] = 10_000_000,
    listings: Annotated[int, typer.Option(min=1, help="Listings that they are of.")] = 1_000_000,
    kafka: Annotated[bool, typer.Option(help="Read as many decisions back from Apache Kafka.")] = True,
) -> None:
    """Measure, write the figures, print them."""
    points = []
    for point in take_events(events, listings):
        points.append(point)
        size, cost = point.bytes_a_listing, point.microseconds_an_event
        say(f"{point.events:,} events: {size} bytes a listing, {cost} us an event")
    restored = restore_from_kafka(listings) if kafka else []
    for found in restored:
        say(f"{found.listings:,} listings are back after {found.seconds} s")
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(_figures(points, restored), indent=1) + "\n")
    if problems := list(broken(points, restored)):
        say("\n".join(f"error: {problem}" for problem in problems))
        raise typer.Exit(1)


def _figures(points: Sequence[Point], restored: Sequence[Restored]) -> dict[str, Any]:
    return {
        "machine": describe_machine(LIBRARIES),
        "places": [point._asdict() for point in points],
        "restored": [found._asdict() for found in restored],
    }


def broken(points: Sequence[Point], restored: Sequence[Restored]) -> Iterator[str]:
    """Say in words what is not as it must be. Memory is flat when all listings are known: from the third part on."""
    most = max(point.bytes_a_listing for point in points[2:])
    if most > MOST_BYTES:
        yield f"expected at most {MOST_BYTES} bytes a listing, got {most}"
    sizes = [point.listings * point.bytes_a_listing for point in points]
    if sizes[-1] > MOST_GROWTH * max(sizes[2 : PARTS // 2]):
        yield "expected as much memory at the end as half-way, got more"
    for found in restored:
        limit = MOST_RESTORE_SECONDS if found.listings else MOST_EMPTY_SECONDS
        if found.seconds > limit:
            yield f"expected {found.listings:,} listings back within {limit} s, got {found.seconds} s"


def take_events(events: int, listings: int, seed: int = 1) -> Iterator[Point]:
    """Give a point for each tenth of the events."""
    warm()
    places, chance, at = Places(retention=30 * 24 * 60), random.Random(seed), 0
    for part in range(1, PARTS + 1):
        begin, seconds = at, 0.0
        while at < events * part // PARTS:
            run = _run_of(at, min(ROWS, events * part // PARTS - at), listings, chance)
            began = time.process_time()
            places.take(*run)
            seconds += time.process_time() - began
            at += len(run[0])
        size = places.nbytes() / len(places)
        yield Point(at, len(places), round(size, 1), round(seconds / (at - begin) * 1e6, 2))


def _run_of(at: int, count: int, listings: int, chance: random.Random) -> tuple[list, list, list, list]:
    keys = [_key(chance.randrange(listings)) for _ in range(count)]
    older = [chance.random() < 0.1 for _ in range(count)]
    numbers = range(at, at + count)
    places = [Place(0 if old else n, n, _event_id(n), b"%032x" % n) for n, old in zip(numbers, older, strict=True)]
    return keys, places, [False] * count, [1] * count


def _key(listing: int) -> bytes:
    # As long as the ids of a large marketplace are, and a ULID.
    return b"%010d" % listing


def _event_id(number: int) -> bytes:
    return b"01JD%022d" % number


def restore_from_kafka(listings: int) -> list[Restored]:
    """Give how long a worker waits on empty topics, and with the decisions of that many listings."""
    with running_kafka() as kafka:
        topics = Topics(kafka.address)
        topics.create(*NAMES)
        empty = asyncio.run(_restore(kafka.address))
        topics.append("decisions", decisions(listings))
        gc.collect()
        return [empty, asyncio.run(_restore(kafka.address))]


async def _restore(address: str) -> Restored:
    connection = {"bootstrap_servers": address}
    held = Outputs(NAMES, connection, writer="benchmark")
    order = Order(DecisionsLog("decisions", connection), held, 30)
    async with held, order:
        began = time.monotonic()
        order.assign(range(PARTITIONS), 1)
        assert all([await order.is_ours(partition) for partition in range(PARTITIONS)])
        seconds = time.monotonic() - began
        return Restored(sum(count for count, _ in order.sizes().values()), round(seconds, 2))


def decisions(count: int) -> Iterator[Event]:
    """Give a decision each of so many listings, as the shipped model and policies make them of 2,000 events in turn."""
    pipeline = load()[1]
    written = write_events(DECIDED)
    made = pipeline.run([FileRecord(event.value, event.key) for event in written], AS_OF)
    for number in range(count):
        event, outcome = written[number % DECIDED], made[number % DECIDED]
        yield Event(event.event_id, _key(number), _renamed(event, outcome, number))


def _renamed(event: Event, outcome: Outcome, number: int) -> bytes:
    named = outcome.value.replace(event.event_id.encode(), _event_id(number), 1)
    return named.replace(event.key, _key(number), 1)


if __name__ == "__main__":
    app()
