"""Records a CPU-second of archiving and of verifying, and whether memory stays flat.

    python -m benchmarks.archive [--records 200_000] [--least 50_000]

Decisions of the shipped pipeline are chained into segments, then verified, in this process, without a broker: what
fetching costs is not in it. Both parts are timed by the process's CPU time, once; exits with 1 where either gives fewer
records a CPU-second than `--least`, or where memory grows by more than 100 MB from the first third to the last.
"""

import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.events import write_events
from stream.archive.folder import OpenSegment, head_of
from stream.archive.kept import keep_model, keep_policies
from stream.archive.verify import verify
from stream.classify.artifact import find_entry
from stream.compose import load
from stream.contract.instant import instant_at
from stream.contract.record import FileRecord
from stream.live.load import read_policies_whole

RUN, SEGMENT = 4_000, 40_000
MEGABYTES_AT_MOST = 100
_NOW = instant_at(1_627_956_001_000_000)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    records: Annotated[int, typer.Option(min=SEGMENT, help="How many decisions.")] = 200_000,
    least: Annotated[int, typer.Option(min=0, help="Records a CPU-second that each part must give.")] = 50_000,
) -> None:
    """Measure, print a line a part."""
    settings, pipeline = load()
    values = _decisions(pipeline, RUN)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keep_policies(folder, read_policies_whole([settings.policies], None)[0])
        keep_model(folder, find_entry(settings.shelf, settings.model))
        written, peaks = _write(folder, values, records)
        begin = time.process_time()
        found = verify(folder)
        verified = time.process_time() - begin
        peaks.append(_peak())
    if found.faults or found.records != records:
        raise RuntimeError(f"{found.records} records of {records}, {found.faults[:3]}")
    rates = {"archive": records / written, "verify": records / verified}
    for part, rate in rates.items():
        print(f"{part:<8} {rate:>10,.0f} records a CPU-second")
    grown = peaks[-1] - peaks[len(peaks) // 3]
    print(f"memory   {peaks[-1]:>10,} MB at most, {grown} MB of it after the first third")
    raise typer.Exit(1 if min(rates.values()) < least or grown > MEGABYTES_AT_MOST else 0)


def _decisions(pipeline: Any, count: int) -> list[tuple[bytes, bytes]]:
    events = [FileRecord(event.value, event.key) for event in write_events(count)]
    return [(o.key, o.value) for o in pipeline.run(events, _NOW) if o.key and o.value]


def _write(folder: Path, values: Sequence[tuple[bytes, bytes]], records: int) -> tuple[float, list[int]]:
    seconds, peaks, segment = 0.0, [], OpenSegment(folder, "decisions", 0, head_of(folder, "decisions", 0))
    for begin in range(0, records, RUN):
        run = [
            FileRecord(value, key, (), "decisions", 0, offset, 1_627_956_000_000 + offset)
            for offset in range(begin, min(begin + RUN, records))
            for key, value in (values[offset % len(values)],)
        ]
        start = time.process_time()
        segment.add(run, 0)
        if len(segment.records) >= SEGMENT or begin + RUN >= records:
            segment.close()
        seconds += time.process_time() - start
        peaks.append(_peak())
    return seconds, peaks


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    app()
