"""Counts as they come -> the counts of the recent past, in a few slots, so that memory stays what it is.

A slot ends when it is old enough and has enough titles: a busy hour and a quiet day both fill the window, and one
seller's upload of a minute does not. Time comes in as a number of seconds that never goes back.
"""

from collections import deque
from collections.abc import Sequence

from stream.drift.signals import Counts, added, no_counts, titles_in

SLOTS, SLOT_SECONDS, SLOT_TITLES = 12, 300.0, 250


class Window:
    """The latest slots, the one that fills among them: an hour at least once it is full, and 3,000 titles."""

    def __init__(self, clusters: Sequence[str]) -> None:
        self.clusters = tuple(clusters)
        self._slots: deque[Counts] = deque([no_counts(clusters)], maxlen=SLOTS)
        self._began: float | None = None

    def take(self, counts: Counts, now: float) -> None:
        """Add counts to the slot that fills, or to a new one where that has ended; the oldest goes."""
        self._began = now if self._began is None else self._began
        if now - self._began >= SLOT_SECONDS and titles_in(self._slots[-1]) >= SLOT_TITLES:
            self._slots.append(no_counts(self.clusters))
            self._began = now
        self._slots[-1] = added((self._slots[-1], counts), self.clusters)

    def counts(self) -> Counts:
        """Give the counts of all slots."""
        return added(self._slots, self.clusters)
