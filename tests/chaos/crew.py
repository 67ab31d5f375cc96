"""The crew: worker processes, and the orchestrator that starts one again wherever one has ended.

Each has a place; what is done to a place is done to the process that holds it now. It knows how to end a process and how to start
one, nothing of what they decide.
"""

import asyncio
import contextlib
import signal
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.kafka.process import KERAN, WorkerProcess

QUICK = ("-m", "tests.chaos.quick_worker")
# What an orchestrator waits before it starts again what ended by itself.
BACK_OFF_SECONDS = 1.0
STOP_SECONDS = 60.0


class Crew:
    """Workers under one environment; `size` of them are wanted."""

    def __init__(self, environment: Mapping[str, str], folder: Path, size: int, command: Sequence[str] = KERAN) -> None:
        self.environment = dict(environment)
        self.size = size
        self.exits: Counter[int] = Counter()
        self.started = 0
        self._folder, self._command = folder, command
        self._workers: dict[int, WorkerProcess] = {}
        self._watch: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Crew":
        """Start everybody."""
        self._watch = asyncio.create_task(self._keep_up())
        return self

    async def __aexit__(self, *reason: object) -> None:
        """Leave nobody behind."""
        self._watch.cancel()
        await asyncio.gather(self._watch, return_exceptions=True)
        for worker in self._workers.values():
            if worker.process.poll() is None:
                worker.kill()

    def at(self, place: int) -> WorkerProcess | None:
        """Give who holds a place now, None where nobody does."""
        return self._workers.get(place)

    async def ready(self, seconds: float = 90.0) -> None:
        """Return when everybody says so. Raises AssertionError where somebody does not in time."""
        while len(self._workers) < self.size:
            await asyncio.sleep(0.05)
        await asyncio.gather(*(asyncio.to_thread(w.wait_until_ready, seconds) for w in self._workers.values()))

    def signal(self, place: int, how: signal.Signals) -> None:
        """Send a signal to whoever holds a place, if anybody does."""
        worker = self._workers.get(place)
        if worker is not None and worker.process.poll() is None:
            worker.process.send_signal(how)

    async def stop(self, place: int) -> None:
        """SIGTERM, and wait for the end; the orchestrator then starts another, where it still wants one."""
        worker = self._workers.get(place)
        if worker is None or worker.process.poll() is not None:
            return
        worker.process.send_signal(signal.SIGTERM)
        # Whoever does not stop in time is killed, as an orchestrator does.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ended(worker), STOP_SECONDS)
            return
        worker.process.kill()
        await self._ended(worker)

    async def go_home(self) -> list[int]:
        """Want nobody any more, stop everybody; give their exit codes."""
        self._watch.cancel()
        await asyncio.gather(self._watch, return_exceptions=True)
        await asyncio.gather(*map(self.stop, list(self._workers)))
        return [worker.process.returncode for worker in self._workers.values()]

    def logs(self) -> list[Path]:
        """Give the files of everything that was logged."""
        return sorted(self._folder.glob("worker-*.log"))

    async def _ended(self, worker: WorkerProcess) -> None:
        while worker.process.poll() is None:
            await asyncio.sleep(0.05)

    async def _keep_up(self) -> None:
        while True:
            for place in range(self.size):
                worker = self._workers.get(place)
                if worker is None or worker.process.poll() is not None:
                    await self._start(place, worker)
            for place in [place for place in self._workers if place >= self.size]:
                await self.stop(place)
                self.exits[self._workers.pop(place).process.returncode] += 1
            await asyncio.sleep(0.1)

    async def _start(self, place: int, before: WorkerProcess | None) -> None:
        if before is not None:
            self.exits[before.process.returncode] += 1
            if before.process.returncode > 0:
                await asyncio.sleep(BACK_OFF_SECONDS)
        self.started += 1
        log = self._folder / f"worker-{self.started:04}.log"
        self._workers[place] = WorkerProcess(self.environment, log, self._command)
