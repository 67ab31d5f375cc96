"""What the console knows: records of the topics in, counts, rows and the state of what is live out.

A reader hands over records, whatever it reads them from; pages ask. One thread writes. It knows no Kafka client and no
page, and what it cannot read it counts and passes over: others may write to a topic too.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from pydantic import ValidationError

from stream.console.advised import Goods
from stream.console.questions import Questions
from stream.console.sampling import Sampling
from stream.console.shares import Shares, origin_of
from stream.console.sorts import REMOVED, Sorts
from stream.console.store import Dead, Event, Kept, Shadowed, Store
from stream.console.tally import Tally
from stream.console.waiting import answers_of, asks_of
from stream.contract.dead_record import read_dead_record
from stream.contract.record import Record
from stream.contract.shadow import Difference
from stream.live.state import State, state_of

LAGS_KEPT = 300


class _Tkdn(msgspec.Struct):
    tkdn: float | None = None


class _Listing(msgspec.Struct):
    title: str = ""
    tkdn: _Tkdn | None = None


class _Origin(msgspec.Struct):
    country: str | None = None


class _Seller(msgspec.Struct):
    id: str
    type: str


class _Event(msgspec.Struct):
    listing: _Listing
    event_type: str = ""
    market: str = ""
    origin: _Origin | None = None
    seller: _Seller | None = None


_read_event = msgspec.json.Decoder(_Event).decode


@dataclass(slots=True)
class Reading:
    """How the reading goes: `lag` is of the workers' group, None where nobody can tell; `fault` says what is wrong."""

    lag: int | None = None
    fault: str = ""
    dead: Counter[str] = field(default_factory=Counter)
    unread: int = 0
    lags: deque[int] = field(default_factory=lambda: deque(maxlen=LAGS_KEPT))


class Board:
    """All that pages show of the topics, in memory and in a store of its own file."""

    def __init__(self, folder: Path, kept: int = 1_000_000, budget: int = 2_000) -> None:
        self.sorts, self.tally, self.sampling = Sorts(), Tally(), Sampling(budget)
        self.dead_tally, self.reading, self.shares = Tally(), Reading(), Shares()
        self.store = Store(folder / "console.db", kept)
        self.questions = Questions(self.store.file)
        self._control: dict[bytes | None, Record] = {}
        self.state = State(None, ())

    def take_decisions(self, records: Sequence[Record]) -> None:
        """Count every decision and removal, and keep those of the listings that are sampled."""
        counts: dict[int, Counter[int]] = defaultdict(Counter)
        kept: list[Kept] = []
        for record in records:
            self._take(record, counts, kept)
        self.tally.add(counts)
        for second in sorted(counts):
            self.sampling.count(second, counts[second].total())
        self.store.write(kept, hours=self.shares.give())

    def _take(self, record: Record, counts: dict[int, Counter[int]], kept: list[Kept]) -> None:
        at, key = record.timestamp or 0, record.key or b""
        if record.value is None:
            listing, seller, sort = key.decode("utf-8", "replace"), "", self.sorts.number(REMOVED)
        elif (seen := self.sorts.read(record.value)) is not None:
            listing, seller, sort = seen[:3]
            self.shares.take(at, seen, self.sorts.all[sort])
        else:
            self.reading.unread += 1
            return
        counts[at // 1000][sort] += 1
        if self.sampling.keeps(key):
            kept.append(Kept(at, listing, seller, sort, record.partition, record.value))

    def take_listings(self, records: Iterable[Record]) -> None:
        """Keep the newest event of the listings that are sampled, and see what all show of their goods; what is no
        event is the worker's business.
        """
        keyed = ((record, _read(record.value)) for record in records if record.value and record.key)
        found = [(record, event) for record, event in keyed if event]
        for record, event in found:
            if (goods := _goods(record, event)) is not None:
                self.shares.advised.show(goods, record.timestamp or 0)
        sampled = (_kept(record, event) for record, event in found if self.sampling.keeps(record.key))
        self.store.write(events=[event for event in sampled if event])

    def take_dead(self, records: Iterable[Record]) -> None:
        """Count and keep dead letters; marks and what Keran did not write are passed over."""
        found = []
        for record in records:
            letter = read_dead_record(record)
            if letter is not None:
                at = record.timestamp or 0
                self.reading.dead[letter.code] += 1
                self.dead_tally.add({at // 1000: Counter({0: 1})})
                key = (letter.key or b"").decode("utf-8", "replace")
                found.append(Dead(at, letter.code, letter.reason, key, str(letter.origin), str(letter.at)))
        self.store.write(dead=found)

    def take_differences(self, records: Iterable[Record]) -> None:
        """Keep differences of the shadow."""
        self.store.write(differences=[found for record in records if (found := _difference(record))])

    def take_reviews(self, records: Sequence[Record]) -> None:
        """Take in who waits for a person and who does no longer, all of them and not some."""
        self.store.write(waiting=asks_of(records))

    def take_labels(self, records: Sequence[Record]) -> None:
        """Take in what people answered, here or elsewhere."""
        self.store.write(answers=answers_of(records))

    def take_control(self, records: Iterable[Record]) -> None:
        """Take in what control says is live and what workers run."""
        self._control |= {record.key: record for record in records}
        self.state = state_of(self._control.values())

    def take_lag(self, lag: int | None) -> None:
        """Take in how many events the workers have not decided yet."""
        self.reading.lag = lag
        if lag is not None:
            self.reading.lags.append(lag)


def _read(value: bytes) -> _Event | None:
    try:
        return _read_event(value)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _kept(record: Record, event: _Event) -> Event | None:
    try:
        return Event(record.key.decode(), record.timestamp or 0, event.listing.title, record.value)
    except UnicodeDecodeError:
        return None


def _goods(record: Record, event: _Event) -> Goods | None:
    """Give what an event of a local seller shows of its goods."""
    if event.seller is None or event.seller.type != "local":
        return None
    local = origin_of(event.origin and event.origin.country, event.market) == "local"
    stated = event.listing.tkdn and event.listing.tkdn.tkdn
    listing = record.key.decode("utf-8", "replace")
    return Goods(event.seller.id, listing, event.event_type, local, bool(stated and stated > 0))


def _difference(record: Record) -> Shadowed | None:
    try:
        said = Difference.model_validate_json(record.value or b"")
    except ValidationError:
        return None
    return Shadowed(record.timestamp or 0, said.listing_id, said.effect, record.value)
