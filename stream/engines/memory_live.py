"""The control topic and what is said beside decisions, in memory: for tests of a worker that changes while it runs."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from stream.contract.control import LIVE_KEY
from stream.contract.record import FileRecord, Record


class MemoryControl:
    """A control topic whose records are a list."""

    def __init__(self) -> None:
        self.records: list[FileRecord] = []
        self._more = asyncio.Event()

    def write(self, value: bytes | None, key: bytes = LIVE_KEY) -> None:
        """Add a record."""
        self.records.append(FileRecord(value, key, offset=len(self.records)))
        self._more.set()

    async def every(self, key: bytes) -> AsyncIterator[Record]:
        """Give every record of a key."""
        for record in list(self.records):
            if record.key == key:
                yield record

    async def follow(self) -> AsyncIterator[Sequence[Record]]:
        """Give what is there, then whatever comes, for ever."""
        given = 0
        while True:
            self._more.clear()
            records, given = self.records[given:], len(self.records)
            yield records
            await self._more.wait()


class MemoryAside:
    """Keeps what is said; takes nothing while `deaf`."""

    def __init__(self) -> None:
        self.said: list[tuple[str, bytes, bytes | None]] = []
        self.deaf = False

    async def start(self) -> None:
        """Do nothing."""

    async def stop(self) -> None:
        """Do nothing."""

    async def say(self, topic: str, key: bytes, value: bytes | None) -> bool:
        """Keep a record."""
        if not self.deaf:
            self.said.append((topic, key, value))
        return not self.deaf
