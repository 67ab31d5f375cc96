"""The ledger: one partition's runs from the moment they are handed over until their offset may be committed.

It holds the two rules that at-least-once stands on. A run may be handed over only where the last one ended, so no
offset is passed over unseen. And an offset may be committed only when every run before it is decided. It knows
nothing of Kafka or Faust: what it asks of a message is `acked`.
"""

from collections import deque
from typing import Protocol


class Acknowledged(Protocol):
    """All that is read of a Faust message. The message itself counts, never its offset, which a later one may share."""

    acked: bool


class Ledger:
    """One partition's account; `next` is where the next run must begin."""

    def __init__(self, begin: int) -> None:
        self.next = begin
        self.decided: int | None = None
        self._open: deque[tuple[Acknowledged, int]] = deque()

    def joins(self, begin: int) -> bool:
        """Say whether a run that begins there leaves no offset out and hands none over twice."""
        return begin == self.next

    def hand_over(self, message: Acknowledged, end: int) -> None:
        """Note that `message` carries everything up to `end`."""
        self._open.append((message, end))
        self.next = end

    def committable(self) -> int | None:
        """Give the offset up to which everything handed over is decided, None when nothing is."""
        while self._open and self._open[0][0].acked:
            _, self.decided = self._open.popleft()
        return self.decided

    def __len__(self) -> int:
        return len(self._open)
