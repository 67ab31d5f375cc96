"""What the benchmarks on Apache Kafka do alike as commands: exit codes, figures on disk, a broker with events on it."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import typer
from rich.console import Console

from benchmarks.contest import LISTINGS, Work
from benchmarks.events import write_events
from benchmarks.machine import describe, load_of, must_be_linux
from benchmarks.process import ContenderFailed
from benchmarks.topics import Topics
from stream.classify.artifact import find_entry
from stream.problems import BadSetup
from stream.settings import read_settings
from tests.kafka.broker import NoKafka, running_kafka

say = Console(stderr=True, highlight=False, soft_wrap=True).print
Measured = TypeVar("Measured")


@contextmanager
def exit_codes() -> Iterator[None]:
    """Tell what went wrong and end: with exit code 2 where it cannot be measured here, 1 where a contender failed."""
    try:
        yield
    except (BadSetup, NoKafka) as reason:
        say(str(reason), markup=False)
        raise typer.Exit(2) from None
    except ContenderFailed as failure:
        say(str(failure), markup=False)
        raise typer.Exit(1) from None


def write_figures(output: Path, figures: Mapping[str, Any]) -> None:
    """Write figures as JSON, into a folder that need not be there."""
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def on_kafka(events: int, measure: Callable[[Work], Measured]) -> tuple[dict[str, Any], Measured]:
    """Measure with so many events on a broker of its own; give what it was measured on, and what it gave."""
    must_be_linux()
    settings = read_settings()
    entry = find_entry(settings.shelf, settings.model)
    before = load_of()
    with running_kafka() as kafka:
        topics = Topics(kafka.address)
        topics.create(LISTINGS)
        topics.append(LISTINGS, write_events(events))
        measured = measure(Work(topics, entry.absolute(), (), ()))
        machine = {**describe(kafka.jars, entry.name), "load_before": before, "load_after": load_of()}
    return machine, measured
