"""Costs of workers -> what is published of them: figures, the table, the chart, and what is not as it should be."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import linear_regression, median

from rich.console import Console
from rich.table import Table

# What two workers must reach each, of what one does alone; and how far costs may lie apart to be called flat.
LEAST_SHARE, MOST_APART = 0.85, 1.15
# Below so many events a run lasts too briefly for its CPU time, told in hundredths of a second, to say much.
JUDGED_FROM = 100_000


@dataclass(frozen=True)
class Cost:
    """What a run of one or more workers took: of each, the events that it decided and its CPU seconds."""

    events: int
    wall_seconds: float
    decided: tuple[int, ...]
    cpu_seconds: tuple[float, ...]

    @property
    def microseconds(self) -> float:
        """CPU an event, of all workers."""
        return sum(self.cpu_seconds) / sum(self.decided) * 1e6

    @property
    def rates(self) -> tuple[float, ...]:
        """Events a CPU-second of each worker."""
        return tuple(count / seconds for count, seconds in zip(self.decided, self.cpu_seconds, strict=True))


def slope_of(costs: Sequence[Cost]) -> float:
    """Give the CPU microseconds that an event takes more where there are ten times as many; 0 of one size."""
    judged = [cost for cost in costs if cost.events >= JUDGED_FROM]
    if len(judged) < 2:
        return 0.0
    return linear_regression([math.log10(c.events) for c in judged], [c.microseconds for c in judged]).slope


def shares_of(beside: Sequence[tuple[Cost, Cost]]) -> list[float]:
    """Give each of two workers' events a CPU-second, in those of one alone beside it: medians of the runs."""
    runs = [[rate / one.rates[0] for rate in two.rates] for one, two in beside]
    return [median(run[worker] for run in runs) for worker in (0, 1)]


def broken(alone: Sequence[Cost], beside: Sequence[tuple[Cost, Cost]]) -> list[str]:
    """Say in words what is not as it should be."""
    judged = [cost.microseconds for cost in alone if cost.events >= JUDGED_FROM]
    apart = max(judged) / min(judged) if judged else 1.0
    problems = (
        [f"costs an event lie {apart:.2f} times apart, expected at most {MOST_APART}"] if apart > MOST_APART else []
    )
    return problems + [
        f"one of two workers makes {share:.2f} of one worker's events a CPU-second, expected at least {LEAST_SHARE}"
        for share in shares_of(beside)
        if share < LEAST_SHARE
    ]


def figures_of(alone: Sequence[Cost], beside: Sequence[tuple[Cost, Cost]]) -> dict:
    """Give everything measured, as plain values."""
    return {
        "alone": [{**asdict(cost), "cpu_microseconds": round(cost.microseconds, 2)} for cost in alone],
        "slope_microseconds_a_tenfold": round(slope_of(alone), 3),
        "beside": [[asdict(cost) for cost in pair] for pair in beside],
        "shares_of_two": [round(share, 3) for share in shares_of(beside)],
    }


def show(machine: dict, alone: Sequence[Cost], beside: Sequence[tuple[Cost, Cost]]) -> None:
    """Print caveats, machine, table and what comes of them."""
    out = Console(highlight=False, soft_wrap=True, width=120)
    out.print(
        CAVEATS.format(judged=JUDGED_FROM) + "\n\n" + ", ".join(f"{name} {value}" for name, value in machine.items()),
        markup=False,
    )
    table = Table("events", "us of CPU an event", "events a second")
    for cost in alone:
        table.add_row(f"{cost.events:,}", f"{cost.microseconds:.2f}", f"{cost.events / cost.wall_seconds:,.0f}")
    out.print(table)
    one, other = shares_of(beside)
    out.print(f"slope: {slope_of(alone):+.2f} us where there are ten times as many, from {JUDGED_FROM:,} events on")
    out.print(f"two workers: {one:.2f} and {other:.2f} of one worker's events a CPU-second")


CAVEATS = """\
Before the figures:
- One broker, one machine: workers, broker and this program share its cores. Two workers on two cores wait for each
  other, so their CPU time is what is compared and not events a second.
- Titles are 20,000 in turn, many more than a run of the worker holds, of a million listings at most.
- CPU time is told in hundredths of a second: below {judged:,} events it is shown and not judged."""


def write_chart(costs: Sequence[Cost], file: Path) -> None:
    """Draw CPU an event against events; SVG or PNG by the file's name. Needs matplotlib."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.5), layout="constrained")
    axes = figure.subplots()
    axes.plot([cost.events for cost in costs], [cost.microseconds for cost in costs], marker="o", color="#b5543c")
    axes.set(xscale="log", xlabel="events (logarithmic)", ylabel="us of CPU an event")
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file)
