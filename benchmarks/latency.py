"""How long a decision takes from its event, p50 and p99: at low rates, and at half of what each contender manages.

    python -m benchmarks.latency [--output build/latency.json] [--seconds 8] [--quick]

An event's clock starts when this program's producer has it, and stops when a reader of what is committed has its
decision. The worker, held at each of those rates, beside Quix Streams with our classifier and textbook Faust; then the
worker with settings that trade latency against throughput. Needs Linux, Java 17 and Maven. Exit code 0: measured; 1: a
contender failed; 2: it cannot be measured here.
"""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from statistics import quantiles
from typing import Annotated

import orjson
import typer
from confluent_kafka import Producer
from rich.console import Console
from rich.table import Table

from benchmarks.command import exit_codes, say, write_figures
from benchmarks.contenders import KERAN, QUIX_KERAN, TEXTBOOK, Contender, present
from benchmarks.contest import LISTINGS, PATIENCE_SECONDS, Work, environment_of, measure, until, until_committed
from benchmarks.events import Event, write_events
from benchmarks.machine import describe, load_of, must_be_linux
from benchmarks.process import Process, started
from benchmarks.scaling import numbered
from benchmarks.topics import PARTITIONS, Topics
from stream.classify.artifact import find_entry
from stream.settings import read_settings
from tests.kafka.broker import running_kafka

