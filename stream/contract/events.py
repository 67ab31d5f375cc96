"""A run's listing events as columns: one buffer, and where each field of each event stands in it.

A scan's spans come in, or events that another reader read; lists of one field come out, and an event only where
somebody asks for one. It refuses to know which reader read what, and what a field means.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, overload

import msgspec
import numpy as np
import orjson
from msgspec.structs import force_setattr
from numpy.typing import NDArray

from stream.contract import fields
from stream.contract.alike import Alike, alike_texts
from stream.contract.event import UNKNOWN_ORIGIN, ListingEvent
from stream.contract.instant import Instant
from stream.contract.rows import Source, json_array
from stream.contract.tuples import tuples_of

_decode = msgspec.json.Decoder(ListingEvent).decode


@dataclass(frozen=True, slots=True, eq=False)
class Events(Sequence[ListingEvent]):
    """n listing events. Field f of event i is the JSON `content[begin:end]` of `spans[i, f]`, nothing where it says
    nothing; `spans` is (n, FIELDS, 2). `micros` are the times. `made` holds those that were events from the start.
    """

    content: bytes
    spans: NDArray[np.int64]
    micros: NDArray[np.int64]
    made: Mapping[int, ListingEvent]

    def __len__(self) -> int:
        return len(self.spans)

    @overload
    def __getitem__(self, row: int) -> ListingEvent: ...
    @overload
    def __getitem__(self, row: slice) -> "Events": ...
    def __getitem__(self, row: int | slice) -> "ListingEvent | Events":
        """Give one event, made anew each time, or some as columns. Raises IndexError."""
        at = range(len(self))[row]
        if isinstance(at, range):
            return self.rows(at)
        return self.made[at] if at in self.made else self._make(at)

    def __iter__(self) -> Iterator[ListingEvent]:
        return (self[row] for row in range(len(self)))

    def _make(self, row: int) -> ListingEvent:
        begin, end = self.spans[row, fields.RECORD]
        event = _decode(self.content[begin:end])
        return finished(event, Instant(event.occurred_at, int(self.micros[row])))

    def rows(self, chosen: Sequence[int] | NDArray[np.int64]) -> "Events":
        """Give some, in that order, over the same buffer."""
        rows = np.asarray(chosen, np.int64)
        made = {at: self.made[row] for at, row in enumerate(rows.tolist()) if row in self.made} if self.made else {}
        return Events(self.content, self.spans.take(rows, axis=0), self.micros[rows], made)

    def column(self, field: int) -> list[Any]:
        """Give what each event says in a field, as JSON says it; None where it says nothing."""
        return orjson.loads(json_array(self.content, self.spans[:, field]))

    def alike(self, chosen: Sequence[int]) -> Alike:
        """Tell which events say the same, byte for byte, in all of these fields."""
        return alike_texts(self.content, self.spans.take(chosen, axis=1))

    def instants(self) -> list[Instant]:
        """Give each event's own time."""
        return tuples_of(Instant, self.column(fields.OCCURRED_AT), self.micros.tolist())


def finished(event: ListingEvent, instant: Any) -> ListingEvent:
    """Add what msgspec has no type for: the time is an instant, and an origin that nobody named one of unknowns."""
    force_setattr(event, "occurred_at", instant)
    if event.origin is None:
        force_setattr(event, "origin", UNKNOWN_ORIGIN)
    return event


def events_of(events: Sequence[ListingEvent]) -> Events:
    """Give events as columns, however they were read."""
    if isinstance(events, Events):
        return events
    source = Source(b"")
    spans = [spans_of(event, source) for event in events]
    micros = np.array([event.occurred_at.micros for event in events], np.int64)
    return Events(source.content(), _as_spans(spans), micros, dict(enumerate(events)))


def spans_of(event: ListingEvent, source: Source) -> list[tuple[int, int]]:
    """Write the fields of an event to a source, and say where each stands."""
    listing, spans = event.listing, [(0, 0)] * fields.FIELDS
    said = [(event, _EVENT), (listing, _LISTING), (listing.price, _PRICE), (listing.tkdn, _LOCAL_CONTENT)]
    for part, parts in [*said, (event.origin, _ORIGIN), (event.seller, _SELLER)]:
        for field, value_of in parts.items() if part is not None else ():
            value = value_of(part)
            if value is not None:
                spans[field] = source.put(orjson.dumps(value))
    return spans


_EVENT = {
    fields.EVENT_ID: attrgetter("event_id"),
    fields.EVENT_TYPE: attrgetter("event_type"),
    fields.OCCURRED_AT: attrgetter("occurred_at.text"),
    fields.MARKET: attrgetter("market"),
}
_LISTING = {
    fields.LISTING_ID: attrgetter("id"),
    fields.REVISION: attrgetter("revision"),
    fields.TITLE: attrgetter("title"),
    fields.DESCRIPTION: attrgetter("description"),
    fields.CATEGORY_PATH: attrgetter("category_path"),
    fields.ATTRIBUTES: attrgetter("attributes"),
    fields.CONDITION: attrgetter("condition"),
    fields.HS_CODE: attrgetter("hs_code"),
    fields.CERTIFICATES: attrgetter("certificates"),
}
_PRICE = {fields.AMOUNT: attrgetter("amount"), fields.CURRENCY: attrgetter("currency")}
_LOCAL_CONTENT = {fields.TKDN: attrgetter("tkdn"), fields.BMP: attrgetter("bmp")}
_ORIGIN = {fields.COUNTRY: attrgetter("country"), fields.SHIP_FROM: attrgetter("ship_from")}
_SELLER = {
    fields.SELLER_ID: attrgetter("id"),
    fields.SELLER_TYPE: attrgetter("type"),
    fields.SELLER_COUNTRY: attrgetter("country"),
    fields.SELLER_ATTRIBUTES: attrgetter("attributes"),
}


def _as_spans(spans: Sequence[Sequence[tuple[int, int]]]) -> NDArray[np.int64]:
    return np.array(spans, np.int64).reshape(len(spans), fields.FIELDS, 2)
