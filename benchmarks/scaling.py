"""Whether the worker's cost stays the same: CPU an event from ten thousand events to ten million, and of two workers.

    python -m benchmarks.scaling [--output build/scaling.json] [--chart build/scaling.svg] [--events 10000000] [--quick]

Sizes are powers of ten up to `--events`, each on topics of its own, of a million listings at most; then two workers of
one group share the partitions. Events are withheld in a transaction until all are there, and workers idle until then.
Needs Linux, Java 17 and Maven, and 2 KB of disk an event. Exit code 0: measured, and as it should be; 1: not so, or a
worker failed; 2: it cannot be measured here.
"""

import json
import math
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated
from urllib.request import urlopen

import typer
from rich.console import Console

from benchmarks.contenders import KERAN
from benchmarks.contest import LOOK_SECONDS, PATIENCE_SECONDS, Work, environment_of, until, until_committed
from benchmarks.events import Event, write_events
from benchmarks.machine import describe, must_be_linux
from benchmarks.process import ContenderFailed, Process, started
from benchmarks.scaling_report import Cost, broken, figures_of, show, write_chart
from benchmarks.topics import Topics
from stream.classify.artifact import find_entry
from stream.problems import BadSetup, Problem
from stream.settings import read_settings
from tests.kafka.broker import NoKafka, free_ports, running_kafka

SMALLEST, LISTINGS, WRITTEN, WARM_UP = 10_000, 1_000_000, 20_000, 10_000
BYTES_AN_EVENT = 2_048

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
say = Console(stderr=True, highlight=False, soft_wrap=True).print


@app.command()
def main(
    output: Annotated[Path, typer.Option(help="The figures, as JSON.")] = Path("build/scaling.json"),
    chart: Annotated[Path | None, typer.Option(help="The costs, drawn: .svg or .png.")] = None,
    events: Annotated[int, typer.Option(min=SMALLEST, help="Events of the largest run.")] = 10_000_000,
    pairs: Annotated[int, typer.Option(min=1, help="Runs of two workers, each beside one of one worker.")] = 3,
    pair_events: Annotated[int, typer.Option(min=SMALLEST, help="Events of each of those.")] = 1_000_000,
    quick: Annotated[bool, typer.Option(help="A tiny run that shows everything works; judges nothing.")] = False,
) -> None:
    """Measure, write the figures, print the table."""
    sizes, pair = ([SMALLEST], SMALLEST) if quick else (sizes_up_to(events), min(pair_events, events))
    try:
        code = _benchmark(output, chart, sizes, 1 if quick else pairs, pair, judge=not quick)
    except (BadSetup, NoKafka) as reason:
        say(str(reason), markup=False)
        code = 2
    except ContenderFailed as failure:
        say(str(failure), markup=False)
        code = 1
    raise typer.Exit(code)


def sizes_up_to(events: int) -> list[int]:
    """Give the powers of ten from ten thousand.

    >>> sizes_up_to(2_000_000)
    [10000, 100000, 1000000]
    """
    return [10**power for power in range(int(math.log10(SMALLEST)), int(math.log10(events)) + 1)]


def _benchmark(output: Path, chart: Path | None, sizes: Sequence[int], pairs: int, pair: int, *, judge: bool) -> int:
    must_be_linux()
    must_have_room(max(*sizes, pair))
    settings = read_settings()
    entry = find_entry(settings.shelf, settings.model)
    written = write_events(WRITTEN)
    with running_kafka() as kafka:
        work = Work(Topics(kafka.address), entry.absolute(), written, ())
        alone = [_told(measure(work, size, 1, f"alone-{size}")) for size in sizes]
        beside = [
            tuple(_told(measure(work, pair, workers, f"{workers}-of-{turn}")) for workers in (1, 2))
            for turn in range(pairs)
        ]
        machine = describe(kafka.jars, entry.name)
    output.parent.mkdir(parents=True, exist_ok=True)
    figures = {"machine": machine, **figures_of(alone, beside)}
    output.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if chart:
        write_chart(alone, chart)
    show(machine, alone, beside)
    problems = broken(alone, beside) if judge else []
    for problem in problems:
        say(f"error: {problem}", markup=False)
    return 1 if problems else 0


