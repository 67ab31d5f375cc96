"""What a decision carries over from its listing event: the bytes of six fields, as JSON writes them.

Where they stand among the bytes that were read they are not written anew: `spans` says where. It refuses to know what
a decision is.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from stream.contract.event import ListingEvent
from stream.contract.rows import Source

# EVENT_ID, OCCURRED_AT, MARKET, LISTING_ID, REVISION, SELLER_ID: the first columns of what a scan says.
CARRIED = 6


class Carried(NamedTuple):
    """Of n events the fields above: field f of event i is `content[begin:end]` of `spans[i, f]`, nothing where it has
    none. `spans` is (n, 6, 2).
    """

    content: bytes
    spans: NDArray[np.int64]


def carry(events: Sequence[ListingEvent]) -> Carried:
    """Write what is carried of events, however they were read."""
    source = Source(b"")
    spans = [spans_of(event, source) for event in events]
    return Carried(source.content(), np.array(spans, np.int64).reshape(len(events), CARRIED, 2))


def spans_of(event: ListingEvent, source: Source) -> list[tuple[int, int]]:
    """Write what is carried of one event to a source, and say where it stands."""
    listing = event.listing
    texts = (event.event_id, event.occurred_at.text, event.market, listing.id)
    fields = [*map(orjson.dumps, texts), b"" if listing.revision is None else b"%d" % listing.revision]
    return [source.put(field) for field in (*fields, orjson.dumps(event.seller.id))]
