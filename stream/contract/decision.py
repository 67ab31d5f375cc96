"""A decision: allow or block with its reasons, as `keran.decision/1` on the wire.

The models are the truth about the format and what consumers read it with. `write_decisions` does not build them: it
writes the same JSON from parts that are already plain, and tests hold every decision it writes to the models.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Annotated, Any, Literal, Protocol

import orjson
from pydantic import Field

from stream.contract.classification import TEN_THOUSAND, Classification, Classifications
from stream.contract.event import ListingEvent, RemovalEvent
from stream.contract.instant import Instant, InstantField, instant_at
from stream.contract.listing import Identifier, Revision
from stream.contract.outcome import Kind, Outcome, Place
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


DecisionId = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


class DecisionHeaders(Wire):
    """The headers of a decision: the `decision_id` of the one it replaces, where there is one."""

    supersedes: Annotated[DecisionId | None, Field(alias="keran-supersedes")] = None


class TombstoneHeaders(Wire):
    """The headers of a tombstone: ids and place in order of its event, or of the last one before a null value with
    a key, and the `decision_id` of the decision it replaces; each is absent where there is none.
    """

    listing_id: Annotated[str, Field(alias="keran-listing-id")]
    event_id: Annotated[str | None, Field(alias="keran-event-id")] = None
    revision: Annotated[str | None, Field(alias="keran-revision", pattern="^[0-9]+$")] = None
    occurred_at: Annotated[InstantField | None, Field(alias="keran-occurred-at")] = None
    supersedes: Annotated[DecisionId | None, Field(alias="keran-supersedes")] = None


class Ruled(Protocol):
    """What `write_decisions` needs to know of a ruling; everything in it is plain and ready for JSON."""

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


def write_decisions(
    events: Sequence[ListingEvent],
    classifications: Sequence[Classification] | Classifications,
    rulings: Sequence[Ruled],
    moments: Sequence[Instant],
) -> list[Outcome]:
    """Write the decisions of a run, row by row, each keyed by listing id; its revision and time are its place in order.

    What a run repeats is written once and joined: equal rulings are one object, and a score is one of 10,001. That
    takes half the time of encoding every decision whole, and gives the same bytes, which a test holds it to.
    """
    ruled: dict[int, tuple[bytes, bytes]] = {}
    outcomes = []
    for event, classification, ruling, moment in zip(events, classifications, rulings, moments, strict=True):
        parts = ruled.get(id(ruling))
        if parts is None:
            parts = ruled[id(ruling)] = _write_ruling(ruling)
        name = decision_id(event.event_id, classification.model, ruling.policies).encode()
        value = _DECISION % (
            name,
            orjson.dumps(event.event_id),
            event.occurred_at.text.encode(),
            orjson.dumps(event.listing.id),
            b"null" if event.listing.revision is None else b"%d" % event.listing.revision,
            orjson.dumps(event.seller.id),
            orjson.dumps(event.market),
            parts[0],
            _write_classification(classification),
            parts[1],
            moment.text.encode(),
        )
        key = event.listing.id.encode()
        place = Place(event.listing.revision or 0, event.occurred_at.micros, event.event_id.encode(), name)
        outcomes.append(Outcome(Kind.DECISION, key, value, (), ruling.review, ruling.decision, place))
    return outcomes


# In the order of `Decision`'s fields. Times are RFC 3339 and ids hex digits: they need no escaping.
_DECISION = (
    b'{"schema":"keran.decision/1","decision_id":"%b","event_id":%b,"occurred_at":"%b","listing_id":%b,"revision":%b,'
    b'"seller_id":%b,"market":%b,%b,"classification":%b,"policies":%b,"as_of":"%b"}'
)
_RULED = ("decision", "review", "reasons", "advice", "annotations", "evidence", "origin")
_SCORES = [orjson.dumps(score / TEN_THOUSAND) for score in range(TEN_THOUSAND + 1)]


def _write_ruling(ruling: Ruled) -> tuple[bytes, bytes]:
    members = orjson.dumps({name: getattr(ruling, name) for name in _RULED})
    return members[1:-1], orjson.dumps(ruling.policies)


def _write_classification(classification: Classification) -> bytes:
    shape = _classification_shape(classification.clusters, classification.cluster, classification.model)
    scores = [_SCORES[score] for score in classification.scores]
    return shape % (*scores, b"true" if classification.abstained else b"false")


@lru_cache(maxsize=256)
def _classification_shape(clusters: tuple[str, ...], cluster: str, model: str) -> bytes:
    likeliest, by, *names = (orjson.dumps(text).replace(b"%", b"%%") for text in (cluster, model, *clusters))
    scores = b",".join(name + b":%b" for name in names)
    return b'{"cluster":' + likeliest + b',"scores":{' + scores + b'},"abstained":%b,"model":' + by + b"}"


def write_tombstone(listing_id: str, event: RemovalEvent | None = None) -> Outcome:
    """Write the tombstone of a removed listing: a null value, with the removal event's ids and order in headers if
    there was one.
    """
    headers = [("keran-listing-id", listing_id)]
    place = None
    if event is not None:
        place = Place(event.revision or 0, event.occurred_at.micros, event.event_id.encode())
        headers += [("keran-event-id", event.event_id), ("keran-occurred-at", event.occurred_at.text)]
        if event.revision is not None:
            headers.append(("keran-revision", str(event.revision)))
    encoded = tuple((name, text.encode()) for name, text in headers)
    return Outcome(Kind.TOMBSTONE, listing_id.encode(), None, encoded, place=place)


def place_tombstone(tombstone: Outcome, place: Place) -> Outcome:
    """Give the tombstone of a null value the place that it takes: that of the event which it removes."""
    headers = [("keran-event-id", place.event_id), ("keran-occurred-at", instant_at(place.occurred_at).text.encode())]
    if place.revision:
        headers.append(("keran-revision", b"%d" % place.revision))
    return tombstone._replace(headers=(*tombstone.headers, *headers), place=place)


def supersede(outcome: Outcome, decision_id: bytes) -> Outcome:
    """Name the decision that a decision or tombstone replaces."""
    return outcome._replace(headers=(*outcome.headers, ("keran-supersedes", decision_id)))