def must_have_room(events: int) -> None:
    """Raise BadSetup where the disk cannot hold the events and their decisions."""
    folder = Path(tempfile.gettempdir())
    needed, free = events * BYTES_AN_EVENT, shutil.disk_usage(folder).free
    if free < needed:
        found = f"expected {needed / 2**30:.1f} GiB free for {events:,} events, got {free / 2**30:.1f} GiB"
        raise BadSetup([Problem(found, f"folder `{folder}`", "fewer `--events`, or another `TMPDIR`")])


def numbered(written: Sequence[Event], count: int, begin: int = 0) -> Iterator[Event]:
    """Give events as they are written, in turn, each with an id of its own and newer than its listing's last."""
    for number in range(begin, begin + count):
        like = written[number % len(written)]
        event_id, key = f"01JD{number:022d}", b"L-%d" % (number % LISTINGS)
        value = like.value.replace(b'"%b"' % like.event_id.encode(), b'"%b"' % event_id.encode(), 1)
        yield Event(event_id, key, value.replace(b'"%b"' % like.key, b'"%b"' % key, 1))


def measure(work: Work, events: int, workers: int, name: str) -> Cost:
    """Let workers of one group decide so many events on topics of their own. Raises ContenderFailed."""
    topics, listings = work.topics, f"listings.{name}"
    outputs = topics.create_outputs(name)
    topics.create(listings)
    topics.put_group(name, listings, topics.ends(listings))
    environment = {**environment_of(work, name, outputs), "KERAN_TOPIC_LISTINGS": listings}
    with ExitStack() as stack, topics.counting(outputs["decisions"]) as count:
        ports = free_ports(workers)
        group = [stack.enter_context(started(KERAN, {**environment, "KERAN_HTTP_PORT": str(p)})) for p in ports]
        for process, port in zip(group, ports, strict=True):
            until_ready(process, port)
        topics.append(listings, numbered(work.warm_up, WARM_UP))
        _all_decided(group, topics, name, listings, count, WARM_UP)
        release = topics.withhold(listings, numbered(work.warm_up, events, WARM_UP))
        before = [(decided_by(port), process.cpu_seconds()) for process, port in zip(group, ports, strict=True)]
        release()
        wall = time.perf_counter()
        until(group[0], count, WARM_UP + events, "decisions")
        wall = time.perf_counter() - wall
        _all_decided(group, topics, name, listings, count, WARM_UP + events)
        after = [(decided_by(port), process.cpu_seconds()) for process, port in zip(group, ports, strict=True)]
    topics.delete(listings, *outputs.values())
    shares = [(late[0] - early[0], late[1] - early[1]) for early, late in zip(before, after, strict=True)]
    return Cost(events, wall, *zip(*shares, strict=True))


def _all_decided(
    group: Sequence[Process], topics: Topics, name: str, listings: str, count: Callable[[], int], expected: int
) -> None:
    until(group[0], count, expected, "decisions")
    # The marker behind withheld events takes an offset too, and is committed over.
    until_committed(group[0], topics, name, listings)
    for process in group:
        process.must_run()


def until_ready(process: Process, port: int) -> None:
    """Wait until a worker has its share of the partitions. Raises ContenderFailed."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _is_ready(port):
        process.must_run()
        if time.monotonic() > deadline:
            raise process.failed(f"was not ready within {PATIENCE_SECONDS:.0f} s")
        time.sleep(10 * LOOK_SECONDS)


def _is_ready(port: int) -> bool:
    try:
        return urlopen(f"http://127.0.0.1:{port}/ready", timeout=5).status == 200
    except OSError:
        return False


def decided_by(port: int) -> int:
    """Give the decisions that a worker says it has made."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return sum(
        int(float(line.rsplit(" ", 1)[1])) for line in lines if line.startswith('keran_outcomes_total{kind="decision"')
    )


def _told(cost: Cost) -> Cost:
    rates = " and ".join(f"{rate:,.0f}" for rate in cost.rates)
    say(f"{cost.events:,} events: {cost.microseconds:.2f} us of CPU an event, {rates} events a CPU-second")
    return cost


if __name__ == "__main__":
    app()
