"""What a live change costs the runs that are decided meanwhile.

    python -m benchmarks.live_swap [--seconds 5]

Runs of 2,000 seeded events are decided one after the other, first with nothing beside them, then while a pair is loaded
and warmed in a thread, over and over, as the worker does it. Two pairs: the shipped one, and one of 16 long
policies. What is shown is the time of a run, and of one turn of an idle event loop that asks for 1 ms of sleep: how
long the worker cannot answer at all. Below it: a run with a shadow of other policies, and of another model.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchmarks.events import write_events
from stream.classify.classifier import Model
from stream.contract.control import Control, LivePolicy
from stream.contract.instant import instant_at
from stream.contract.record import FileRecord
from stream.live.load import read_pair
from stream.live.pair import Pair
from stream.live.serving import Serving, decide_with, ready
from stream.live.sources import Folders, load_control

ROWS = 2_000
POLICIES, RULES = 16, 600
_NOW = instant_at(1_627_956_001_000_000)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def long_policy(number: int) -> LivePolicy:
    """A policy of as many rules as a document has room for."""
    rules = "".join(
        f"      - id: rule-{n}\n        then: {{advice: rule-{n}}}\n        when:\n"
        f"          seller.type: cross_border\n          listing.hs_code: {{prefix: '{n % 90 + 10}{n % 89 + 10}'}}\n"
        f"          listing.title: {{prefix: word{n}}}\n          cluster: [craft]\n"
        for n in range(RULES)
    )
    head = (
        f"policy: long-{number}\nversion: 1\nmarket: ID\ntimezone: Asia/Jakarta\nphases:\n  - id: first\n"
        "    effective: 2021-08-03\n    citation: a benchmark\n    rules:\n"
    )
    return LivePolicy(name=f"long-{number}.yaml", document=head + rules)


def control_of(pair: Pair) -> Control:
    """Give a control record of a pair."""
    return Control(
        schema="keran.control/1", control_id="C-1", issued_at=_NOW, issued_by="benchmark", model=pair.model,
        policies=list(pair.policies),
    )  # fmt: skip


async def measure(decide: Callable[[], object], load: Callable[[], object] | None, seconds: float):
    """Give the milliseconds of runs and of idle turns, and the seconds of loads, while `load` goes on beside."""
    runs, turns, loads = [], [], []
    deadline = time.perf_counter() + seconds
    loading = None
    while time.perf_counter() < deadline or (load and not loads):
        if load and (loading is None or loading.done()):
            if loading:
                loads.append(loading.result())
            loading = asyncio.ensure_future(asyncio.to_thread(_timed, load))
        runs.append(_timed(decide) * 1000)
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        turns.append((time.perf_counter() - began) * 1000)
    if loading:
        await loading
    return runs, turns, loads


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


@app.command()
def main(seconds: Annotated[float, typer.Option(help="How long each is measured.")] = 5.0) -> None:
    """Print the table."""
    folders = Folders(Path("models"), None, Path("policies"))
    pair, _ = read_pair(folders.shelf, None, [folders.policies])
    serving = load_control(control_of(pair), folders, _NOW).serving
    records = [FileRecord(event.value, event.key) for event in write_events(ROWS)]
    decide = partial(decide_with, serving, records, _NOW)
    decide()
    long = pair._replace(policies=tuple(map(long_policy, range(POLICIES))))
    beside = {"nothing": None}
    beside |= {
        name: partial(load_control, control_of(each), folders, _NOW)
        for name, each in (("the shipped pair", pair), (f"{POLICIES} policies of {RULES} rules", long))
    }
    table = Table("loaded beside", "a load, s", "a run, ms", "p99", "most", "idle turn, ms", "most", box=SIMPLE_HEAD)
    for name, load in beside.items():
        runs, turns, loads = asyncio.run(measure(decide, load, seconds))
        figures = [median(runs), quantiles(runs, n=100)[-1], max(runs), median(turns), max(turns)]
        table.add_row(name, f"{median(loads):.3f}" if loads else "", *(f"{figure:.1f}" for figure in figures))
    Console().print(table)
    beside_it = {
        "no shadow": serving,
        "the same policies": replace(serving, shadow=serving.live),
        "another model": replace(serving, shadow=ready(pair, replace(serving.live.pipeline, model=_copy(serving)))),
    }
    shadows = Table("shadow", "a run, CPU ms", box=SIMPLE_HEAD)
    for name, each in beside_it.items():
        shadows.add_row(name, f"{_cpu_milliseconds(partial(decide_with, each, records, _NOW), seconds):.1f}")
    Console().print(shadows)


def _copy(serving: Serving) -> Model:
    """Give the same model as another object, which is classified with by itself."""
    return replace(serving.live.pipeline.model)


def _cpu_milliseconds(decide: Callable[[], object], seconds: float) -> float:
    taken, deadline = [], time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        began = time.process_time()
        decide()
        taken.append((time.process_time() - began) * 1000)
    return median(taken)


if __name__ == "__main__":
    app()
