"""Runs -> what is published of them: rows of medians, the table, the chart, and the targets beside what was measured.

Every figure comes from the runs it is given; none stands here but the targets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from benchmarks import contenders as who
from benchmarks.contenders import KERAN
from benchmarks.contest import Run


@dataclass(frozen=True)
class Target:
    """What the worker must reach: so many events per CPU-second, or so many times those of the best of some others."""

    words: str
    least: float
    others: tuple[who.Contender, ...] = ()

    def figure(self, rates: Mapping[str, float]) -> float:
        """Give what was measured. Raises KeyError where none of the others was."""
        found = [rates[other.name] for other in self.others if other.name in rates]
        if self.others and not found:
            raise KeyError(self.others[0].name)
        return rates[KERAN.name] / max(found, default=1.0)


TARGETS = (
    Target("events per CPU-second", 100_000),
    Target("of the copy limit", 0.2, (who.COPY,)),
    Target("times the handwritten loop", 5, (who.HANDWRITTEN,)),
    Target("times the best peer with its own pipeline", 10, (who.QUIX, who.BYTEWAX)),
    Target("times the best peer given our classifier", 1.5, (who.QUIX_KERAN, who.BYTEWAX_KERAN)),
    Target("times textbook Faust", 50, (who.TEXTBOOK,)),
    Target("times Faust with `take`", 5, (who.TAKE,)),
)

CAVEATS = """\
Before the figures:
- One broker, one machine: broker, contender and this program share its cores, so events per second would be higher with
  the broker elsewhere, and vary with whatever else runs here.
- CPU is the contender's process alone, user and system, all its threads, from the first of the events to the commit of
  the last; without its start, without {warm_up:,} warm-up events, and without the broker's.
- A backlog is worked off: this is throughput, not latency. {partitions} partitions, one replica, one process each.
- Events are composed from this project's corpus: {event_bytes:.0f} bytes with a title of {title_bytes:.0f} on average,
  none broken, none a removal.
- All but the worker do less: five fields a decision by one rule in Python, no check of an event, no reasons, no copies
  for review. The Faust ones and Bytewax commit without waiting for the broker's word; Quix, the handwritten loop and
  the worker commit only what the broker holds. `copy-limit` does nothing at all, and reads no JSON.
- "Its own pipeline" is the shelf's scikit-learn one, in which Keran's compiled features are: faster than the character
  TF-IDF that one would write without them (`make bench-classifiers` has both beside ours).
- `alike`: the share of events decided as the worker does. It serves the same model with whole numbers and calibrated,
  so a few scores round the rule's 0.8 fall on its other side."""


def rows_of(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Give a row a contender, in the order of their first runs: medians of its runs' rates."""
    return [
        _row(name, [run for run in runs if run.contender == name]) for name in dict.fromkeys(r.contender for r in runs)
    ]


def _row(name: str, runs: Sequence[Run]) -> dict[str, Any]:
    return {
        "contender": name,
        "events_per_cpu_second": round(median(run.events / run.cpu_seconds for run in runs), 1),
        "events_per_second": round(median(run.events / run.wall_seconds for run in runs), 1),
        "n": runs[0].events,
        "runs": len(runs),
    }


def rates_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Give each contender's events per CPU-second."""
    return {row["contender"]: row["events_per_cpu_second"] for row in rows}


def broken(rates: Mapping[str, float]) -> list[str]:
    """Say in words which targets are not reached. Raises KeyError where one was not measured."""
    return [
        f"`{KERAN.name}`: {_number(figure)} {target.words}, expected {_number(target.least)}"
        for target in TARGETS
        if (figure := target.figure(rates)) < target.least
    ]


def targets_of(rates: Mapping[str, float]) -> Table:
    """Give the table of targets and figures. Raises KeyError where one was not measured."""
    table = Table("keran-worker must reach", "target", "measured", "", box=SIMPLE_HEAD)
    for target in TARGETS:
        figure = target.figure(rates)
        table.add_row(target.words, _number(target.least), _number(figure), "" if figure >= target.least else "missed")
    return table


def _number(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 1_000 else f"{figure:.3g}"


def table_of(rows: Sequence[Mapping[str, Any]], runs: Sequence[Run]) -> Table:
    """Give the table: rates with their spread, how many times each the worker is, the share decided as it does."""
    columns = ("a CPU-second", "spread", "a second", "worker is", "alike", "events", "runs")
    table = Table("contender", *columns, box=SIMPLE_HEAD)
    for column in table.columns[1:]:
        column.justify, column.no_wrap = "right", True
    ours = rates_of(rows)[KERAN.name]
    for row in rows:
        name, rate = row["contender"], row["events_per_cpu_second"]
        speed = (
            f"{rate:,.0f}",
            f"{_spread(name, runs):.0%}",
            f"{row['events_per_second']:,.0f}",
            f"x {ours / rate:.2f}",
        )
        table.add_row(name, *speed, _alike(name, runs), f"{row['n']:,}", str(row["runs"]))
    return table


def write_chart(rows: Sequence[Mapping[str, Any]], file: Path) -> None:
    """Draw events per CPU-second as bars on a logarithmic scale; SVG or PNG by the file's name. Needs matplotlib."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 0.45 * len(rows) + 1), layout="constrained")
    axes = figure.subplots()
    names, rates = [row["contender"] for row in rows][::-1], [row["events_per_cpu_second"] for row in rows][::-1]
    bars = axes.barh(names, rates, color=["#b5543c" if name == KERAN.name else "#8fa3ad" for name in names])
    axes.bar_label(bars, [f"{rate:,.0f}" for rate in rates], padding=3)
    axes.set(xscale="log", xlabel="events per CPU-second of the contender's process (logarithmic)")
    axes.margins(x=0.15)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file)


def _spread(name: str, runs: Sequence[Run]) -> float:
    """The distance between a contender's slowest and fastest run, in its slowest."""
    rates = [run.events / run.cpu_seconds for run in runs if run.contender == name]
    return max(rates) / min(rates) - 1


def _alike(name: str, runs: Sequence[Run]) -> str:
    """The share of the events decided by both that a contender and the worker decided alike; a dash for a copier."""
    theirs, ours = (next(run.decisions for run in runs if run.contender == one) for one in (name, KERAN.name))
    both = theirs.keys() & ours.keys()
    decided = any(theirs.values())
    return f"{sum(theirs[event] == ours[event] for event in both) / len(both):.2%}" if decided else "-"
