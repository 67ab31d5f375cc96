"""The order guard: an older event never overrides a newer one of the same listing (promise 4).

Outcomes of a run come in; out go as many, the older ones superseded, and what replaces a decision says which. Before a
partition's first run its places are read back from its co-numbered partition of `decisions`, behind a fence that
shuts out whoever owned it before. It knows no Kafka client: `Past` and `Fence` are what it asks of one.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import structlog
from mode import Service

from stream.contract.decision import place_tombstone, supersede
from stream.contract.outcome import Kind, Outcome, Place
from stream.contract.placed import read_places
from stream.contract.record import Record
from stream.contract.records import keyless_rows
from stream.engines.asked import Asked
from stream.engines.partitions import partitions_of
from stream.engines.places import Places, Verdict

MINUTES_A_DAY = 24 * 60
_SUPERSEDED = {Verdict.OLDER: "older", Verdict.REMOVED: "removed", Verdict.DUPLICATE: "duplicate"}

log = structlog.get_logger("keran.order")


class Piece(NamedTuple):
    """Some of what a partition of `decisions` holds, in order, and how much of it is read with that, 0 to 1."""

    partition: int
    records: Sequence[Record]
    read: float


class Past(Protocol):
    """What is on `decisions`; `decisions_log.DecisionsLog` on Kafka, `memory.MemoryPast` in tests."""

    def read(self, partitions: Sequence[int]) -> AsyncIterator[Piece]:
        """Give the pieces of each partition up to where it ends now, the last one, empty or not, with `read` at 1."""


class Fence(Protocol):
    """What keeps a partition's outputs to one writer. `count` is how many partitions there are, once it is known."""

    count: int | None

    async def fence(self, partition: int) -> None:
        """Return once whoever wrote for that partition before can do so no longer."""

    async def let_go(self, partition: int) -> None:
        """Give up writing for that partition."""


@dataclass
class Holding:
    """A partition that is this worker's: its places, and whether they are complete; False when it was lost before."""

    places: Places
    complete: asyncio.Future[bool]
    asked: Asked = field(default_factory=Asked)
    read: float = 0.0
    records: int = 0
    unreadable: int = 0
    began: float = field(default_factory=time.monotonic)


