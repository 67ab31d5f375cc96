"""What a sweep makes of catalogue records: a run of listing events and what is decided now in, a word a record out.

It refuses to know where records come from and what is asked of whom.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal, NamedTuple

from stream.catalogue.decided import BLOCK, REMOVED, REVIEW, Decided, Row, digest_of
from stream.changes.change import FLIPS, Effect
from stream.contract.dead_letter import DeadLetter
from stream.contract.event import ListingEvent
from stream.contract.instant import Instant
from stream.contract.read import Read, read_run
from stream.contract.record import Record
from stream.decide.ruling import Ruling
from stream.pipeline import Pipeline, classify_run, decide_run

Changes = Literal["flips", "review", "reasons"]
_REVIEWS = frozenset({Effect.INTO_REVIEW, Effect.OUT_OF_REVIEW})
# The effects for which a listing is decided again; what comes later takes in what is before it.
ASKED: dict[str, frozenset[Effect]] = {
    "flips": FLIPS,
    "review": FLIPS | _REVIEWS,
    "reasons": FLIPS | _REVIEWS | {Effect.REASONS_ONLY},
}


class Skipped(StrEnum):
    """Why a record's event is not the one that made its listing's current decision, or cannot be decided."""

    UNREADABLE = "unreadable"
    REMOVED = "removed"
    UNDECIDED = "undecided"
    OLDER = "older"
    NEWER = "newer"
    REPEATED = "repeated"


class Seen(NamedTuple):
    """A record, its listing, what it came to, and whether its seller is local."""

    record: Record
    listing: bytes
    word: Effect | Skipped
    local: bool = False


class Partition:
    """The listings of one partition as they are decided now; each counts once, by the event that decided it."""

    def __init__(self, decided: Decided) -> None:
        self._decided = decided
        self._met = bytearray(len(decided))

    def pass_over(self, records: Sequence[Record]) -> None:
        """Take note of records that an earlier run of the sweep has dealt with."""
        self._place(read_run(records).read)

    def look(self, pipeline: Pipeline, records: Sequence[Record], as_of: Instant) -> list[Seen]:
        """Say what each record comes to, in order."""
        run = classify_run(pipeline.model, records)
        rulings = iter(decide_run(pipeline.policies, run, as_of))
        digests: dict[int, int] = {}
        seen = []
        for record, read, found in zip(records, run.read, self._place(run.read), strict=True):
            ruling = next(rulings) if isinstance(read, ListingEvent) else None
            if isinstance(found, Skipped):
                seen.append(Seen(record, b"", found))
                continue
            # Equal rulings are one object, so a run has few.
            said = digests.get(id(ruling))
            if said is None:
                said = digests[id(ruling)] = digest_of(ruling)
            effect = _effect(found, ruling, said)
            seen.append(Seen(record, read.listing.id.encode(), effect, read.seller.type == "local"))
        return seen

    def _place(self, run: Sequence[Read]) -> list[Row | Skipped]:
        """Give what is decided of each record's listing, where this is the event that was decided, else why not."""
        keys = [read.listing.id.encode() if isinstance(read, ListingEvent) else b"" for read in run]
        found = self._decided.find(keys)
        rows = self._decided.rows(found)
        return [self._one(read, at, row) for read, at, row in zip(run, found, rows, strict=True)]

    def _one(self, read: Read, at: int, row: Row | None) -> Row | Skipped:
        if not isinstance(read, ListingEvent):
            return Skipped.UNREADABLE if isinstance(read, DeadLetter) else Skipped.REMOVED
        if row is None:
            return Skipped.UNDECIDED
        place = (read.listing.revision or 0, read.occurred_at.micros, read.event_id.encode())
        if place != row.place[:3]:
            return Skipped.OLDER if place < row.place[:3] else Skipped.NEWER
        if row.flags & REMOVED:
            return Skipped.REMOVED
        if self._met[at]:
            return Skipped.REPEATED
        self._met[at] = 1
        return row


def _effect(row: Row, ruling: Ruling, said: int) -> Effect:
    blocks, reviews = bool(row.flags & BLOCK), bool(row.flags & REVIEW)
    if blocks != (ruling.decision == "block"):
        return Effect.NEWLY_ALLOWED if blocks else Effect.NEWLY_BLOCKED
    if reviews != ruling.review:
        return Effect.OUT_OF_REVIEW if reviews else Effect.INTO_REVIEW
    return Effect.UNCHANGED if row.said == said else Effect.REASONS_ONLY
