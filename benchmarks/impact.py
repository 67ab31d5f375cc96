"""What the impact of a policy change costs over a catalogue: CPU seconds of `keran impact`, all of the command.

    python -m benchmarks.impact [--rows 1000000]

Above `MOST_SECONDS` a million listings the exit code is 1.
"""

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich import print as say

from benchmarks.catalogues import used_by, write_catalogue
from benchmarks.machine import describe_machine

MOST_SECONDS = 15
OLD, NEW = "policies/id-akar.yaml", "tests/changes/new.yaml"
app = typer.Typer(add_completion=False)


@app.command()
def main(rows: Annotated[int, typer.Option(min=1, help="Listings of the catalogue.")] = 1_000_000) -> None:
    """Measure, print the figures, hold them."""
    machine = describe_machine(["numpy", "pyarrow"])
    say(f"{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}, {machine['date']}")
    with tempfile.TemporaryDirectory(prefix="keran-bench-") as folder:
        catalogue = Path(folder, "catalogue.parquet")
        write_catalogue(catalogue, rows)
        used = used_by(["impact", "--old-policy", OLD, "--policy", NEW, "--on", str(catalogue)])
    allowed = MOST_SECONDS * rows / 1_000_000
    say(f"{rows:,} listings: {used.cpu:.2f} s of CPU, start-up included, {used.memory:,.0f} MiB")
    if used.cpu > allowed:
        say(f"error: expected at most {allowed:g} s, found {used.cpu:.2f} s")
    raise typer.Exit(1 if used.cpu > allowed else 0)


if __name__ == "__main__":
    app()
