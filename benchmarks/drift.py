"""What the watch for drift takes of a worker: CPU time of one look, and of a second at its most looks.

    python -m benchmarks.drift [--seconds 5]

Runs of seeded events are classified, and looked at under a clock that always says it is time; then judged, which a
worker does every ten seconds.
"""

from statistics import median
from time import monotonic, process_time
from typing import Annotated

import typer

from benchmarks.events import write_events
from stream.compose import load
from stream.contract.instant import instant_at
from stream.contract.record import FileRecord
from stream.engines.drift import JUDGE_SECONDS, LOOK_SECONDS, Drift
from stream.live.reference import find_reference
from stream.pipeline import classify_run

RUNS = 10
_NOW = instant_at(1_627_956_001_000_000)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    rows: Annotated[int, typer.Option(min=1, help="Records a run.")] = 4_000,
    seconds: Annotated[float, typer.Option(help="How long each is repeated.")] = 5.0,
) -> None:
    """Measure, print."""
    settings, pipeline = load()
    events = [FileRecord(event.value, topic="listings", offset=n) for n, event in enumerate(write_events(rows * RUNS))]
    runs = [events[start : start + rows] for start in range(0, len(events), rows)]
    classified = [classify_run(pipeline.model, run) for run in runs]
    pipeline.run(runs[0], _NOW)
    whole = _microseconds(lambda turn: pipeline.run(runs[turn % RUNS], _NOW), seconds)
    looked = _microseconds(_watching(settings, pipeline, classified, step=LOOK_SECONDS), seconds)
    judged = _microseconds(_watching(settings, pipeline, classified, step=JUDGE_SECONDS), seconds) - looked
    a_second = looked / LOOK_SECONDS + judged / JUDGE_SECONDS
    print(f"pipeline, a run of {rows:,}: {whole:,.0f} us; a look: {looked:,.0f} us; a judgement: {judged:,.0f} us")
    print(f"at most {a_second:,.0f} us a second: {a_second / 1e6:.2%} of a core")


def _watching(settings, pipeline, classified, step):
    clock = [0.0]
    drift = Drift(lambda: clock[0])
    drift.watch(pipeline.model, find_reference(pipeline.model, settings.shelf, None))

    def look(turn: int) -> None:
        clock[0] += step
        drift.take(classified[turn % RUNS])

    return look


def _microseconds(work, seconds: float) -> float:
    """Give the median CPU time of a turn, the first ten left out."""
    spent, turn, deadline = [], 0, monotonic() + seconds
    while monotonic() < deadline:
        begin = process_time()
        work(turn)
        spent.append(process_time() - begin)
        turn += 1
    return median(spent[RUNS:] or spent) * 1e6


if __name__ == "__main__":
    app()
