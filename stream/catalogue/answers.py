"""What became of a request: what its record comes to, decided once more against what stands now, in; one answer out.

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


class Answer(StrEnum):
    """What stands now of a listing that was asked for."""

    STANDS = "stand"
    GAVE_WAY = "gave way to a newer event"
    MISSING = "missing"


def answer_of(word: Effect | Skipped, changes: Changes) -> Answer:
    """Say what became of a request whose record comes to this word now.

    What would be asked for once more was not answered. An event older than what is decided gave way, and so did one of
    a listing that is removed.

    >>> answer_of(Effect.UNCHANGED, "review"), answer_of(Skipped.OLDER, "review")
    (<Answer.STANDS: 'stand'>, <Answer.GAVE_WAY: 'gave way to a newer event'>)
    >>> answer_of(Effect.INTO_REVIEW, "review"), answer_of(Effect.INTO_REVIEW, "flips")
    (<Answer.MISSING: 'missing'>, <Answer.STANDS: 'stand'>)
    """
    if word in (Skipped.OLDER, Skipped.REMOVED):
        return Answer.GAVE_WAY
    undecided = word in (Skipped.NEWER, Skipped.UNDECIDED, Skipped.UNREADABLE)
    return Answer.MISSING if undecided or word in ASKED[changes] else Answer.STANDS


@dataclass
class Answers:
    """What became of the requests that were found; `requested` is how many were sent."""

    requested: int
    counts: Counter[Answer] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)

    def take(self, seen: Iterable[Seen], changes: Changes) -> None:
        """Take requests as they were looked at."""
        for one in seen:
            answer = answer_of(one.word, changes)
            self.counts[answer] += 1
            if answer is Answer.MISSING and len(self.missing) < _NAMED:
                self.missing.append((one.record.key or b"").decode(errors="replace"))

    @property
    def gone(self) -> int:
        """How many requests the topic no longer holds: nobody can say what became of them."""
        return max(0, self.requested - self.counts.total())

    @property
    def complete(self) -> bool:
        """Whether every request was answered."""
        return not self.gone and not self.counts[Answer.MISSING]


def lines_of(answers: Answers) -> list[str]:
    """Say it for a terminal.

    >>> print(*lines_of(Answers(5, Counter({Answer.STANDS: 3, Answer.MISSING: 1}), ["L-1"])), sep="\\n")
    answered 3 of 5: 3 stand, 0 gave way to a newer event, 1 missing
    missing: L-1
    1 request is no longer on the topic of requests: what became of it is not known
    """
    counts = answers.counts
    answered = counts[Answer.STANDS] + counts[Answer.GAVE_WAY]
    told = ", ".join(f"{counts[answer]:,} {answer}" for answer in Answer)
    lines = [f"answered {answered:,} of {answers.requested:,}: {told}"]
    if answers.missing:
        more = ", ..." if counts[Answer.MISSING] > len(answers.missing) else ""
        lines.append(f"missing: {', '.join(answers.missing)}{more}")
    if answers.gone:
        are, them = ("request is", "it") if answers.gone == 1 else ("requests are", "them")
        rest = f"no longer on the topic of requests: what became of {them} is not known"
        lines.append(f"{answers.gone:,} {are} {rest}")
    return lines
