"""How long a worker takes from its process's beginning to its first decision, and what of it takes how long.

    python -m benchmarks.start [--output build/start.json] [--starts 5] [--within 5]

Its state is empty: one event waits, nothing is decided. A part ends where the worker's log says so; a reader of what
is committed sees the last one end. Compiled code lies in numba's cache, put there by a start that is not counted.
`undisturbed` is the time by the clock less what the worker waited for a core, as the kernel tells. Needs Linux, Java 17
and Maven. Exit code 0: the quickest start took no longer than `--within`, undisturbed; 1: it did, or a worker failed;
2: it cannot be measured here.
"""

import time
from collections.abc import Callable, Mapping, Sequence
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
from benchmarks.process import LOOK_SECONDS, Process, started

# What the worker logs where a part ends, in order, and what that part was.
ENDS: Mapping[str, str] = {
    "loaded": "import, load, warm the pair",
    "brokers checked": "ask brokers for rights and topics",
    "starting": "warm the engine, build the app",
    "reading decisions": "connect and join the group",
    "decisions read": "read `decisions` back, behind the fence",
}
LAST = "decide the first run"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


# By the clock, undisturbed, and of CPU.
Seconds = tuple[float, float, float]


@dataclass(frozen=True)
class Part:
    """What one part of a start took: seconds by the clock, of them undisturbed, and CPU seconds of all threads."""

    name: str
    wall: float
    undisturbed: float
    cpu: float


@app.command()
def main(
    output: Annotated[Path, typer.Option(help="The figures, as JSON.")] = Path("build/start.json"),
    starts: Annotated[int, typer.Option(min=1, help="How many starts are measured.")] = 5,
    within: Annotated[float, typer.Option(help="Seconds that the quickest start may take.")] = 5.0,
) -> None:
    """Measure, write the figures, print the table."""
    with exit_codes():
        quickest = _benchmark(output, starts)
    if quickest > within:
        say(f"the quickest start took {quickest:.1f} s undisturbed, more than {within:g} s")
        raise typer.Exit(1)


def _benchmark(output: Path, starts: int) -> float:
    machine, (_, *measured) = on_kafka(
        1, lambda work: [measure_start(work, f"start-{number}") for number in range(starts + 1)]
    )
    write_figures(output, {"machine": machine, "starts": [[asdict(part) for part in start] for start in measured]})
    _show(machine, measured)
    return min(_whole(start).undisturbed for start in measured)


def measure_start(work: Work, name: str) -> list[Part]:
    """Start a worker of a group of its own, and give what each part took until a decision is there."""
    outputs = work.topics.create_outputs(name)
    work.topics.put_group(name, LISTINGS, dict.fromkeys(work.topics.ends(LISTINGS), 0))
    with work.topics.counting(outputs["decisions"]) as count:
        count()
        began = time.perf_counter()
        with started(KERAN, environment_of(work, name, outputs)) as process:
            ends = [_at(process, began, lambda end=end: process.logged(end), end) for end in ENDS]
            ends.append(_at(process, began, count, "decisions"))
    work.topics.delete(*outputs.values())
    return parts_of(ends)


def _at(process: Process, began: float, found: Callable[[], int], what: str) -> Seconds:
    until(process, found, 1, what, LOOK_SECONDS)
    wall = time.perf_counter() - began
    return wall, wall - process.core_waits(), process.cpu_seconds()


def parts_of(ends: Sequence[Seconds]) -> list[Part]:
    """Give the parts whose ends these are, in seconds since the process began.

    >>> parts_of([(1.5, 1.25, 1.0), (2.0, 1.5, 1.125)])[1]
    Part(name='ask brokers for rights and topics', wall=0.5, undisturbed=0.25, cpu=0.125)
    """
    begins = [(0.0, 0.0, 0.0), *ends]
    return [
        Part(name, *(round(till - since, 3) for since, till in zip(begin, end, strict=True)))
        for name, begin, end in zip([*ENDS.values(), LAST], begins, ends, strict=False)
    ]


CAVEATS = """\
Before the figures:
- One broker, one machine. Medians of the starts. What else ran is in the load, and its wait for a core by the clock.
- Undisturbed still holds the brokers' own waits for a core.
- The brokers' `group.initial.rebalance.delay.ms` is 0 here. By default a first worker waits 3 s for others."""


def _show(machine: Mapping, measured: Sequence[Sequence[Part]]) -> None:
    out = Console(highlight=False, soft_wrap=True, width=120)
    facts = ", ".join(f"{name} {value}" for name, value in machine.items())
    out.print(f"{CAVEATS}\n\n{facts}\n", markup=False)
    table = Table("part", "undisturbed, s", "quickest", "CPU, s", "by the clock, s")
    for parts in [*zip(*measured, strict=True), [_whole(start) for start in measured]]:
        alone = [part.undisturbed for part in parts]
        figures = (median(alone), min(alone), median(part.cpu for part in parts), median(part.wall for part in parts))
        table.add_row(parts[0].name, *(f"{figure:.2f}" for figure in figures))
    out.print(table)


def _whole(start: Sequence[Part]) -> Part:
    return Part("all", *(sum(getattr(part, what) for part in start) for what in ("wall", "undisturbed", "cpu")))


if __name__ == "__main__":
    app()
