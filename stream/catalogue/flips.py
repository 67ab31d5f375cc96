"""What a sweep makes of catalogue records: a run of listing events and what is decided now in, a word a record out.

It refuses to know where records come from and what is asked of whom.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Literal, NamedTuple

from stream.catalogue.decided import BLOCK, REMOVED, REVIEW, Decided, Row, digest_of
from stream.changes.change import FLIPS, Effect
from stream.contract import fields
from stream.contract.answer import NO_LABELS, Labels
from stream.contract.dead_letter import DeadLetter
from stream.contract.events import Events
from stream.contract.instant import Instant
from stream.contract.read import Other, read_run
from stream.contract.record import Record
from stream.decide.ruling import Ruling
from stream.pipeline import ClassifiedRun, Pipeline, classify_run, decide_run

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
        events, others = read_run(records)
        self._found(_placed(events, others, len(records)))

    def look(
        self, pipeline: Pipeline, records: Sequence[Record], as_of: Instant, labels: Labels = NO_LABELS
    ) -> list[Seen]:
        """Say what each record comes to under `labels`, in order."""
        run = classify_run(pipeline.model, records, labels)
        rulings = iter(decide_run(pipeline.policies, run, as_of))
        digests: dict[int, int] = {}
        placed, seen = _placed(run.events, run.others, len(records)), []
        for record, event, found in zip(records, placed, self._found(placed), strict=True):
            ruling = next(rulings) if isinstance(event, _Placed) else None
            if isinstance(found, Skipped):
                seen.append(Seen(record, b"", found))
                continue
            # Equal rulings are one object, so a run has few.
            said = digests.get(id(ruling))
            if said is None:
                said = digests[id(ruling)] = digest_of(ruling)
            seen.append(Seen(record, event.listing, _effect(found, ruling, said), event.local))
        return seen

    def found(self, run: ClassifiedRun) -> list[Row | Skipped]:
        """Say of each record of a run what is decided of its listing, or why that does not count."""
        return self._found(_placed(run.events, run.others, len(run.records)))

    def _found(self, placed: Sequence["_Placed | Skipped"]) -> list[Row | Skipped]:
        """Give what is decided of each record's listing, where this is the event that was decided, else why not."""
        found = self._decided.find([event.listing if isinstance(event, _Placed) else b"" for event in placed])
        rows = self._decided.rows(found)
        return [self._one(event, at, row) for event, at, row in zip(placed, found, rows, strict=True)]

    def _one(self, event: "_Placed | Skipped", at: int, row: Row | None) -> Row | Skipped:
        if isinstance(event, Skipped):
            return event
        if row is None:
            return Skipped.UNDECIDED
        if event.place != row.place[:3]:
            return Skipped.OLDER if event.place < row.place[:3] else Skipped.NEWER
        if row.flags & REMOVED:
            return Skipped.REMOVED
        if self._met[at]:
            return Skipped.REPEATED
        self._met[at] = 1
        return row


class _Placed(NamedTuple):
    """A listing event: of which listing, where among its events, and whether its seller is local."""

    listing: bytes
    place: tuple[int, int, bytes]
    local: bool


def _placed(events: Events, others: Mapping[int, Other], records: int) -> list[_Placed | Skipped]:
    columns = map(events.column, (fields.LISTING_ID, fields.REVISION, fields.EVENT_ID, fields.SELLER_TYPE))
    told = (
        _Placed(listing.encode(), (revision or 0, micros, event_id.encode()), seller == "local")
        for listing, revision, event_id, seller, micros in zip(*columns, events.micros.tolist(), strict=True)
    )
    return [_skipped(others[row]) if row in others else next(told) for row in range(records)]


def _skipped(other: Other) -> Skipped:
    return Skipped.UNREADABLE if isinstance(other, DeadLetter) else Skipped.REMOVED


def _effect(row: Row, ruling: Ruling, said: int) -> Effect:
    blocks, reviews = bool(row.flags & BLOCK), bool(row.flags & REVIEW)
    if blocks != (ruling.decision == "block"):
        return Effect.NEWLY_ALLOWED if blocks else Effect.NEWLY_BLOCKED
    if reviews != ruling.review:
        return Effect.OUT_OF_REVIEW if reviews else Effect.INTO_REVIEW
    return Effect.UNCHANGED if row.said == said else Effect.REASONS_ONLY
