"""How long a worker in mid-work takes to stop when it is told to, and whether all that it decided is committed.

    python -m benchmarks.stop [--output build/stop.json] [--stops 5] [--within 2]

A backlog waits, and the worker is told to stop (SIGTERM) when it has decided a tenth of it. `undisturbed` is the time
by the clock less what the worker waited for a core, as the kernel tells. Needs Linux, Java 17 and Maven. Exit code 0:
the slowest stop took no longer than `--within`, undisturbed, and as many offsets were committed as decisions made; 1:
not so, or a worker failed; 2: it cannot be measured here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.command import exit_codes, on_kafka, say, write_figures
from benchmarks.contenders import KERAN
from benchmarks.contest import LISTINGS, Work, environment_of, until
from benchmarks.process import started

BACKLOG, DECIDED = 200_000, 20_000

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Stop:
    """One stop: seconds by the clock, of them undisturbed, and the events decided by then."""

    wall: float
    undisturbed: float
    decided: int


@app.command()
def main(
    output: Annotated[Path, typer.Option(help="The figures, as JSON.")] = Path("build/stop.json"),
    stops: Annotated[int, typer.Option(min=1, help="How many stops are measured.")] = 5,
    within: Annotated[float, typer.Option(help="Seconds that the slowest stop may take.")] = 2.0,
) -> None:
    """Measure, write the figures, print the table."""
    with exit_codes():
        slowest = _benchmark(output, stops)
    if slowest > within:
        say(f"the slowest stop took {slowest:.1f} s undisturbed, more than {within:g} s")
        raise typer.Exit(1)


def _benchmark(output: Path, stops: int) -> float:
    machine, measured = on_kafka(
        BACKLOG, lambda work: [measure_stop(work, f"stop-{number}") for number in range(stops)]
    )
    write_figures(output, {"machine": machine, "stops": [*map(asdict, measured)]})
    _show(machine, measured)
    return max(stop.undisturbed for stop in measured)


def measure_stop(work: Work, name: str) -> Stop:
    """Stop a worker of its own group in mid-work. Raises ContenderFailed where what it decided is not committed."""
    topics = work.topics
    outputs = topics.create_outputs(name)
    topics.put_group(name, LISTINGS, dict.fromkeys(topics.ends(LISTINGS), 0))
    with (
        topics.counting(outputs["decisions"]) as count,
        started(KERAN, environment_of(work, name, outputs)) as process,
    ):
        until(process, count, DECIDED, "decisions")
        wall, undisturbed = process.end()
        committed = sum(topics.committed(name, LISTINGS).values())
        decided = sum(1 for _ in topics.read(outputs["decisions"]))
        if committed != decided:
            raise process.failed(f"had decided {decided:,} events and committed {committed:,}")
    topics.delete(*outputs.values())
    return Stop(round(wall, 3), round(undisturbed, 3), decided)


CAVEATS = """\
Before the figures:
- One broker, one machine. What else ran is in the load, and a worker's wait for a core in the time by the clock.
- Undisturbed still holds the broker's own waits for a core."""


def _show(machine: Mapping, measured: Sequence[Stop]) -> None:
    out = Console(highlight=False, soft_wrap=True, width=120)
    facts = ", ".join(f"{name} {value}" for name, value in machine.items())
    out.print(f"{CAVEATS}\n\n{facts}\n", markup=False)
    table = Table("of so many stops", "undisturbed, s: median", "slowest", "by the clock, s: median", "slowest")
    alone, walls = [stop.undisturbed for stop in measured], [stop.wall for stop in measured]
    table.add_row(str(len(measured)), *(f"{figure:.2f}" for of in (alone, walls) for figure in (median(of), max(of))))
    out.print(table)


if __name__ == "__main__":
    app()
