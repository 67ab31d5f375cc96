"""Runs under way to the brokers: while one is being published, those of other partitions are decided.

What is to be done for a partition comes in and is done beside the rest, one at a time for each partition, in order, and
no more than `AT_ONCE` in all. What fails ends everything here with its reason.
"""

import asyncio
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any

# A run is a transaction, most of whose time is waiting for brokers. More of them would only hold memory.
AT_ONCE = 4


class UnderWay:
    """As a context: when it is left, nothing is under way any more, since all of it is through or cancelled."""

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._latest: dict[int, asyncio.Task[None]] = {}

    async def __aenter__(self) -> "UnderWay":
        """Begin."""
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, reason: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for what is under way, or cancel it where there is a reason; raises what failed first, itself."""
        try:
            await self._group.__aexit__(kind, reason, trace)
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None

    async def through(self, partition: int) -> None:
        """Return once nothing of a partition is under way."""
        if partition in self._latest:
            await asyncio.wait([self._latest[partition]])

    async def send(self, partition: int, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Let work begin for a partition that is `through`, as soon as there is room for it."""
        await self._room.acquire()
        task = self._latest[partition] = self._group.create_task(work())
        task.add_done_callback(lambda _: self._room.release())
