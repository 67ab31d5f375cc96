"""What a catalogue's size costs in memory: `keran replay` and `keran impact` over one, and over ten times as much.

    python -m benchmarks.memory [--rows 1000000] [--times 10] [--processes 2]

The most that the command and its processes hold together is asked of the system twenty times a second. The pages that
processes share count for each, so the figure is never too small. The exit code is 1 where the larger catalogue takes
more than `MOST_MEMORY` times the memory. Distinct listings are repeated: sellers are as many in both.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich import print as say

from benchmarks.catalogues import write_catalogue
from benchmarks.impact import NEW, OLD
from benchmarks.machine import describe_machine

MOST_MEMORY = 1.2
EVERY = 0.05
PAGE = os.sysconf("SC_PAGE_SIZE")
app = typer.Typer(add_completion=False)


@app.command()
def main(
    rows: Annotated[int, typer.Option(min=1, help="Listings of the smaller catalogue.")] = 1_000_000,
    times: Annotated[int, typer.Option(min=2, help="How many times as many the larger one has.")] = 10,
    processes: Annotated[int, typer.Option(min=1, help="How many processes decide side by side.")] = 2,
) -> None:
    """Measure, print the figures, hold them."""
    machine = describe_machine(["numpy", "pyarrow"])
    say(f"{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}, {machine['date']}")
    with tempfile.TemporaryDirectory(prefix="keran-bench-") as name:
        folder = Path(name)
        catalogues = [folder / f"{count}.parquet" for count in (rows, rows * times)]
        for catalogue, count in zip(catalogues, (rows, rows * times), strict=True):
            write_catalogue(catalogue, count)
        broken = [reason for command in COMMANDS if (reason := held(command, catalogues, folder, processes))]
    for reason in broken:
        say(f"error: {reason}")
    raise typer.Exit(1 if broken else 0)


def held(command: str, catalogues: Sequence[Path], folder: Path, processes: int) -> str:
    """Measure a command on both catalogues; gives what is wrong, if anything."""
    side_by_side = ["--processes", str(processes)]
    fewer, more = (memory_of([*COMMANDS[command](each, folder), *side_by_side]) for each in catalogues)
    say(f"{command}: {fewer:,.0f} MiB, and {more:,.0f} MiB with the larger catalogue")
    expected = f"expected at most {MOST_MEMORY} times the memory for {command}"
    return f"{expected}, found {more / fewer:.2f}" if more > MOST_MEMORY * fewer else ""


def memory_of(arguments: Sequence[str]) -> float:
    """Run `keran` to its end, and give the most memory that its processes held together, in MiB.

    Raises RuntimeError where it fails.
    """
    command, most = [sys.executable, "-m", "stream.cli", *arguments], 0
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=told)
        while process.poll() is None:
            most = max(most, _resident(process.pid))
            time.sleep(EVERY)
        if process.returncode:
            told.seek(0)
            raise RuntimeError(f"`keran {' '.join(arguments)}` ended with {process.returncode}: {told.read().decode()}")
    return most / 2**20


def _resident(process: int) -> int:
    """Give the bytes that a process and those it started hold; one that has just ended holds nothing."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        started = [file.read_text().split() for file in Path(f"/proc/{process}/task").glob("*/children")]
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return pages * PAGE + sum(_resident(int(child)) for children in started for child in children)


COMMANDS = {
    "replay": lambda catalogue, folder: ["replay", str(catalogue), "--output", str(folder / "out.parquet")],
    "impact": lambda catalogue, folder: [
        *("impact", "--on", str(catalogue), "--old-policy", OLD, "--policy", NEW),
        *("--samples", "100", "--parquet", str(folder / "changed.parquet")),
    ],
}

if __name__ == "__main__":
    app()
