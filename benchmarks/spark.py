"""What deciding costs on Spark: CPU time a listing of local mode beside one machine's, from Parquet to Parquet.

Both decide the same file, by the same function, and write what it came to. One machine is this process alone, batch
after batch. Of Spark the CPU time of the JVM and of its Python workers is counted, start-up apart: a first job over a
part of the file starts the workers, loads the pair in them and compiles. What is held is the ratio, since both are
measured in one run: above it the exit code is 1.
"""

import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Annotated, Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import typer
from rich import print as say

from benchmarks.events import write_events
from benchmarks.machine import describe_machine, must_be_linux
from stream.catalogue.arrow import OUTCOMES, decide_batch
from stream.compose import load
from stream.contract.instant import parse_instant
from stream.engines.spark import RUN_ROWS, Way, decide_frame
from stream.pipeline import Pipeline

AS_OF = parse_instant("2021-08-03T02:00:01Z")
MOST_TIMES = 2.0
LIBRARIES = ("pyspark", "pyarrow", "numpy", "numba", "orjson")
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
app = typer.Typer(add_completion=False)


class Cost(NamedTuple):
    """Seconds of CPU and of the clock that it took to decide all listings."""

    cpu: float
    wall: float


@app.command()
def main(
    listings: Annotated[int, typer.Option(min=10_000, help="How many listings the file holds.")] = 400_000,
    cores: Annotated[int, typer.Option(min=1, help="Of Spark's local mode.")] = 2,
    rounds: Annotated[int, typer.Option(min=1, help="Each is one machine, then Spark; medians count.")] = 3,
    output: Annotated[Path | None, typer.Option(help="The figures as JSON.")] = None,
) -> None:
    """Decide a file of listings on one machine and on Spark, and hold their ratio."""
    must_be_linux()
    settings, pipeline = load()
    way = Way(settings.shelf, [settings.policies], settings.model, AS_OF)
    with tempfile.TemporaryDirectory(prefix="keran-spark-") as folder:
        catalogue = _written(Path(folder), listings)
        session = _session(cores, Path(folder))
        _spark(session, way, catalogue, Path(folder) / "warm", limit=listings // 10)
        _machine(pipeline, catalogue, Path(folder) / "warm.parquet")
        pairs = [
            (
                _machine(pipeline, catalogue, Path(folder) / f"{number}.parquet"),
                _spark(session, way, catalogue, Path(folder) / f"{number}"),
            )
            for number in range(rounds)
        ]
        session.stop()
    figures = _figures(pairs, listings, cores)
    say(figures)
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(json.dumps({**figures, "machine": describe_machine(LIBRARIES)}, indent=1) + "\n")
    if figures["times"] > MOST_TIMES:
        print(f"error: expected at most {MOST_TIMES} times one machine's CPU, got {figures['times']}", file=sys.stderr)
        sys.exit(1)


def _figures(pairs: list[tuple[Cost, Cost]], listings: int, cores: int) -> dict[str, Any]:
    machine, spark = (list(side) for side in zip(*pairs, strict=True))
    return {
        "listings": listings,
        "cores": cores,
        "rounds": len(pairs),
        "machine_listings_a_cpu_second": round(listings / median(cost.cpu for cost in machine)),
        "spark_listings_a_cpu_second": round(listings / median(cost.cpu for cost in spark)),
        "times": round(median(s.cpu / m.cpu for m, s in pairs), 3),
        "most_times": MOST_TIMES,
        "machine_seconds": round(median(cost.wall for cost in machine), 2),
        "spark_seconds": round(median(cost.wall for cost in spark), 2),
    }


def _written(folder: Path, listings: int) -> Path:
    """Write the catalogue: a fifth of the listings composed anew, each offered by five ids."""
    events = write_events(listings // 5)
    columns = {"key": [], "value": []}
    for number in range(listings):
        event = events[number % len(events)]
        key = b"%s-%d" % (event.key, number)
        columns["key"].append(key)
        columns["value"].append(event.value.replace(b'"id":"%s"' % event.key, b'"id":"%s"' % key, 1))
    schema = pa.schema([("key", pa.binary()), ("value", pa.binary())])
    file = folder / "listings.parquet"
    pq.write_table(pa.table(columns, schema), file, row_group_size=20_000)
    return file


def _machine(pipeline: Pipeline, catalogue: Path, output: Path) -> Cost:
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    with pq.ParquetWriter(output, OUTCOMES, compression="snappy") as writer:
        for batch in pq.ParquetFile(catalogue).iter_batches(RUN_ROWS):
            writer.write_batch(decide_batch(pipeline, batch, AS_OF))
    return Cost(time.process_time() - cpu, time.perf_counter() - wall)


def _spark(session: Any, way: Way, catalogue: Path, output: Path, limit: int | None = None) -> Cost:
    frame = session.read.parquet(str(catalogue))
    ours, jvm, wall = time.process_time(), _cpu_of_children(), time.perf_counter()
    decide_frame(frame.limit(limit).repartition(2) if limit else frame, way).write.parquet(str(output))
    return Cost(_cpu_of_children() - jvm + time.process_time() - ours, time.perf_counter() - wall)


def _session(cores: int, folder: Path) -> Any:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(f"local[{cores}]").appName("keran-bench")
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": str(folder / "local"),
        "spark.sql.files.maxPartitionBytes": str(16 * 2**20),
    }.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _cpu_of_children() -> float:
    """Give the CPU seconds of every process below this one: the JVM, and its Python workers, ended ones included."""
    stats = dict(_stats())
    below, parents = set(), {os.getpid()}
    while parents:
        parents = {pid for pid, (parent, _) in stats.items() if parent in parents}
        below |= parents
    return sum(stats[pid][1] for pid in below) / _TICKS_A_SECOND


def _stats() -> Iterator[tuple[int, tuple[int, int]]]:
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended since
            continue
        # Parent; then user and system time, its own and that of its children that it has waited for.
        yield int(file.parent.name), (int(fields[1]), sum(map(int, fields[11:15])))


if __name__ == "__main__":
    app()
