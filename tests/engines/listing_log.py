"""Events of a log of listings in a test's own words, and a pipeline that decides them: enough for order, no model."""

import json
from hashlib import blake2b
from typing import NamedTuple

from stream.contract.decision import write_tombstone
from stream.contract.event import RemovalEvent
from stream.contract.instant import instant_at
from stream.contract.outcome import Kind, Outcome, Place


class Event(NamedTuple):
    """What a record of the log says; `kind` is `update`, `removal` or `null`, which is a null value with a key."""

    listing: str
    revision: int = 0
    second: int = 0
    kind: str = "update"
    event_id: str = ""

    @property
    def order(self):
        return (self.revision, self.second * 1_000_000, self.event_id.encode())


def decided(event: Event, model: str = "m") -> Outcome:
    """What the pipeline would make of an event: as much as the order guard and `decisions` see of it."""
    key, moment = event.listing.encode(), instant_at(event.second * 1_000_000)
    if event.kind == "null":
        return write_tombstone(event.listing)
    if event.kind == "removal":
        return write_tombstone(event.listing, RemovalEvent(event.event_id, moment, event.listing, event.revision))
    name = blake2b(f"{event.event_id} {model}".encode(), digest_size=16).hexdigest()
    value = {
        "schema": "keran.decision/1",
        "decision_id": name,
        "event_id": event.event_id,
        "occurred_at": moment.text,
        "revision": event.revision,
    }
    place = Place(*event.order, name.encode())
    return Outcome(Kind.DECISION, key, json.dumps(value).encode(), (), False, "allow", place)


def wire(event: Event) -> bytes | None:
    """The value of its record, as `DecidesEvents` reads it."""
    return None if event.kind == "null" else json.dumps(event).encode()


class DecidesEvents:
    """A pipeline over such records; a key that is missing on the record is found in the event."""

    def __init__(self, model="m"):
        self.model = model

    def run(self, records, as_of):
        return [decided(self._read(record), self.model) for record in records]

    def _read(self, record):
        return Event(record.key.decode(), kind="null") if record.value is None else Event(*json.loads(record.value))
