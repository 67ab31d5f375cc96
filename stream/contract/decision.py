"""A decision: allow or block with its reasons, as `keran.decision/1` on the wire.

The models are the truth about the format and what consumers read it with. `write_decisions` does not build them: it
writes the same JSON from parts that are already plain, and tests hold every decision it writes to the models.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import repeat
from typing import Annotated, Any, Literal, Protocol

import numpy as np
import orjson
from pydantic import Field

from stream.contract.blake2b import DIGEST_BYTES, hash_rows
from stream.contract.classification import TEN_THOUSAND, Classifications
from stream.contract.event import ListingEvent, RemovalEvent
from stream.contract.events import events_of
from stream.contract.fields import EVENT_ID, LISTING_ID, MARKET, OCCURRED_AT, REVISION, SELLER_ID
from stream.contract.instant import Instant, InstantField, instant_at
from stream.contract.listing import Identifier, Revision
from stream.contract.outcome import Kind, Outcome, Place
from stream.contract.rows import Source, Spans, join_rows, side_by_side
from stream.contract.tuples import tuples_of
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
TraceParent = Annotated[str, Field(pattern="^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")]


class DecisionHeaders(Wire):
    """The headers of a decision: the `decision_id` of the one it replaces, where there is one, and the `traceparent`
    that its record came with.
    """

    supersedes: Annotated[DecisionId | None, Field(alias="keran-supersedes")] = None
    traceparent: TraceParent | None = None


class TombstoneHeaders(Wire):
    """The headers of a tombstone: ids and place in order of its event, or of the last one before a null value with
    a key, the `decision_id` of the decision it replaces, and the `traceparent` that its record came with; each is
    absent where there is none.
    """

    listing_id: Annotated[str, Field(alias="keran-listing-id")]
    event_id: Annotated[str | None, Field(alias="keran-event-id")] = None
    revision: Annotated[str | None, Field(alias="keran-revision", pattern="^[0-9]+$")] = None
    occurred_at: Annotated[InstantField | None, Field(alias="keran-occurred-at")] = None
    supersedes: Annotated[DecisionId | None, Field(alias="keran-supersedes")] = None
    traceparent: TraceParent | None = None


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
    return blake2b(orjson.dumps([event_id, model, *policies]), digest_size=DIGEST_BYTES).hexdigest()


def write_decisions(
    events: Sequence[ListingEvent],
    classifications: Classifications,
    rulings: Sequence[Ruled],
    moments: Sequence[Instant] | None,
) -> list[Outcome]:
    """Write the decisions of a run, row by row, each keyed by listing id; its revision and time are its place in order.

    `moments` are what each was decided as of, None where that is its own time. A decision is a row of pieces: words,
    what is carried over from its event, its ruling, its scores. What a run repeats is written once, and one compiled
    pass puts all pieces in their places. That takes a third of the time of joining each decision's parts in Python, and
    gives the bytes of the whole encoded at once, which a test holds it to. Raises ValueError where the lengths differ.
    """
    held = events_of(events)
    fields = held.spans
    if len({len(events), len(classifications), len(rulings), len(events if moments is None else moments)}) > 1:
        raise ValueError(f"{len(events)} events, {len(classifications)} classifications, {len(rulings)} rulings")
    source = Source(held.content)
    ruled, ruling_of = _once(rulings)
    names, named = _names(source, fields[:, EVENT_ID], classifications, ruled, ruling_of)
    # In the order of `Decision`'s fields. Times are RFC 3339 and ids hex digits: they need no escaping.
    pieces = [
        source.put(b'{"schema":"keran.decision/1","decision_id":"'),
        named,
        source.put(b'","event_id":'),
        fields[:, EVENT_ID],
        source.put(b',"occurred_at":'),
        fields[:, OCCURRED_AT],
        source.put(b',"listing_id":'),
        fields[:, LISTING_ID],
        source.put(b',"revision":'),
        _or_else(fields[:, REVISION], source.put(b"null")),
        source.put(b',"seller_id":'),
        fields[:, SELLER_ID],
        source.put(b',"market":'),
        fields[:, MARKET],
        source.put_all(map(_write_members, ruled))[ruling_of],
        *_write_classifications(source, classifications),
        source.put_all(b',"policies":' + orjson.dumps(ruling.policies) for ruling in ruled)[ruling_of],
        source.put(b',"as_of":'),
        fields[:, OCCURRED_AT] if moments is None else _write_moments(source, moments),
        source.put(b"}"),
    ]
    values = join_rows(source.content(), side_by_side(len(events), pieces))
    revisions = [revision or 0 for revision in held.column(REVISION)]
    event_ids, listing_ids = (list(map(str.encode, held.column(field))) for field in (EVENT_ID, LISTING_ID))
    places = tuples_of(Place, revisions, held.micros.tolist(), event_ids, names)
    said = ([ruling.review for ruling in ruled], [ruling.decision for ruling in ruled])
    reviews, decisions = (map(told.__getitem__, ruling_of) for told in said)
    kinds, headers, answered = (repeat(each, len(events)) for each in (Kind.DECISION, (), False))
    return tuples_of(Outcome, kinds, listing_ids, values, headers, reviews, decisions, places, answered)


_RULED = ("decision", "review", "reasons", "advice", "annotations", "evidence", "origin")
_SCORES = [orjson.dumps(score / TEN_THOUSAND) for score in range(TEN_THOUSAND + 1)]
_SCORE_STOPS = np.cumsum([0, *map(len, _SCORES)])
_ALL_SCORES, _SCORE_SPANS = b"".join(_SCORES), np.stack([_SCORE_STOPS[:-1], _SCORE_STOPS[1:]], axis=1)


def _once(things: Sequence[Any]) -> tuple[list[Any], list[int]]:
    """Give the objects that are there, each once, and for every row which of them it has."""
    ids = list(map(id, things))
    held = dict(zip(ids, things, strict=True))
    places = {key: place for place, key in enumerate(held)}
    return list(held.values()), list(map(places.__getitem__, ids))


def _write_members(ruling: Ruled) -> bytes:
    return b"," + orjson.dumps({name: getattr(ruling, name) for name in _RULED})[1:-1]


def _names(
    source: Source, event_ids: Spans, held: Classifications, ruled: Sequence[Ruled], ruling_of: Sequence[int]
) -> tuple[list[bytes], Spans]:
    """Give every row's `decision_id`, and where it stands: what is hashed is the JSON array of its event id, its model
    and its policies.
    """
    ends = source.put_all(_deciders(held.model, ruling) for ruling in ruled)[ruling_of]
    for row, model in held.labelled.items():
        ends[row] = source.put(_deciders(model, ruled[ruling_of[row]]))
    hashed = side_by_side(len(event_ids), [source.put(b"["), event_ids, ends])
    digits, length = hash_rows(source.content(), hashed), 2 * DIGEST_BYTES
    begins = np.arange(0, len(digits), length)
    spans = source.put(digits)[0] + np.stack([begins, begins + length], axis=1)
    return [digits[begin : begin + length] for begin in begins.tolist()], spans


def _write_moments(source: Source, moments: Sequence[Instant]) -> Spans:
    told, moment_of = _once(moments)
    return source.put_all(b'"%b"' % moment.text.encode() for moment in told)[moment_of]


def _deciders(model: str, ruling: Ruled) -> bytes:
    return b"," + orjson.dumps([model, *ruling.policies])[1:]


def _or_else(spans: Spans, otherwise: tuple[int, int]) -> Spans:
    return np.where(spans[:, :1] == spans[:, 1:], otherwise, spans)


def _write_classifications(source: Source, held: Classifications) -> Iterator[Spans | tuple[int, int]]:
    names = [orjson.dumps(cluster) for cluster in held.clusters]
    yield source.put_all(b',"classification":{"cluster":' + name + b',"scores":{' for name in names)[held.likeliest]
    begin, _ = source.put(_ALL_SCORES)
    for place, name in enumerate(names):
        yield source.put((b"," if place else b"") + name + b":")
        yield begin + _SCORE_SPANS[held.scores[:, place]]
    model = orjson.dumps(held.model)
    ends = source.put_all(b'},"abstained":%b,"model":%b}' % (word, model) for word in (b"false", b"true"))
    ends = ends[held.abstained.astype(np.int64)]
    for row, by in held.labelled.items():
        ends[row] = source.put(b'},"abstained":false,"model":%b}' % orjson.dumps(by))
    yield ends


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
