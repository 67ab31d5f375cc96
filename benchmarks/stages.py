"""Microseconds an event of each stage of the pipeline and of the worker's outputs, without a broker.

    python -m benchmarks.stages [--rows 2000] [--seconds 3]

Runs of seeded events come in as what aiokafka fetched: batches in Kafka's own format, taken apart by its parser. Each
stage is timed alone, over and over, by the process's CPU time; the median is shown. What Faust, the event loop and the
socket cost is what is missing to the figure of `benchmarks.throughput`.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import Annotated, Any

import typer
from aiokafka.producer.message_accumulator import BatchBuilder
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchmarks.events import write_events
from stream.classify.classifier import classify
from stream.compose import load
from stream.contract.decision import write_decisions
from stream.contract.fields import TITLE
from stream.contract.instant import instant_at
from stream.contract.read import read_run
from stream.decide.decide import decide
from stream.engines.fetched import Unread, read_fetched
from stream.engines.outputs import Topics, fill, route, spread
from stream.engines.worker import spare_the_collector

RUNS = 10
PARTITIONS = 4
_NOW = instant_at(1_627_956_001_000_000)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
Stage = tuple[str, Callable[[Any], Any]]


@app.command()
def main(
    rows: Annotated[int, typer.Option(min=1, help="Records a run.")] = 2_000,
    seconds: Annotated[float, typer.Option(help="How long each stage is repeated.")] = 3.0,
) -> None:
    """Measure, print a line a stage."""
    settings, pipeline = load()
    spare_the_collector()
    fetched = list(_fetched(rows))
    table = Table("stage", "us an event", "share", box=SIMPLE_HEAD)
    figures: dict[str, float] = {}
    given: list[Any] = fetched
    for name, work in _stages(pipeline):
        figures[name] = _microseconds(work, given, rows, seconds)
        given = [work(each) for each in given]
    for name, figure in figures.items():
        table.add_row(name, f"{figure:.2f}", f"{figure / sum(figures.values()):.0%}")
    table.add_row(
        "all of these", f"{sum(figures.values()):.2f}", f"{1e6 / sum(figures.values()):,.0f} events a CPU-second"
    )
    out = Console(highlight=False, soft_wrap=True, width=120).print
    out(f"{RUNS} runs of {rows:,} records, model {settings.model or pipeline.model.id}")
    out(table)


def _stages(pipeline: Any) -> list[Stage]:
    """Give the stages in the order of a run: each takes what the one before gave, and what else is known by then."""
    topics = Topics("decisions", "dead", "reviews")

    def read(records: Any) -> Any:
        return read_run(records)

    def scored(run: Any) -> Any:
        return run.events, classify(pipeline.model, run.events.column(TITLE))

    def ruled(known: Any) -> Any:
        events, classifications = known
        return *known, decide(pipeline.policies, events, classifications, [_NOW] * len(events))

    def written(known: Any) -> Any:
        events, classifications, rulings = known
        return write_decisions(events, classifications, rulings, [_NOW] * len(events))

    def filled(outcomes: Any) -> Any:
        # A batch is built once, when it is sent: its header and checksum belong to what filling it costs.
        routed = route(outcomes, topics).values()
        batches = [fill(there, spread(there, PARTITIONS, 0)) for there in routed]
        return [batch._build() for held in batches for several in held.values() for batch in several]

    return [
        ("take record batches apart", _take_apart),
        ("read: check and decode JSON", read),
        ("classify: fold and score titles", scored),
        ("decide", ruled),
        ("write decisions", written),
        ("route, fill and close output batches", filled),
    ]


def _fetched(rows: int) -> Iterator[bytes]:
    """Give runs as a broker hands them over: one partition's bytes, batches as `benchmarks.topics` writes them."""
    events = write_events(rows * RUNS)
    for start in range(0, len(events), rows):
        batch = BatchBuilder(rows * 1_000, 0)
        for event in events[start : start + rows]:
            batch.append(timestamp=1_627_956_001_000, key=event.key, value=event.value)
        yield bytes(batch._build())


def _take_apart(fetched: bytes) -> Sequence[Any]:
    answer = read_fetched(fetched, 0, [])
    return Unread(answer, 0).take("listings", 0, len(answer.facts))


def _microseconds(work: Callable[[Any], Any], given: list[Any], rows: int, seconds: float) -> float:
    """Give the median CPU time an event, of every run in turn until `seconds` are over; the first round warms up."""
    spent: list[float] = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for each in given:
            begin = time.process_time()
            work(each)
            spent.append(time.process_time() - begin)
    return median(spent[len(given) :] or spent) / rows * 1e6


if __name__ == "__main__":
    app()
