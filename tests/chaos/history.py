"""A history: what one partition's topics held at the end, and what was committed at moments on the way.

Records come in as Kafka hands them over; the few facts that the laws of `invariants.py` ask about go out, small enough that
millions fit in memory. This is a second reader, independent of the product's: plain JSON, and it knows only what the traffic of
these tests holds.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple, Protocol

Place = tuple[int, int, str]
Source = tuple[str, int, int]
# How many headers the worker adds to a dead letter.
OUR_HEADERS = 7


class Record(Protocol):
    """What is asked of a record; aiokafka's ConsumerRecord is one."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class Input(NamedTuple):
    """A record of `listings` or `listings.redecide`: of which listing, and where among its events.

    Without a listing it cannot be read. Without a place it is a null value with a key. What cannot be read, or came without a
    key, keeps its bytes.
    """

    offset: int
    listing: str | None
    place: Place | None
    removal: bool
    keyed: bool = True
    kept: tuple[bytes | None, bytes | None, tuple[tuple[str, bytes], ...]] | None = None


class Published(NamedTuple):
    """A record of `decisions` or `reviews`: a decision, or a tombstone, which has no `decision_id`.

    `by` is a digest of event, model and policies, `body` of all but `as_of`.
    """

    offset: int
    listing: str
    place: Place | None
    decision_id: str | None
    supersedes: str | None = None
    review: bool = False
    by: bytes = b""
    body: bytes = b""


class Letter(NamedTuple):
    """A record of `listings.dead`: where it is, and the record that it keeps."""

    partition: int
    offset: int
    kept: tuple[bytes | None, bytes | None, tuple[tuple[str, bytes], ...]]


class Sample(NamedTuple):
    """A moment: what was committed of an input topic's partition, and just after how far the outputs reached."""

    committed: int
    decisions: int
    dead: Mapping[int, int]


@dataclass(frozen=True)
class History:
    """Everything about the co-numbered partitions of one number.

    `letters` and `request_letters` are those of this partition's listings and requests, by the offset of the record that they
    keep; `handed_on` are the values that came without a key to any partition and are on `listings.redecide`.
    """

    partition: int
    listings: Sequence[Input]
    requests: Sequence[Input] = ()
    decisions: Sequence[Published] = ()
    reviews: Sequence[Published] = ()
    letters: Mapping[int, Sequence[Letter]] = field(default_factory=dict)
    request_letters: Mapping[int, Sequence[Letter]] = field(default_factory=dict)
    handed_on: frozenset[bytes] = frozenset()
    samples: Sequence[Sample] = ()
    request_samples: Sequence[Sample] = ()


def read_input(record: Record) -> Input:
    """Say what a record of an input topic is."""
    kept = (record.key, record.value, tuple(record.headers))
    if record.value is None:
        if record.key is None or not _is_text(record.key):
            return Input(record.offset, None, None, removal=False, kept=kept)
        return Input(record.offset, record.key.decode(), None, removal=True)
    try:
        event = json.loads(record.value.decode(), parse_constant=_refuse)
        listing, removal = event["listing"]["id"], event["event_type"] == "listing.removed"
        place = place_of(event["listing"].get("revision"), event["occurred_at"], event["event_id"])
        readable = event["schema"] == "keran.listing/1" and (removal or isinstance(event["listing"]["title"], str))
    except (ValueError, KeyError, TypeError, RecursionError):
        readable = False
    if not readable or (record.key is not None and record.key != listing.encode()):
        return Input(record.offset, None, None, removal=False, kept=kept)
    keyed = record.key is not None
    return Input(record.offset, listing, place, removal, keyed, None if keyed else kept)


def read_published(record: Record) -> Published:
    """Read a decision or a tombstone. Raises where it is neither: nothing else may be there."""
    headers = dict(record.headers)
    supersedes = headers.get("keran-supersedes")
    replaced = supersedes.decode() if supersedes else None
    if record.value is None:
        return Published(record.offset, record.key.decode(), _tombstone_place(headers), None, replaced)
    body = json.loads(record.value)
    if body.pop("schema") != "keran.decision/1" or body["listing_id"].encode() != record.key:
        raise ValueError(f"{record.topic} {record.partition} {record.offset} is no decision on its key")
    body.pop("as_of")
    place = place_of(body["revision"], body["occurred_at"], body["event_id"])
    by = [body["event_id"], body["classification"]["model"], body["policies"]]
    name, review = body["decision_id"], body["review"]
    return Published(record.offset, body["listing_id"], place, name, replaced, review, _digest(by), _digest(body))


def read_letter(record: Record) -> tuple[Source, Letter]:
    """Read a dead letter: which record it keeps by its headers, and what of it."""
    # Behind its own, which may be called like ours: a dead letter that was handed on and could not be read again.
    ours = {name: value.decode() for name, value in record.headers[-OUR_HEADERS:]}
    theirs = tuple(record.headers[:-OUR_HEADERS])
    source = (ours["keran-topic"], int(ours["keran-partition"]), int(ours["keran-offset"]))
    return source, Letter(record.partition, record.offset, (record.key, record.value, theirs))


def place_of(revision: int | None, occurred_at: str, event_id: str) -> Place:
    """Give an event's place: greater is newer."""
    moment = datetime.fromisoformat(occurred_at)
    return (revision or 0, int(moment.timestamp()) * 1_000_000 + moment.microsecond, event_id)


def _tombstone_place(headers: Mapping[str, bytes]) -> Place | None:
    if "keran-event-id" not in headers:
        return None
    revision = int(headers.get("keran-revision", b"0"))
    return place_of(revision, headers["keran-occurred-at"].decode(), headers["keran-event-id"].decode())


def _digest(found: object) -> bytes:
    return blake2b(json.dumps(found, sort_keys=True).encode(), digest_size=12).digest()


def _is_text(key: bytes) -> bool:
    try:
        key.decode()
    except UnicodeDecodeError:
        return False
    return True


def _refuse(name: str) -> None:
    raise ValueError(name)
