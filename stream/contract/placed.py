"""What is read back of `decisions`: for each decision or tombstone, the place of its event among those of its listing.

Records come in, places go out; what nobody of ours wrote has none. It reads no more of a decision than that: a worker
reads all of its partitions before it decides anything.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from stream.contract.instant import parse_instant
from stream.contract.outcome import Place
from stream.contract.record import Record

# What the wire allows of a listing's id and of an event's: 512 characters, at most four bytes each. Keys and ids that
# are longer are nobody's of ours, and the places have no room for them.
ID_CHARACTERS, ID_BYTES = 512, 4 * 512
_REVISION_AT_MOST = 2**63 - 1


class _Placed(msgspec.Struct, frozen=True):
    schema: str
    decision_id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    event_id: Annotated[str, msgspec.Meta(max_length=ID_CHARACTERS)]
    occurred_at: str
    revision: Annotated[int, msgspec.Meta(ge=0, le=_REVISION_AT_MOST)] | None


_decode = msgspec.json.Decoder(_Placed).decode


def read_places(records: Sequence[Record]) -> list[Place | None]:
    """Read the place of each record of `decisions`, None where it has none that can be read. Never raises."""
    return [
        None
        if record.key is None or len(record.key) > ID_BYTES
        else _read_tombstone(record)
        if record.value is None
        else _read_decision(record.value)
        for record in records
    ]


def _read_decision(value: bytes) -> Place | None:
    try:
        found = _decode(value)
        occurred_at = parse_instant(found.occurred_at).micros
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError):
        return None
    return Place(found.revision or 0, occurred_at, found.event_id.encode(), found.decision_id.encode())


def _read_tombstone(record: Record) -> Place | None:
    headers = dict(record.headers)
    try:
        event_id = headers["keran-event-id"]
        occurred_at = parse_instant(headers["keran-occurred-at"].decode()).micros
        revision = int(headers.get("keran-revision", b"0"))
    except (KeyError, AttributeError, TypeError, ValueError):
        return None
    known = event_id is not None and len(event_id) <= ID_BYTES and 0 <= revision <= _REVISION_AT_MOST
    return Place(revision, occurred_at, event_id) if known else None
