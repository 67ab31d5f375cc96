"""What became of a request: what its record comes to, decided once more against what stands now, in; one fate out.

It refuses to know how requests are read and how long anybody waits for them.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from stream.catalogue.flips import ASKED, Changes, Seen, Skipped
from stream.changes.change import Effect

# How many listings that are missing are named.
_NAMED = 10


class Fate(StrEnum):
    """What stands now of a listing that was asked for."""

    STANDS = "stand"
    GAVE_WAY = "gave way to a newer event"
    MISSING = "missing"


def fate_of(word: Effect | Skipped, changes: Changes) -> Fate:
    """Say what became of a request whose record comes to this word now.

    What would be asked for once more was not answered. An event older than what is decided gave way, and so did one of
    a listing that is removed.

    >>> fate_of(Effect.UNCHANGED, "review"), fate_of(Skipped.OLDER, "review")
    (<Fate.STANDS: 'stand'>, <Fate.GAVE_WAY: 'gave way to a newer event'>)
    >>> fate_of(Effect.INTO_REVIEW, "review"), fate_of(Effect.INTO_REVIEW, "flips")
    (<Fate.MISSING: 'missing'>, <Fate.STANDS: 'stand'>)
    """
    if word in (Skipped.OLDER, Skipped.REMOVED):
        return Fate.GAVE_WAY
    undecided = word in (Skipped.NEWER, Skipped.UNDECIDED, Skipped.UNREADABLE)
    return Fate.MISSING if undecided or word in ASKED[changes] else Fate.STANDS


@dataclass
class Fates:
    """What became of the requests that were found; `requested` is how many were sent."""

    requested: int
    counts: Counter[Fate] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)

    def take(self, seen: Iterable[Seen], changes: Changes) -> None:
        """Take requests as they were looked at."""
        for one in seen:
            fate = fate_of(one.word, changes)
            self.counts[fate] += 1
            if fate is Fate.MISSING and len(self.missing) < _NAMED:
                self.missing.append((one.record.key or b"").decode(errors="replace"))

    @property
    def gone(self) -> int:
        """How many requests the topic no longer holds: nobody can say what became of them."""
        return max(0, self.requested - self.counts.total())

    @property
    def complete(self) -> bool:
        """Whether every request was answered."""
        return not self.gone and not self.counts[Fate.MISSING]


def lines_of(fates: Fates) -> list[str]:
    """Say it for a terminal.

    >>> print(*lines_of(Fates(5, Counter({Fate.STANDS: 3, Fate.MISSING: 1}), ["L-1"])), sep="\\n")
    answered 3 of 5: 3 stand, 0 gave way to a newer event, 1 missing
    missing: L-1
    1 request is no longer on the topic of requests: what became of it is not known
    """
    counts = fates.counts
    answered = counts[Fate.STANDS] + counts[Fate.GAVE_WAY]
    told = ", ".join(f"{counts[fate]:,} {fate}" for fate in Fate)
    lines = [f"answered {answered:,} of {fates.requested:,}: {told}"]
    if fates.missing:
        more = ", ..." if counts[Fate.MISSING] > len(fates.missing) else ""
        lines.append(f"missing: {', '.join(fates.missing)}{more}")
    if fates.gone:
        are, them = ("request is", "it") if fates.gone == 1 else ("requests are", "them")
        rest = f"no longer on the topic of requests: what became of {them} is not known"
        lines.append(f"{fates.gone:,} {are} {rest}")
    return lines
