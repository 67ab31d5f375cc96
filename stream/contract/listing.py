"""A listing event once readable: the pydantic models that are the truth about `keran.listing/1`.

Absent and null optional fields are both None, which means unknown, never a default. Unknown fields are ignored. Nothing
is coerced: text is text and a number is a number, as the event's producer wrote them.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from stream.contract.instant import InstantField
from stream.contract.wire import Wire

Identifier = Annotated[str, Field(min_length=1, max_length=512)]
Amount = Annotated[
    str, Field(pattern=r"^[0-9]{1,24}(\.[0-9]{1,12})?$", description="a decimal number as text, not negative")
]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="an ISO 4217 code")]
Revision = Annotated[int, Field(ge=0, le=2**63 - 1)]


class Price(Wire):
    """What the listing costs, in the currency it is offered in."""

    amount: Amount
    currency: Currency


class LocalContent(Wire):
    """Certified local content in percent: `tkdn` and the company benefit weight `bmp` that is added to it."""

    tkdn: float | None = None
    bmp: float | None = None


class Listing(Wire):
    """The thing offered for sale."""

    id: Identifier
    revision: Revision | None = None
    title: str
    description: str | None = None
    category_path: list[str] | None = None
    attributes: dict[str, Any] | None = None
    price: Price | None = None
    condition: str | None = None
    hs_code: str | None = None
    tkdn: LocalContent | None = None
    certificates: list[str] | None = None


class RemovedListing(Listing):
    """The thing no longer offered for sale; only its id must be known."""

    title: str | None = None


class Origin(Wire):
    """Where the goods are declared to come from and to be sent from: ISO 3166 alpha-2 codes."""

    country: str | None = None
    ship_from: str | None = None


class Seller(Wire):
    """Who offers it, as the marketplace registered them."""

    id: Identifier
    type: Literal["cross_border", "local"]
    country: str | None = None
    attributes: dict[str, Any] | None = None


class _Event(Wire):
    schema_: Annotated[Literal["keran.listing/1"], Field(alias="schema")]
    event_id: Identifier
    occurred_at: InstantField
    market: Identifier


class ListingEventModel(_Event):
    """A listing was created or updated."""

    event_type: Literal["listing.created", "listing.updated"]
    listing: Listing
    origin: Origin | None = None
    seller: Seller


class RemovalEventModel(_Event):
    """A listing was removed: a tombstone needs its id and its place in order, so neither origin nor seller is read."""

    event_type: Literal["listing.removed"]
    listing: RemovedListing
