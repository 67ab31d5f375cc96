"""Runs -> what is published of them: rows of medians, ratios, the table, and whether the ratios that must hold do.

Every figure comes from the runs it is given; none stands here but the ratios that must hold.
"""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from benchmarks.contenders import KERAN, TAKE, TEXTBOOK
from benchmarks.contest import Run

# Events per CPU-second of the worker, in those of another contender.
MUST_HOLD = {TEXTBOOK.name: 20.0, TAKE.name: 5.0}

CAVEATS = """\
Before the figures:
- One broker, one machine: broker, contender and this program share its cores, so events per second would be higher with
  the broker elsewhere, and vary with whatever else runs here.
- CPU is the contender's process alone, user and system, all its threads, from the first of the events to the commit of
  the last; without its start, without {warm_up:,} warm-up events, and without the broker's.
- A backlog is worked off: this is throughput, not latency. {partitions} partitions, one replica, one process each.
- Events are composed from this project's corpus: {event_bytes:.0f} bytes with a title of {title_bytes:.0f} on average,
  none broken, none a removal.
- The Faust contenders do less: five fields a decision, and no waiting for the broker's word before the commit. The
  worker gives reasons, origin and copies for review, and commits only what the broker holds.
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


def ratios_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Give, for each other contender, how many times its events per CPU-second the worker's are."""
    rates = {row["contender"]: row["events_per_cpu_second"] for row in rows}
    return {name: rates[KERAN.name] / rate for name, rate in rates.items() if name != KERAN.name}


def broken(ratios: Mapping[str, float]) -> list[str]:
    """Say in words which ratios do not hold that must."""
    return [
        f"`{KERAN.name}` decides {ratios[name]:.1f} times the events per CPU-second of `{name}`, expected {least:.0f}"
        for name, least in MUST_HOLD.items()
        if ratios[name] < least
    ]


def table_of(rows: Sequence[Mapping[str, Any]], runs: Sequence[Run]) -> Table:
    """Give the table: rates with their spread, ratios to the Faust contenders, the share decided as the worker does."""
    ratios = [f"x {name.removeprefix('faust-')}" for name in MUST_HOLD]
    table = Table(
        "contender", "a CPU-second", "spread", "a second", *ratios, "alike", "events", "runs", box=SIMPLE_HEAD
    )
    for column in table.columns[1:]:
        column.justify, column.no_wrap = "right", True
    rates = {row["contender"]: row["events_per_cpu_second"] for row in rows}
    for row in rows:
        name, rate = row["contender"], row["events_per_cpu_second"]
        speed = (f"{rate:,.0f}", f"{_spread(name, runs):.0%}", f"{row['events_per_second']:,.0f}")
        times = (f"{rate / rates[other]:.1f}" for other in MUST_HOLD)
        table.add_row(name, *speed, *times, f"{_alike(name, runs):.2%}", f"{row['n']:,}", str(row["runs"]))
    return table


def _spread(name: str, runs: Sequence[Run]) -> float:
    """The distance between a contender's slowest and fastest run, in its slowest."""
    rates = [run.events / run.cpu_seconds for run in runs if run.contender == name]
    return max(rates) / min(rates) - 1


def _alike(name: str, runs: Sequence[Run]) -> float:
    """The share of events that a contender and the worker, who both decided them, decided alike."""
    theirs, ours = (next(run.decisions for run in runs if run.contender == who) for who in (name, KERAN.name))
    both = theirs.keys() & ours.keys()
    return sum(theirs[event] == ours[event] for event in both) / len(both)
