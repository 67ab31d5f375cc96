"""What the tests of labels share: labels by few words."""

import orjson

from stream.contract.label import Label
from stream.labels.read_labels import LabelRecord


def given(label_id: str, cluster: str = "other", day: int = 1, **others: object) -> dict[str, object]:
    """A label as it stands on the wire, of the day'th of August."""
    fields = {"schema": "keran.label/1", "label_id": label_id, "listing_id": "L-1", "title": "mug batik"}
    by = {"cluster": cluster, "labelled_at": f"2021-08-{day:02}T10:00:00+07:00", "labelled_by": "reviewer-1"}
    return fields | by | others


def label(*args: object, **others: object) -> Label:
    return Label.model_validate_json(orjson.dumps(given(*args, **others)))


def record(value: object, key: bytes | None = None, place: str = "labels.jsonl:1") -> LabelRecord:
    return LabelRecord(place, value if isinstance(value, bytes) else orjson.dumps(value), key)
