"""A decision: allow or block with its reasons, as `keran.decision/1` on the wire.

The models are the truth about the format and what consumers read it with. `write_decision` does not build them: it
writes the same JSON from parts that are already plain, and a test holds every decision it writes to the models.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Annotated, Any, Literal, Protocol

import orjson
from pydantic import Field

from stream.contract.classification import TEN_THOUSAND, Classification
from stream.contract.event import ListingEvent, RemovalEvent
from stream.contract.instant import Instant, InstantField
from stream.contract.listing import Identifier, Revision
from stream.contract.outcome import Kind, Outcome
from stream.contract.wire import Wire


class Reason(Wire):
    """A rule that matched: where it stands, what it asked for, its words and its citation."""

    policy: str
    phase: str
    rule: str
    then: str
    text: dict[str, str] = Field(default_factory=dict)
    citation: str | None = None


class Declared(Wire):
    """What the event says of the seller and the goods' origin."""

    seller_type: str
    country: str | None = None


class OriginView(Wire):
    """Origin as declared, as inferred from all signals, and the contradictions between them."""

    declared: Declared
    inferred: dict[str, Any]
    conflicts: list[Any]


class ClassificationView(Wire):
    """The classification that was decided on: `scores` are calibrated probabilities rounded to four places."""

    cluster: str
    scores: dict[str, Annotated[float, Field(ge=0, le=1)]]
    abstained: bool
    model: str


class Decision(Wire):
    """What the platform does with a listing, and everything needed to answer for it."""

    schema_: Annotated[Literal["keran.decision/1"], Field(alias="schema")]
    decision_id: str
    event_id: str
    occurred_at: InstantField
    listing_id: Identifier
    revision: Revision | None
    seller_id: str
    market: str
    decision: Literal["allow", "block"]
    review: bool
    reasons: list[Reason]
    advice: list[Any]
    annotations: list[Any]
    evidence: list[Any]
    origin: OriginView
    classification: ClassificationView
    policies: list[str]
    as_of: InstantField


class TombstoneHeaders(Wire):
    """The headers of a tombstone: its event's ids and place in order, absent where a null value with a key removed the
    listing.
    """

    listing_id: Annotated[str, Field(alias="keran-listing-id")]
    event_id: Annotated[str | None, Field(alias="keran-event-id")] = None
    revision: Annotated[str | None, Field(alias="keran-revision", pattern="^[0-9]+$")] = None
    occurred_at: Annotated[InstantField | None, Field(alias="keran-occurred-at")] = None


class Ruled(Protocol):
    """What `write_decision` needs to know of a ruling; everything in it is plain and ready for JSON."""

    decision: str
    review: bool
    reasons: Sequence[Mapping[str, Any]]
    advice: Sequence[Any]
    annotations: Sequence[Any]
    evidence: Sequence[Any]
    origin: Mapping[str, Any]
    policies: Sequence[str]


def decision_id(event_id: str, model: str, policies: Sequence[str]) -> str:
    """Name a decision by what decided it: 32 hex digits over event id, model id and policy ids, the same for ever.

    >>> decision_id("E-1", "m#1", ["p@1/a#2"]) == decision_id("E-1", "m#1", ["p@1/a#2"])
    True
    """
    # A JSON array keeps the parts apart whatever characters they hold.
    return blake2b(orjson.dumps([event_id, model, *policies]), digest_size=16).hexdigest()


def write_decision(event: ListingEvent, classification: Classification, ruling: Ruled, as_of: Instant) -> Outcome:
    """Write the decision of one listing event, keyed by listing id; its revision and time are its place in order."""
    listing, model = event.listing, classification.model
    scores = {c: s / TEN_THOUSAND for c, s in zip(classification.clusters, classification.scores, strict=True)}
    value = orjson.dumps(
        {
            "schema": "keran.decision/1",
            "decision_id": decision_id(event.event_id, model, ruling.policies),
            "event_id": event.event_id,
            "occurred_at": event.occurred_at.text,
            "listing_id": listing.id,
            "revision": listing.revision,
            "seller_id": event.seller.id,
            "market": event.market,
            "decision": ruling.decision,
            "review": ruling.review,
            "reasons": ruling.reasons,
            "advice": ruling.advice,
            "annotations": ruling.annotations,
            "evidence": ruling.evidence,
            "origin": ruling.origin,
            "classification": {
                "cluster": classification.cluster,
                "scores": scores,
                "abstained": classification.abstained,
                "model": model,
            },
            "policies": ruling.policies,
            "as_of": as_of.text,
        }
    )
    return Outcome(Kind.DECISION, listing.id.encode(), value, (), ruling.review, ruling.decision)


def write_tombstone(listing_id: str, event: RemovalEvent | None = None) -> Outcome:
    """Write the tombstone of a removed listing: a null value, with the removal event's ids and order in headers if
    there was one.
    """
    headers = [("keran-listing-id", listing_id)]
    if event is not None:
        headers += [("keran-event-id", event.event_id), ("keran-occurred-at", event.occurred_at.text)]
        if event.revision is not None:
            headers.append(("keran-revision", str(event.revision)))
    return Outcome(Kind.TOMBSTONE, listing_id.encode(), None, tuple((name, text.encode()) for name, text in headers))
