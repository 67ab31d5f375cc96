"""An event once readable: what the rest of the code is given, whichever reader read it.

The pydantic models in `listing.py` are the truth about the format and word its refusals; these structs hold what they
accepted, field for field, in slots that cost a third of a model's to read. None is unknown.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

_Id = Annotated[str, Meta(min_length=1, max_length=512)]
_Revision = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class Price(Struct, frozen=True, gc=False):
    """What the listing costs: a decimal number as text, and an ISO 4217 code."""

    amount: str
    currency: str


class LocalContent(Struct, frozen=True, gc=False):
    """Certified local content in percent."""

    tkdn: float | None = None
    bmp: float | None = None


class Listing(Struct, frozen=True, gc=False):
    """The thing offered for sale."""

    id: _Id
    title: str
    revision: _Revision | None = None
    description: str | None = None
    category_path: list[str] | None = None
    attributes: dict[str, Any] | None = None
    price: Price | None = None
    condition: str | None = None
    hs_code: str | None = None
    tkdn: LocalContent | None = None
    certificates: list[str] | None = None


class Origin(Struct, frozen=True, gc=False):
    """Where the goods are declared to come from and to be sent from."""

    country: str | None = None
    ship_from: str | None = None


class Seller(Struct, frozen=True, gc=False):
    """Who offers it."""

    id: _Id
    type: Literal["cross_border", "local"]
    country: str | None = None
    attributes: dict[str, Any] | None = None


UNKNOWN_ORIGIN = Origin()


class ListingEvent(Struct, frozen=True, gc=False):
    """A listing was created or updated. `occurred_at` is an Instant and `origin` an Origin once the reader is done."""

    schema: Literal["keran.listing/1"]
    event_id: _Id
    event_type: Literal["listing.created", "listing.updated"]
    occurred_at: Any
    market: _Id
    listing: Listing
    seller: Seller
    origin: Origin | None = None


class RemovalEvent(Struct, frozen=True, gc=False):
    """A listing was removed: its id, and its place in the order of the listing's events."""

    event_id: str
    occurred_at: Any
    listing_id: str
    revision: int | None
