"""Events per CPU-second and per second on Apache Kafka: the worker beside what else one would write.

    python -m benchmarks.throughput [--output build/bench.json] [--chart build/bench.svg] [--runs 3]
                                    [--events NAME=COUNT]... [--only NAME]... [--quick]

Every contender reads the same topic of seeded events and writes JSON decisions, with the same model and acks=all, one
after the other in turn. Needs Linux, Java 17 and Maven. Exit code 0: measured, and the targets are reached; 1: they are
not, or a contender failed; 2: it cannot be measured here.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from benchmarks import report
from benchmarks.contenders import CONTENDERS, KERAN, Contender, present
from benchmarks.contest import LISTINGS, Run, Work, measure
from benchmarks.events import Event, write_events
from benchmarks.machine import describe, must_be_linux
from benchmarks.process import ContenderFailed
from benchmarks.topics import PARTITIONS, Topics
from stream.classify.artifact import find_entry
from stream.problems import BadSetup, Problem, did_you_mean
from stream.settings import read_settings
from tests.kafka.broker import NoKafka, running_kafka

# Whatever a contender makes on first use is there after two of `take`'s batches.
WARM_UP = 2_000

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
say = Console(stderr=True, highlight=False, soft_wrap=True).print


@app.command()
def main(
    output: Annotated[Path, typer.Option(help="The figures, as JSON.")] = Path("build/bench.json"),
    runs: Annotated[int | None, typer.Option(min=1, help="Runs a contender; default 3, quick 1.")] = None,
    events: Annotated[list[str] | None, typer.Option(metavar="NAME=COUNT", help="Events a run of a contender.")] = None,
    only: Annotated[list[str] | None, typer.Option(metavar="NAME", help="These alone; judges no target.")] = None,
    chart: Annotated[Path | None, typer.Option(help="The figures, drawn: .svg or .png.")] = None,
    quick: Annotated[bool, typer.Option(help="A tiny run that shows everything works; judges no target.")] = False,
    seed: Annotated[int, typer.Option(help="What the events are drawn with.")] = 1,
) -> None:
    """Measure, write the figures, print the table."""
    try:
        counts = {contender: contender.quick if quick else contender.events for contender in _taking_part(only or [])}
        counts |= {contender: count for contender, count in _chosen(events or []).items() if contender in counts}
        code = _benchmark(output, chart, runs or (1 if quick else 3), counts, seed, judge=not (quick or only))
    except (BadSetup, NoKafka) as reason:
        say(str(reason), markup=False)
        code = 2
    except ContenderFailed as failure:
        say(str(failure), markup=False)
        code = 1
    raise typer.Exit(code)


def _benchmark(
    output: Path, chart: Path | None, times: int, counts: dict[Contender, int], seed: int, judge: bool
) -> int:
    must_be_linux()
    settings = read_settings()
    entry = find_entry(settings.shelf, settings.model)
    say(f"writing {max(counts.values()):,} events")
    written = write_events(WARM_UP + max(counts.values()), seed)
    with running_kafka() as kafka:
        topics = Topics(kafka.address)
        topics.create(LISTINGS)
        work = Work(topics, entry.absolute(), written[:WARM_UP], written[WARM_UP:])
        runs = _in_turn(work, counts, times)
        machine = describe(kafka.jars, entry.name)
    rows = report.rows_of(runs)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    if chart:
        report.write_chart(rows, chart)
    _show(machine, rows, runs, written)
    return _judge(rows) if judge else 0


def _in_turn(work: Work, counts: dict[Contender, int], times: int) -> list[Run]:
    runs = []
    for turn in range(1, times + 1):
        for contender, count in counts.items():
            run = measure(contender, work, count, f"{contender.name}-{turn}")
            rates = f"{count / run.cpu_seconds:,.0f} a CPU-second, {count / run.wall_seconds:,.0f} a second"
            say(f"run {turn}, {contender.name}: {count:,} events, {rates}")
            runs.append(run)
    return runs


def _show(machine: dict, rows: list[dict], runs: Sequence[Run], events: Sequence[Event]) -> None:
    # Whole lines also where the output is a pipe, for which rich would assume 80 columns.
    out = Console(highlight=False, soft_wrap=True, width=120).print
    size = sum(len(event.value) for event in events) / len(events)
    title = sum(len(orjson.loads(event.value)["listing"]["title"].encode()) for event in events) / len(events)
    facts = {"warm_up": WARM_UP, "partitions": PARTITIONS, "event_bytes": size, "title_bytes": title}
    out(report.CAVEATS.format(**facts), markup=False)
    out("\n" + ", ".join(f"{name} {value}" for name, value in machine.items()) + "\n", markup=False)
    out(report.table_of(rows, runs))


def _judge(rows: list[dict]) -> int:
    rates = report.rates_of(rows)
    Console(highlight=False, soft_wrap=True, width=120).print(report.targets_of(rates))
    broken = report.broken(rates)
    for line in broken:
        say(f"error: {line}", markup=False)
    return 1 if broken else 0


def _taking_part(only: Sequence[str]) -> list[Contender]:
    """Give who takes part: all that are installed, or those named and the worker, whom the others are compared with."""
    known = {contender.name: contender for contender in CONTENDERS}
    missing = [contender.name for contender in CONTENDERS if not present(contender)]
    if missing:
        say(f"not installed here, left out: {', '.join(missing)}; `make bench` installs what this Python takes")
    unknown = [name for name in only if name not in known]
    if unknown:
        raise BadSetup(
            [_unknown("--only", f"a contender, got `{name}`{did_you_mean(name, known)}") for name in unknown]
        )
    named = {*(only or known), KERAN.name} - {*missing}
    return [contender for contender in CONTENDERS if contender.name in named]


def _chosen(events: Sequence[str]) -> dict[Contender, int]:
    known = {contender.name: contender for contender in CONTENDERS}
    chosen, problems = {}, []
    for text in events:
        name, _, count = text.partition("=")
        if name in known and count.isdecimal() and int(count):
            chosen[known[name]] = int(count)
        else:
            problems.append(_unknown("--events", f"a contender and a count, got `{text}`{did_you_mean(name, known)}"))
    if problems:
        raise BadSetup(problems)
    return chosen


def _unknown(option: str, found: str) -> Problem:
    hint = f"contenders: {', '.join(contender.name for contender in CONTENDERS)}"
    return Problem(f"expected {found}", f"command line, `{option}`", hint)


if __name__ == "__main__":
    app()
