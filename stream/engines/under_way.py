"""Runs under way to the brokers: while one is being published, those of other partitions are decided.

What is to be done for a partition comes in and is done beside the rest, one at a time for each partition, in order, and
no more than `AT_ONCE` in all. What fails ends everything here with its reason.
"""

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any

# A run is a transaction, most of whose time is waiting for brokers. More of them would only hold memory.
AT_ONCE = 4


class UnderWay:
    """As a context: when it is left, nothing is under way any more, since all of it is through or cancelled."""

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()
        self._now: set[asyncio.Task[None]] = set()
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

    async def room_for(self, partition: int) -> None:
        """Return once nothing of a partition is under way, and there is room for what comes next."""
        if partition in self._latest:
            await asyncio.wait([self._latest[partition]])
        while len(self._now) >= AT_ONCE:
            await asyncio.wait(self._now, return_when=asyncio.FIRST_COMPLETED)

    def send(self, partition: int, work: Coroutine[Any, Any, None]) -> None:
        """Let work begin for a partition that there is `room_for`; nothing is waited for."""
        # A wait between deciding a run and publishing it could outlast the partition: another worker would publish
        # newer decisions meanwhile, and these would then come after them.
        task = self._latest[partition] = self._group.create_task(work)
        self._now.add(task)
        task.add_done_callback(self._now.discard)
