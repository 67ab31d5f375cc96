"""Catalogues to measure on: Parquet of seeded listing events, and what a command costs that reads one.

Distinct events are repeated, a row group each time, so that a million rows take seconds to write; nothing that decides
remembers a title or an event from one batch to the next.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.events import write_events

DISTINCT = 50_000


class Used(NamedTuple):
    """What a command used: CPU seconds of it and of its processes, and the most memory that one held, in MiB."""

    cpu: float
    memory: float


def write_catalogue(file: Path, rows: int) -> None:
    """Write so many rows, in row groups of `DISTINCT`."""
    values = pa.array([event.value for event in write_events(min(rows, DISTINCT))], pa.binary())
    table = pa.table({"value": values})
    with pq.ParquetWriter(file, table.schema, compression="zstd", use_dictionary=False) as writer:
        for begin in range(0, rows, DISTINCT):
            writer.write_table(table.slice(0, min(DISTINCT, rows - begin)))


def used_by(arguments: Sequence[str]) -> Used:
    """Run `keran` to its end, and say what it used. Raises RuntimeError where it fails."""
    command = [sys.executable, "-m", "stream.cli", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    told = process.stderr.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode:
        raise RuntimeError(f"`keran {' '.join(arguments)}` ended with exit code {process.returncode}: {told}")
    return Used(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
