"""What a diff costs beside a replay of the same file: events per CPU-second of each, start-up left out.

    python -m benchmarks.diff [EVENTS]         # 100,000 unless told otherwise

Each command runs in a process of its own, three times in turn; start-up is the median of the same command on one event.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.events import write_events

ROUNDS = 3
COMMANDS = {
    "replay": ["replay", "{}", "--output", os.devnull],
    "policy diff": ["policy", "diff", "policies/id-akar.yaml", "tests/changes/new.yaml", "--on", "{}"],
}


def cpu_seconds(arguments: Sequence[str]) -> float:
    """Run a command to its end; gives the user and system time of its process. Raises RuntimeError where it fails."""
    command = [sys.executable, "-m", "stream.cli", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"`keran {' '.join(arguments)}` ended with exit code {process.returncode}")
    return used.ru_utime + used.ru_stime


def measure(count: int) -> dict[str, float]:
    """Give the CPU seconds that each command spends on `count` events."""
    with tempfile.TemporaryDirectory(prefix="keran-bench-") as folder:
        one, many = Path(folder, "one.jsonl"), Path(folder, "many.jsonl")
        values = [event.value + b"\n" for event in write_events(count)]
        one.write_bytes(values[0])
        many.write_bytes(b"".join(values))
        taken: dict[tuple[str, Path], list[float]] = {(name, file): [] for name in COMMANDS for file in (one, many)}
        for _ in range(ROUNDS):
            for (name, file), seconds in taken.items():
                seconds.append(cpu_seconds([part.replace("{}", str(file)) for part in COMMANDS[name]]))
    return {name: median(taken[name, many]) - median(taken[name, one]) for name in COMMANDS}


def main() -> None:
    """Measure, and show a table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seconds = measure(count)
    table = Table("command", "CPU seconds", "events per CPU-second", "of a replay")
    for name, taken in seconds.items():
        table.add_row(name, f"{taken:.2f}", f"{count / taken:,.0f}", f"{taken / seconds['replay']:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