WARM_UP, WRITTEN = 2_000, 20_000
LOW_RATES = (20.0, 100.0)
# How often the producer looks what is due. Events that are due together are sent together.
TICK_SECONDS = 0.002
# Beside the defaults, which the worker has in the first table.
SETTINGS: tuple[Mapping[str, str], ...] = (
    {"KERAN_RUN_ROWS": "100"},
    {"KERAN_RUN_ROWS": "500"},
    {"KERAN_RUN_ROWS": "10000"},
    {"KERAN_ORDER": "producer"},
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Latency:
    """What one contender took at one rate, in milliseconds; `manages` is what it decides a second of a backlog."""

    contender: str
    settings: Mapping[str, str]
    manages: float
    rate: float
    events: int
    p50: float
    p99: float


@app.command()
def main(
    output: Annotated[Path, typer.Option(help="The figures, as JSON.")] = Path("build/latency.json"),
    seconds: Annotated[float, typer.Option(min=1, help="How long each rate is held.")] = 8.0,
    quick: Annotated[bool, typer.Option(help="The worker alone, for two seconds a rate.")] = False,
) -> None:
    """Measure, write the figures, print the tables."""
    with exit_codes():
        _benchmark(output, 2.0 if quick else seconds, quick)


def _benchmark(output: Path, seconds: float, quick: bool) -> None:
    must_be_linux()
    settings = read_settings()
    entry = find_entry(settings.shelf, settings.model)
    before = load_of()
    others = [] if quick else [contender for contender in (QUIX_KERAN, TEXTBOOK) if present(contender)]
    with running_kafka() as kafka:
        topics = Topics(kafka.address)
        topics.create(LISTINGS)
        written = write_events(WARM_UP + max(WRITTEN, KERAN.quick))
        work = Work(topics, entry.absolute(), written[:WARM_UP], written[WARM_UP:])
        theirs = [each for who in others for each in measure_one(who, work, seconds, LOW_RATES)]
        # What is half load for another is a rate to be compared at.
        rates = sorted({*LOW_RATES, *(each.rate for each in theirs)})
        found = [*measure_one(KERAN, work, seconds, rates), *theirs]
        varied = [] if quick else [replace(work, settings=chosen) for chosen in SETTINGS]
        tuned = [each for other in varied for each in measure_one(KERAN, other, seconds, LOW_RATES[-1:])]
        machine = {**describe(kafka.jars, entry.name), "load_before": before, "load_after": load_of()}
    rows = {"contenders": [*map(asdict, found)], "settings": [*map(asdict, tuned)]}
    write_figures(output, {"machine": machine, "caveats": CAVEATS.splitlines()[1:], **rows})
    _show(machine, found, tuned)


def measure_one(contender: Contender, work: Work, seconds: float, rates: Sequence[float]) -> Iterator[Latency]:
    """Give a contender's latency at these rates and at half of what it manages. Raises ContenderFailed."""
    name = "-".join([contender.name, *work.settings.values()])
    run = measure(contender, work, contender.quick, f"{name}-manages")
    manages = run.events / run.wall_seconds
    topics = work.topics
    outputs = topics.create_outputs(name)
    topics.put_group(name, LISTINGS, topics.ends(LISTINGS))
    with started(contender, environment_of(work, name, outputs)) as process:
        with topics.counting(outputs["decisions"]) as count:
            topics.append(LISTINGS, work.warm_up)
            until(process, count, len(work.warm_up), "decisions")
        until_committed(process, topics, name)
        begin = WARM_UP + contender.quick
        for rate in (*rates, manages / 2):
            events = list(islice(numbered(work.events, int(rate * seconds), begin), int(rate * seconds)))
            begin += len(events)
            took = hold(rate, events, process, topics, outputs["decisions"])
            yield _told(Latency(contender.name, work.settings, manages, rate, len(took), *percentiles(took)))
    topics.delete(*outputs.values())


def percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    """Give p50 and p99 in milliseconds.

    >>> percentiles([number / 1000 for number in range(1, 100)])
    (50.0, 99.0)
    """
    cuts = quantiles(seconds, n=100)
    return round(cuts[49] * 1e3, 2), round(cuts[98] * 1e3, 2)


def hold(rate: float, events: Sequence[Event], process: Process, topics: Topics, decisions: str) -> list[float]:
    """Send events at a rate, and give the seconds that each one's decision took. Raises ContenderFailed."""
    sent: dict[str, float] = {}
    arrived: dict[str, float] = {}
    ended, wanted = threading.Event(), {event.event_id for event in events}
    caught_up = threading.Event()
    reader = threading.Thread(target=_note_arrivals, args=(topics, decisions, wanted, arrived, caught_up, ended))
    reader.start()
    try:
        if not caught_up.wait(PATIENCE_SECONDS):
            raise process.failed(f"made decisions that could not be read within {PATIENCE_SECONDS:.0f} s")
        _send_at(rate, events, topics.address, sent)
        until(process, lambda: len(arrived), len(events), "decisions")
    finally:
        ended.set()
        reader.join(PATIENCE_SECONDS)
    return [arrived[event_id] - moment for event_id, moment in sent.items()]


def _send_at(rate: float, events: Sequence[Event], address: str, sent: dict[str, float]) -> None:
    producer = Producer(
        {"bootstrap.servers": address, "log_level": 0, "acks": "all", "linger.ms": 0, "partitioner": "murmur2_random"}
    )
    # Connected before the clock starts.
    producer.list_topics(LISTINGS, timeout=PATIENCE_SECONDS)
    began, at = time.perf_counter(), 0
    while at < len(events):
        due = min(len(events), int((time.perf_counter() - began) * rate) + 1)
        for event in events[at:due]:
            producer.produce(LISTINGS, event.value, event.key)
            sent[event.event_id] = time.perf_counter()
        at = max(at, due)
        producer.poll(0)
        time.sleep(TICK_SECONDS)
    producer.flush(PATIENCE_SECONDS)


def _note_arrivals(
    topics: Topics,
    decisions: str,
    wanted: set[str],
    arrived: dict[str, float],
    caught_up: threading.Event,
    ended: threading.Event,
) -> None:
    partitions_read: set[int] = set()
    with topics.reading(decisions) as consumer:
        while not ended.is_set():
            first = consumer.poll(0.1)
            # `consume` waits until it has as many as it is asked for, so it takes only what is there.
            records = [] if first is None else [first, *consumer.consume(10_000, timeout=0)]
            now = time.perf_counter()
            # An error is the end of a partition, for now.
            partitions_read |= {record.partition() for record in records if record.error()}
            values = [record.value() for record in records if record.error() is None]
            arrived |= dict.fromkeys(wanted & {orjson.loads(value)["event_id"] for value in values}, now)
            if len(partitions_read) == PARTITIONS:
                caught_up.set()


def _told(found: Latency) -> Latency:
    say(f"{_name(found)} at {found.rate:,.0f} a second: p50 {found.p50} ms, p99 {found.p99} ms", markup=False)
    return found


def _name(found: Latency) -> str:
    settings = " ".join(f"{name}={value}" for name, value in found.settings.items())
    return f"{found.contender} {settings}".strip()


CAVEATS = """\
Before the figures:
- One broker, one machine: contender, broker and this program share its cores. A wait for a core is in every figure;
  what else ran is in the load, how many threads ran or waited for one in the last minute.
- Half of what a contender manages is not the same rate for each: compare where the worker is held at another's.
- Where few events are sent, the slowest two make p99: see how many there were.
- The clock starts when the producer is given the event, so two trips to the broker are in it.
- `manages` is one short run on a backlog: see `make bench` for throughput."""


def _show(machine: Mapping, found: Sequence[Latency], tuned: Sequence[Latency]) -> None:
    out = Console(highlight=False, soft_wrap=True, width=120)
    facts = ", ".join(f"{name} {value}" for name, value in machine.items())
    out.print(f"{CAVEATS}\n\n{facts}\n", markup=False)
    for rows in filter(None, (found, tuned)):
        table = Table("contender", "manages, a second", "held, a second", "p50, ms", "p99, ms", "events")
        for row in rows:
            rates = (f"{row.manages:,.0f}", f"{row.rate:,.0f}")
            table.add_row(_name(row), *rates, f"{row.p50:,.1f}", f"{row.p99:,.1f}", f"{row.events:,}")
        out.print(table)


if __name__ == "__main__":
    app()
