"""Differences between live pair and shadow, a bounded number a minute: changes of a run come in, some go to a topic.

Whoever takes a run never waits here; what is over the rate, or finds the topic slow, is counted and gone.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

from stream.changes.change import Change
from stream.contract.instant import Instant
from stream.contract.shadow import write_difference
from stream.engines.aside import Says
from stream.engines.live_metrics import LiveMetrics
from stream.live.serving import Serving, difference_of, is_difference

MINUTE = 60.0
WAITING_AT_MOST = 1_000


class Samples:
    """The differences that wait to be said."""

    def __init__(self, a_minute: int, metrics: LiveMetrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._a_minute, self._metrics, self._clock = a_minute, metrics, clock
        self._waiting: asyncio.Queue[tuple[bytes, bytes]] = asyncio.Queue(WAITING_AT_MOST)
        self._minute, self._taken = clock(), 0

    def take(self, changes: Sequence[Change], serving: Serving, as_of: Instant) -> None:
        """Take the first differences of each minute."""
        for change in filter(is_difference, changes):
            if not self._may_take():
                self._metrics.samples.labels("over_rate").inc()
                continue
            difference = difference_of(change, serving, as_of)
            self._waiting.put_nowait((difference.listing_id.encode(), write_difference(difference)))

    def _may_take(self) -> bool:
        if self._clock() - self._minute >= MINUTE:
            self._minute, self._taken = self._clock(), 0
        if self._taken >= self._a_minute or self._waiting.full():
            return False
        self._taken += 1
        return True

    async def say_all(self, aside: Says, topic: str) -> None:
        """Say what waits, one at a time, for ever."""
        while True:
            key, value = await self._waiting.get()
            said = await aside.say(topic, key, value)
            self._metrics.samples.labels("said" if said else "lost").inc()
