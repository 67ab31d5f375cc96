"""A worker as its operator runs it: a process with `KERAN_*` in its environment, signals, an exit code and a log."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
COPY = ("-m", "tests.kafka.copy_worker")
KERAN = ("-m", "stream.cli", "worker")


class WorkerProcess:
    """One worker process. Its log is kept in a file, one JSON object a line."""

    def __init__(self, environment: Mapping[str, str], log: Path, command: Sequence[str]) -> None:
        self._log = log
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("KERAN_")}
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env={**inherited, "KERAN_HTTP_PORT": "0", **environment},
                stderr=file,
            )

    def log(self) -> list[dict[str, Any]]:
        """Give what it has logged. Raises where a line is not JSON."""
        return [json.loads(line) for line in self._log.read_text().splitlines() if line]

    def get(self, page: str) -> tuple[int, str]:
        """Ask its web server for a page: status and body, status 0 while nobody listens."""
        port = next((line["http_port"] for line in self.log() if line["event"] == "starting"), 0)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{page}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()
        except OSError:
            return 0, ""

    def wait_until_ready(self, seconds: float = 40) -> None:
        """Return when `/ready` says yes. Raises AssertionError when it ends or takes too long."""
        deadline = time.monotonic() + seconds
        while self.get("/ready")[0] != 200:
            assert self.process.poll() is None, f"the worker ended: {self.log()[-3:]}"
            assert time.monotonic() < deadline, f"the worker did not become ready: {self.get('/ready')}"
            time.sleep(0.1)

    def kill(self) -> None:
        """SIGKILL: no time for anything."""
        self.process.kill()
        self.process.wait(10)

    def stop(self, seconds: float = 30) -> int:
        """SIGTERM; give the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def cpu_seconds(self) -> float:
        """Give the CPU time that it has taken."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def worker_process(environment: Mapping[str, str], log: Path, command: Sequence[str] = COPY) -> Iterator[WorkerProcess]:
    """Give a running worker, and leave none behind."""
    worker = WorkerProcess(environment, log, command)
    try:
        yield worker
    finally:
        if worker.process.poll() is None:
            worker.kill()
