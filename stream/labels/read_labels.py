"""Labels from their bytes: records in, labels and bad ones, each told with its place and reason, out.

It knows no file, no topic and no cluster by name; nothing in a record makes it raise.
"""

from collections.abc import Iterable
from typing import NamedTuple

from pydantic import ValidationError

from stream.classify.normalise import normalise
from stream.contract.json_path import json_path
from stream.contract.label import Label


class LabelRecord(NamedTuple):
    """A label's bytes and where they stand. A file gives no `key`; no value takes back what is before it of its key."""

    place: str
    value: bytes | None
    key: bytes | None = None


class BadLabel(NamedTuple):
    """A record that is no good label: where, and why."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class ReadLabels(NamedTuple):
    """What was read, in its order."""

    labels: list[Label]
    bad: list[BadLabel]


def read_labels(records: Iterable[LabelRecord]) -> ReadLabels:
    """Read labels. Every record comes out once, as a label or as a bad one, or takes labels of its listing back."""
    labels: list[Label] = []
    bad: list[BadLabel] = []
    forgotten: dict[str, int] = {}
    for record in records:
        if record.value is None:
            forgotten[(record.key or b"").decode("utf-8", "replace")] = len(labels)
            continue
        found = read_label(record.place, record.value, record.key)
        (bad if isinstance(found, BadLabel) else labels).append(found)
    kept = [label for n, label in enumerate(labels) if n >= forgotten.get(label.listing_id, 0)]
    return ReadLabels(kept, bad)


def read_label(place: str, value: bytes, key: bytes | None = None) -> Label | BadLabel:
    """Read one label, or say why it is none; `key` is its record's, and None in a file."""
    try:
        label = Label.model_validate_json(value)
    except ValidationError as error:
        reasons = (f"`{json_path(wrong['loc'])}`: {_lower(wrong['msg'])}" for wrong in error.errors())
        return BadLabel(place, "; ".join(reasons))
    if key is not None and key != label.listing_id.encode():
        return BadLabel(place, "`$.listing_id`: expected the record's key, got another id")
    if not normalise(label.title):
        return BadLabel(place, "`$.title`: expected a letter or a digit in it, got none")
    return label


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]