class Order(Service):
    """The places of every partition that this worker owns. Without a `past` it trusts the producers' order."""

    def __init__(self, past: Past | None, fence: Fence, retention_days: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._past, self._fence, self._retention = past, fence, retention_days * MINUTES_A_DAY
        self._holdings: dict[int, Holding] = {}
        self._generation = 0
        self._taking: asyncio.Future[None] | None = None

    # Which partitions are ours.

    def revoke(self) -> None:
        """Note that the group shares out anew: what is not complete by now is read again by whoever gets it."""
        for holding in self._holdings.values():
            if not holding.complete.done():
                holding.complete.set_result(False)

    def assign(self, partitions: Iterable[int], generation: int) -> None:
        """Take over what is new, let go of what is gone.

        What stays from one generation to the next had no other owner in between and is kept.
        """
        if self._past is None:
            return
        self.revoke()
        kept = self._kept(set(partitions)) if generation == self._generation + 1 else set()
        gone, fresh = set(self._holdings) - kept, sorted(set(partitions) - kept)
        self._generation = generation
        self._holdings = {p: self._holdings[p] for p in kept} | {p: self._begin() for p in fresh}
        before, self._taking = self._taking, self.add_future(self._take_over(self._taking, gone, fresh))
        if before is not None:
            before.cancel()

    def _kept(self, partitions: set[int]) -> set[int]:
        return {p for p in partitions & set(self._holdings) if self._holdings[p].complete.result()}

    def _begin(self) -> Holding:
        return Holding(Places(self._retention), asyncio.get_running_loop().create_future())

    async def _take_over(self, before: asyncio.Future | None, gone: Iterable[int], fresh: Sequence[int]) -> None:
        if before is not None:
            await asyncio.wait([before])
        await asyncio.gather(*map(self._fence.let_go, gone))
        await asyncio.gather(*map(self._fence.fence, fresh))
        holdings = {partition: self._holdings[partition] for partition in fresh}
        if fresh:
            log.info("reading decisions", partitions=fresh)
            async for piece in self._past.read(fresh):
                restore(holdings[piece.partition], piece)
                if piece.read >= 1 and not holdings[piece.partition].complete.done():
                    holdings[piece.partition].complete.set_result(True)
                    _tell(piece.partition, holdings[piece.partition])

    async def is_ours(self, partition: int) -> bool:
        """Wait until a partition's places are complete; false where it was lost before that, or is not ours."""
        if self._past is None:
            return True
        holding = self._holdings.get(partition)
        return holding is not None and await asyncio.shield(holding.complete)

    def incomplete(self) -> Iterator[str]:
        """Give, for each partition whose places are being read, how far that is."""
        for partition, holding in sorted(self._holdings.items()):
            if not holding.complete.done():
                yield f"reading decisions of partition {partition}: {holding.read:.0%}"

    def sizes(self) -> Mapping[int, tuple[int, int]]:
        """Give each partition's listings and the bytes that their places take, and the keys of those in question."""
        return {p: (len(h.places), h.places.nbytes() + h.asked.nbytes()) for p, h in self._holdings.items()}

    # What may be published.

    def guard(
        self, partition: int, records: Sequence[Record], outcomes: Sequence[Outcome], *, asked: bool
    ) -> list[Outcome]:
        """Give the outcomes of a run that `is_ours` was true for, superseded where their listing has something newer.

        `asked` says that the records come from `listings.redecide`, where a null value removes nothing.
        """
        if self._past is None:
            return list(outcomes)
        minute = int(time.time()) // 60
        if asked:
            outcomes = [supersede_null(outcome) for outcome in outcomes]
        if self._fence.count is not None:
            outcomes = hand_on(partition, self._fence.count, records, outcomes)
        holding = self._holdings[partition]
        return holding.asked.take(order_run(holding.places, outcomes, minute, revive=not asked))


def restore(holding: Holding, piece: Piece) -> None:
    """Let a holding's places take what is on `decisions`.

    A null without a place, as `KERAN_ORDER=producer` writes it, removes its listing at the place that this has.
    """
    read, now, begin = read_places(piece.records), int(time.time()) // 60, 0
    for null in [i for i, place in enumerate(read) if place is None and piece.records[i].value is None]:
        _restore_placed(holding.places, piece.records[begin:null], read[begin:null], now)
        holding.places.remove(piece.records[null].key or b"", _minute(piece.records[null], now))
        begin = null + 1
    _restore_placed(holding.places, piece.records[begin:], read[begin:], now)
    holding.asked.restore(piece.records)
    holding.read = piece.read
    holding.records += len(read)
    holding.unreadable += sum(p is None and r.value is not None for r, p in zip(piece.records, read, strict=True))


def _restore_placed(places: Places, records: Sequence[Record], read: Sequence[Place | None], now: int) -> None:
    placed = [(record, place) for record, place in zip(records, read, strict=True) if place is not None]
    keys = [record.key for record, _ in placed]
    minutes = [_minute(record, now) for record, _ in placed]
    removed = [record.value is None for record, _ in placed]
    places.take(keys, [place for _, place in placed], removed, minutes)


def _minute(record: Record, now: int) -> int:
    # 0 would be a listing that is there. What a clock ahead of ours wrote is as of now: later, and it would end the
    # retention of every removal before it.
    return max(1, min(now, (record.timestamp or 0) // 60_000))


def hand_on(partition: int, count: int, records: Sequence[Record], outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Hand what came without a key on to `listings.redecide` where another partition is its listing's home."""
    ours = list(outcomes)
    strays = [row for row in keyless_rows(records) if outcomes[row].place is not None]
    homes = partitions_of([outcomes[i].key for i in strays], count) if strays else []
    for i, home in zip(strays, homes, strict=True):
        if home != partition:
            record = records[i]
            ours[i] = Outcome(Kind.HANDED_ON, outcomes[i].key, record.value, tuple(record.headers))
    return ours


def supersede_null(outcome: Outcome) -> Outcome:
    """Supersede the tombstone of a null value; anything else is as it was."""
    return _superseded(outcome, "older") if _is_null(outcome) else outcome


def order_run(places: Places, outcomes: Sequence[Outcome], minute: int, *, revive: bool) -> list[Outcome]:
    """Give a run's outcomes, in order, as what their listings have allows; `places` then hold the run too.

    A null value has no place of its own: the log says what it comes after. With `revive` the event that it removed,
    read behind it, puts the listing back, or else a run read twice would remove what it had put there (event 1, null,
    event 2: read again, the null removes event 2). A sweep's copy does not: it may be from before the null.
    """
    ordered, begin = list(outcomes), 0
    nulls = [i for i, outcome in enumerate(outcomes) if _is_null(outcome)]
    for null in nulls:
        _order_placed(places, ordered, slice(begin, null), minute, revive)
        ordered[null] = _place_null(places, ordered[null], minute)
        begin = null + 1
    _order_placed(places, ordered, slice(begin, len(ordered)), minute, revive)
    return ordered


def _order_placed(places: Places, ordered: list[Outcome], part: slice, minute: int, revive: bool) -> None:
    at = [i for i in range(part.start, part.stop) if ordered[i].place is not None]
    run = [ordered[i] for i in at]
    # A placed outcome is a decision or a tombstone. To ask for its kind takes twice as long.
    removed = [outcome.value is None for outcome in run]
    keys, taken = [outcome.key for outcome in run], [outcome.place for outcome in run]
    verdicts, replaced_ids = places.take(keys, taken, removed, [minute] * len(at), revive=revive)
    for i, verdict, replaced in zip(at, verdicts, replaced_ids, strict=True):
        if verdict in _SUPERSEDED:
            ordered[i] = _superseded(ordered[i], _SUPERSEDED[verdict])
        elif replaced:
            ordered[i] = supersede(ordered[i], replaced)


def _place_null(places: Places, tombstone: Outcome, minute: int) -> Outcome:
    place = places.remove(tombstone.key, minute)
    if place is None:
        return tombstone
    placed = place_tombstone(tombstone, place)
    return supersede(placed, place.decision_id) if place.decision_id else placed


def _superseded(outcome: Outcome, why: str) -> Outcome:
    return Outcome(Kind.SUPERSEDED, outcome.key, None, tally=why)


def _is_null(outcome: Outcome) -> bool:
    # Most have a place, and to ask for the kind takes twice as long.
    return outcome.place is None and outcome.kind is Kind.TOMBSTONE


def _tell(partition: int, holding: Holding) -> None:
    log.info(
        "decisions read",
        partition=partition,
        listings=len(holding.places),
        records=holding.records,
        unreadable=holding.unreadable,
        seconds=round(time.monotonic() - holding.began, 1),
    )
