"""A TCP proxy on loopback that stands between clients and one broker, and can be slow, deaf or gone.

Bytes go through as they come; it knows nothing of Kafka. Every proxy of a test shares one thread with an event loop of its own,
so that a busy test does not make the network slow by accident.
"""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

_PIECE = 64 * 1024


class Network:
    """The thread that carries the bytes of every proxy."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run something on the proxies' loop and give its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def close(self) -> None:
        """Stop the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


class Proxy:
    """One broker's door: passes bytes on from `port` to `target` on loopback, as slowly as told, or refuses."""

    def __init__(self, network: Network, port: int, target: int) -> None:
        self.port, self._target, self._network = port, target, network
        self._delay = 0.0
        self._deaf = asyncio.Event()
        self._pairs: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        network.do(self._open())

    def pass_on(self) -> None:
        """Be a good network again: no delay, nothing held back, new connections taken."""
        self._delay = 0.0
        self._network.do(self._open())

    def slow_down(self, seconds: float) -> None:
        """Hold every piece back by so long, each way."""
        self._delay = seconds

    def cut(self) -> None:
        """Break every connection there is; new ones are taken."""
        self._network.do(self._cut())

    def refuse(self) -> None:
        """Break every connection and take none until `pass_on`."""
        self._network.do(self._refuse())

    def swallow(self) -> None:
        """Carry nothing more, and break nothing: what a firewall does that forgets a connection."""
        self._network.do(self._swallow())

    def close(self) -> None:
        """Refuse for good."""
        self._network.do(self._refuse())

    async def _open(self) -> None:
        self._deaf.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._connect, "127.0.0.1", self.port)

    async def _swallow(self) -> None:
        self._deaf.clear()

    async def _cut(self) -> None:
        for pair in self._pairs:
            pair.cancel()
        await asyncio.gather(*self._pairs, return_exceptions=True)

    async def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._cut()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._pairs.add(task)
        try:
            with suppress(OSError, asyncio.CancelledError):
                await self._carry_both_ways(reader, writer)
        finally:
            self._pairs.discard(task)
            writer.close()

    async def _carry_both_ways(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        ways = [asyncio.create_task(self._carry(reader, back)), asyncio.create_task(self._carry(there, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            back.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(_PIECE):
            await self._deaf.wait()
            if self._delay:
                await asyncio.sleep(self._delay)
            writer.write(piece)
            await writer.drain()
