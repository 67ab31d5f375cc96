"""Records of `reviews` and `labels` in, rows of the store out: who waits for a person, and what people said.

What is neither is passed over, and counted by nobody: others may write to a topic too. It knows no store and no page.
"""

from collections.abc import Iterable

import msgspec

from stream.console.store import Answer, Asks
from stream.contract.answer import is_labelled
from stream.contract.label import Label
from stream.contract.record import Record
from stream.labels.queue import doubt
from stream.labels.read_labels import LabelRecord, read_labels


class _Classification(msgspec.Struct):
    cluster: str
    scores: dict[str, float]
    model: str


class _Decision(msgspec.Struct):
    listing_id: str
    seller_id: str
    market: str
    review: bool
    classification: _Classification


_decode = msgspec.json.Decoder(_Decision).decode


def asks_of(records: Iterable[Record]) -> dict[str, Asks | None]:
    """Give by listing what its last record on `reviews` asks, None where it asks nothing (more)."""
    found: dict[str, Asks | None] = {}
    for record in records:
        said = None if record.value is None else _read(record)
        if record.value is None or said is not None:
            found[(record.key or b"").decode("utf-8", "replace")] = said and _row(record, said)
    return found


def answers_of(records: Iterable[Record]) -> list[Answer]:
    """Give the labels among records, in order; a record without a value says nothing of who wrote what."""
    wire = (LabelRecord("", record.value, record.key) for record in records if record.value is not None)
    return [answer_of(label) for label in read_labels(wire).labels]


def answer_of(label: Label) -> Answer:
    """Give a label as a row."""
    at = label.labelled_at.micros // 1_000
    return Answer(
        at,
        label.label_id,
        label.listing_id,
        label.cluster,
        label.labelled_by,
        label.withdrawn,
        label.title,
        label.note or "",
    )


def _read(record: Record) -> _Decision | None:
    try:
        said = _decode(record.value)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    ours = said.listing_id.encode("utf-8", "replace") == record.key and len(said.classification.scores) > 1
    return said if ours or is_labelled(said.classification.model) else None


def _row(record: Record, said: _Decision) -> Asks | None:
    found = said.classification
    # Nobody is asked for a cluster that a person has said.
    if not said.review or is_labelled(found.model):
        return None
    scores = msgspec.json.encode(found.scores)
    at = record.timestamp or 0
    return Asks(at, said.seller_id, said.market, found.cluster, doubt(found.scores), scores, record.value)
