"""A contender's process: started with a log, watched, stopped by its own id; and the CPU time that it has used."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.contenders import Contender

ROOT = Path(__file__).parents[1]
STOP_SECONDS = 20
LOG_LINES = 40
# How exactly the end of a process, or of a part of its start, is seen.
LOOK_SECONDS = 0.005
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class ContenderFailed(Exception):  # noqa: N818 - it says what happened
    """A contender did not do its work; the message says what was missing and ends with its log."""


class Process:
    """One contender at work."""

    def __init__(self, contender: Contender, environment: Mapping[str, str], folder: Path) -> None:
        self.name = contender.name
        self._log = folder / "log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [contender.python, *contender.command], env=environment, cwd=ROOT, stdout=log, stderr=log
            )

    def cpu_seconds(self) -> float:
        """Give the user and system time of the process so far, all its threads and no child."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND

    def logged(self, event: str) -> bool:
        """Say whether the worker has logged an event by now."""
        return f'"event": "{event}"' in self._log.read_text(errors="replace")

    def core_waits(self) -> float:
        """Give the seconds that its threads, those that go on, have been ready to run and without a core."""
        return sum(self._waits().values()) / 1e9

    def end(self) -> tuple[float, float]:
        """Tell it to stop; give the seconds until it has ended, and what of them its threads did not wait for a core.

        Raises ContenderFailed where its exit code is not 0, or where it goes on for STOP_SECONDS.
        """
        # What a thread waited is gone with the thread.
        before, waits, began = self._waits(), dict[str, int](), time.perf_counter()
        self._process.terminate()
        while self._process.poll() is None:
            waits |= self._waits()
            if time.perf_counter() - began > STOP_SECONDS:
                raise self.failed(f"had not ended {STOP_SECONDS} s after it was told to stop")
            time.sleep(LOOK_SECONDS)
        wall = time.perf_counter() - began
        if self._process.returncode:
            raise self.failed(f"was told to stop, and ended with exit code {self._process.returncode}")
        return wall, wall - sum(wait - before.get(thread, 0) for thread, wait in waits.items()) / 1e9

    def _waits(self) -> dict[str, int]:
        """Give by thread the nanoseconds that it has waited for a core."""
        try:
            return {thread.name: _core_wait(thread) for thread in Path(f"/proc/{self._process.pid}/task").iterdir()}
        except FileNotFoundError:
            return {}

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the process still, threads and all, for as long as the context lasts."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def must_run(self) -> None:
        """Raise ContenderFailed if the process has ended."""
        if self._process.poll() is not None:
            raise self.failed(f"ended with exit code {self._process.returncode}")

    def failed(self, reason: str) -> ContenderFailed:
        """Give the failure to raise, with the end of the log."""
        lines = self._log.read_text(errors="replace").splitlines()[-LOG_LINES:]
        return ContenderFailed("\n".join([f"`{self.name}` {reason}; the end of its log:", *lines]))

    def stop(self) -> None:
        """End the process, kindly at first."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _core_wait(thread: Path) -> int:
    try:
        return int((thread / "schedstat").read_text().split()[1])
    except FileNotFoundError:
        return 0


@contextmanager
def started(contender: Contender, environment: Mapping[str, str]) -> Iterator[Process]:
    """Run a contender for as long as the context lasts."""
    with tempfile.TemporaryDirectory(prefix=f"{contender.name}-") as folder:
        process = Process(contender, {**environment, "F_DATADIR": folder}, Path(folder))
        try:
            yield process
        finally:
            process.stop()
