"""The ledger: one partition's runs from the moment they are handed over until their offset may be committed.

It holds the three rules that order and at-least-once stand on. A run may be handed over only where the last one ended,
so no offset is passed over unseen. It may be decided only when those before it are in work or decided. And an offset
may be committed only when every run before it is decided. It knows nothing of Kafka or Faust, and of a message only
which one it is.
"""

from collections import deque
from dataclasses import dataclass


@dataclass
class _Handed:
    message: object
    end: int
    decided: bool
    begun: bool = False


class Ledger:
    """One partition's account; `next` is where the next run must begin."""

    def __init__(self, begin: int) -> None:
        self.next = begin
        self.decided: int | None = None
        self._open: deque[_Handed] = deque()

    def joins(self, begin: int) -> bool:
        """Say whether a run that begins there leaves no offset out and hands none over twice."""
        return begin == self.next

    def hand_over(self, message: object, end: int, *, decided: bool = False) -> None:
        """Note that `message` carries everything up to `end`; `decided` where there is nothing in it to decide."""
        self._open.append(_Handed(message, end, decided))
        self.next = end

    def begin(self, message: object) -> bool | None:
        """Say whether a message is the next to be decided, and note that it is in work; None where it is not of here.

        Faust skips messages while the group shares out anew: what follows one of those must wait for it.
        """
        for handed in self._open:
            if handed.message is message:
                handed.begun = True
                return True
            if not (handed.begun or handed.decided):
                return False if any(later.message is message for later in self._open) else None
        return None

    def note_decided(self, message: object) -> None:
        """Note that the outcomes of a message are held. One that was not handed over here changes nothing.

        The message itself counts, never its offset, which a later one may share, nor what Faust calls acknowledged:
        where it is not compiled it acknowledges what it skips while the group shares out anew.
        """
        for handed in self._open:
            if handed.message is message:
                handed.decided = True

    def committable(self) -> int | None:
        """Give the offset up to which everything handed over is decided, None when nothing is."""
        while self._open and self._open[0].decided:
            self.decided = self._open.popleft().end
        return self.decided

    def __len__(self) -> int:
        return len(self._open)
