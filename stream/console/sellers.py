"""How many different sellers there were, by day: names in, a number out, from a sample of fixed size.

Of each day, market, cluster and type of seller the 256 smallest hashes are kept: up to 256 sellers the number is exact,
above that it lies within some 6 in 100, two times in three. Hashes are this process's own, and so is the number.
"""

import heapq
import sys
from collections.abc import Iterable, Mapping
from threading import Lock
from typing import NamedTuple

KEPT = 256
# Days of markets and clusters, each with two types of seller: 2 KB each.
SAMPLES_AT_MOST = 8_000
_WHOLE = sys.maxsize


class Part(NamedTuple):
    """What sellers are counted by; `seller` is `local` or `cross_border`."""

    day: int
    market: str
    cluster: str
    seller: str


class Sellers:
    """The samples. One thread adds, any may ask."""

    def __init__(self) -> None:
        self._samples: dict[Part, set[int]] = {}
        self._lock = Lock()

    def add(self, names: Mapping[Part, Iterable[str]]) -> None:
        """Take in sellers."""
        with self._lock:
            for part, found in names.items():
                held = self._samples.setdefault(part, set())
                held.update(hash(name) & _WHOLE for name in found)
                if len(held) > 2 * KEPT:
                    self._samples[part] = set(heapq.nsmallest(KEPT, held))
            while len(self._samples) > SAMPLES_AT_MOST:
                del self._samples[min(self._samples)]

    def count(self, days: range, market: str, cluster: str, seller: str) -> int:
        """Give how many there were in some days, each once; every market where it is empty."""
        with self._lock:
            smallest = heapq.nsmallest(KEPT, set().union(*self._within(days, market, cluster, seller)))
        return len(smallest) if len(smallest) < KEPT else round((KEPT - 1) * _WHOLE / smallest[-1])

    def _within(self, days: range, market: str, cluster: str, seller: str) -> list[set[int]]:
        return [
            held
            for part, held in self._samples.items()
            if part.day in days and part.seller == seller and part.cluster == cluster and market in ("", part.market)
        ]
