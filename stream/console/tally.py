"""How many decisions of each sort there were, exactly, by second and by minute: counts in, sums over time out.

It keeps the last quarter of an hour by second and the last day by minute, in memory: what is older is forgotten, so it
stays the size it has. It knows sorts by number only, and no clock.
"""

from collections import Counter, deque
from collections.abc import Mapping
from threading import Lock

SECONDS_KEPT, MINUTES_KEPT = 900, 1_440


class Tally:
    """Exact counts. One thread adds, any may ask."""

    def __init__(self) -> None:
        self._seconds: dict[int, Counter[int]] = {}
        self._minutes: dict[int, Counter[int]] = {}
        self._lock = Lock()
        self.total = 0

    def add(self, counts: Mapping[int, Counter[int]]) -> None:
        """Take in counts by second and sort."""
        with self._lock:
            for second, found in counts.items():
                _into(self._seconds, second, found, SECONDS_KEPT)
                _into(self._minutes, second // 60, found, MINUTES_KEPT)
                self.total += found.total()

    def within(self, minutes: int, now: int) -> Counter[int]:
        """Give the counts by sort of the last so many minutes, the present one included; `now` in seconds."""
        with self._lock:
            held, found = now // 60, Counter[int]()
            for minute, counts in self._minutes.items():
                if held - minutes < minute <= held:
                    found.update(counts)
            return found

    def at(self, second: int) -> int:
        """Give how many there were in a second."""
        with self._lock:
            found = self._seconds.get(second)
            return found.total() if found else 0

    def a_second(self, now: int, span: int = 10) -> float:
        """Give how many there were a second, over the last so many whole seconds."""
        return sum(self.at(second) for second in range(now - span, now)) / span

    def series(self, now: int, points: int, step: int) -> list[Counter[int]]:
        """Give counts by sort for so many steps of so many seconds, the last one ending with `now`."""
        kept, unit = (self._seconds, 1) if step < 60 else (self._minutes, 60)
        end, width = now // unit, step // unit
        found = deque([Counter[int]() for _ in range(points)], maxlen=points)
        with self._lock:
            for at, counts in kept.items():
                place = points - 1 - (end - 1 - at) // width
                if at < end and 0 <= place < points:
                    found[place].update(counts)
        return list(found)

    def since(self) -> int | None:
        """Give the first minute of which anything is counted, in seconds since 1970."""
        with self._lock:
            return min(self._minutes, default=0) * 60 or None


def _into(kept: dict[int, Counter[int]], at: int, found: Counter[int], most: int) -> None:
    if at not in kept:
        kept[at] = Counter()
        while len(kept) > most:
            del kept[min(kept)]
    if at in kept:
        kept[at].update(found)
