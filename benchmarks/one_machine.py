"""What a catalogue costs on one machine: listings per CPU-second of `keran replay` from Parquet to Parquet.

    python -m benchmarks.one_machine [--rows 400000]

The whole command is measured, its processes too; start-up is that of the same command on one listing, and left out.
The exit code is 1 where fewer than `FEWEST` are decided, or where four times the rows take more than `MOST_MEMORY`
times the memory.
"""

import tempfile
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from rich import print as say

from benchmarks.catalogues import Used, used_by, write_catalogue
from benchmarks.machine import describe_machine

FEWEST, MOST_MEMORY = 150_000, 1.2
app = typer.Typer(add_completion=False)


@app.command()
def main(
    rows: Annotated[int, typer.Option(min=4, help="Listings of the larger catalogue.")] = 400_000,
    rounds: Annotated[int, typer.Option(min=1, help="How often each is measured; the median counts.")] = 3,
) -> None:
    """Measure, print the figures, hold them."""
    machine = describe_machine(["numpy", "pyarrow"])
    say(f"{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}, {machine['date']}")
    with tempfile.TemporaryDirectory(prefix="keran-bench-") as folder:
        start, fewer, more = (measure(Path(folder), count, rounds) for count in (1, rows // 4, rows))
        side_by_side = measure(Path(folder), rows, 1, processes=2)
    rate, growth = rows / (more.cpu - start.cpu), more.memory / fewer.memory
    say(f"{rate:,.0f} listings a CPU-second, {rows:,} in {more.cpu:.2f} s, start-up {start.cpu:.2f} s left out")
    say(f"on two processes {side_by_side.cpu:.2f} s, start-up of both included")
    say(f"memory {fewer.memory:,.0f} MiB, and {more.memory:,.0f} MiB with four times the rows")
    broken = [f"expected at least {FEWEST:,} a CPU-second, found {rate:,.0f}"] if rate < FEWEST else []
    broken += [f"expected at most {MOST_MEMORY} times the memory, found {growth:.2f}"] if growth > MOST_MEMORY else []
    for reason in broken:
        say(f"error: {reason}")
    raise typer.Exit(1 if broken else 0)


def measure(folder: Path, rows: int, rounds: int, processes: int = 1) -> Used:
    """Give what deciding so many listings uses, decisions written: the median of the rounds."""
    source, output = folder / f"{rows}.parquet", folder / "out.parquet"
    if not source.exists():
        write_catalogue(source, rows)
    command = ["replay", str(source), "--output", str(output), "--processes", str(processes)]
    found = [used_by(command) for _ in range(rounds)]
    return Used(*(median(each) for each in zip(*found, strict=True)))


if __name__ == "__main__":
    app()
