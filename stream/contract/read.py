"""Bytes -> listing event, or a dead letter that says which field was wrong and how.

Two readers share the work. The sure one: orjson holds the whole record, ignored fields included, to UTF-8 and RFC 8259
(pydantic's own parser takes `NaN` in fields it ignores), and the pydantic models then hold the named fields to their
types; it words every refusal. The quick one: a compiled scan finds a run's plainly well-formed values and where their
fields stand, and nothing more is read until somebody asks for it. Whatever the quick one is not certain of goes to the
sure one, so a property test need only show that what the quick one takes, the sure one takes and reads alike.

Limits that RFC 8259 section 9 leaves to a reader: numbers fit a double, nesting is at most 1024 deep, and an unpaired
surrogate escape is refused, since it has no UTF-8 form to write a decision with.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
import orjson
from numpy.typing import NDArray
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from stream.contract.dead_letter import Code, DeadLetter
from stream.contract.event import ListingEvent, RemovalEvent
from stream.contract.events import Events, finished, spans_of
from stream.contract.fields import LISTING_ID, OCCURRED_AT
from stream.contract.json_path import json_path, path_at
from stream.contract.listing import ListingEventModel, RemovalEventModel
from stream.contract.micros import LEFT, micros_of
from stream.contract.plain_json import Scan, scan
from stream.contract.record import Record
from stream.contract.records import Columns, columns_of
from stream.contract.rows import Source, equal_rows, within_quotes

_check_listing = ListingEventModel.__pydantic_validator__.validate_python
_check_removal = RemovalEventModel.__pydantic_validator__.validate_python


class KeyRemoval(str):
    """The listing id of a null value with a key: a removal that carries no event."""

    __slots__ = ()


Other = RemovalEvent | KeyRemoval | DeadLetter
Read = ListingEvent | Other


class ReadRun(NamedTuple):
    """What a run's records said: the listing events among them, in order, and by row what every other record said."""

    events: Events
    others: Mapping[int, Other]


def read_run(records: Sequence[Record]) -> ReadRun:
    """Read a run of records. Never raises; the results are those of `read_record` of each."""
    held = columns_of(records)
    found = scan(held.content, held.values)
    micros = _micros(found)
    left = np.flatnonzero((micros == LEFT) | ~_are_keyed(found, held)).tolist()
    read = {row: _read_surely(records[row]) for row in left}
    return ReadRun(_events(found, micros, read), {row: said for row, said in read.items() if not _is_event(said)})


def read_record(record: Record) -> Read:
    """Read one record: its event, or the removal that a null value means, or why neither could be read. Never raises.

    A null key is taken; a key that is not the listing's id is not.
    """
    run = read_run([record])
    return run.others[0] if run.others else run.events[0]


def read_listing(value: bytes) -> ListingEvent | RemovalEvent | DeadLetter:
    """Read the bytes of one listing event, `keran.listing/1`, or say why they cannot be read. Never raises."""
    try:
        found = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        return _refuse_bytes(value, error)
    try:
        return event_of(found)
    except ValidationError as error:
        return _refuse_fields(error)


def event_of(found: Any) -> ListingEvent | RemovalEvent:
    """Give the event that a JSON value says. Raises pydantic's ValidationError when it says none."""
    if type(found) is dict and found.get("event_type") == "listing.removed":
        model = _check_removal(found)
        return RemovalEvent(model.event_id, model.occurred_at, model.listing.id, model.listing.revision)
    instant = _check_listing(found).occurred_at
    return finished(msgspec.convert(found, ListingEvent), instant)


def _micros(found: Scan) -> NDArray[np.int64]:
    """Give the microseconds of each value that is told and whose time is a usual one; LEFT: the sure reader decides."""
    times = within_quotes(found.spans[:, OCCURRED_AT])
    return np.where(found.told, micros_of(found.content, times), LEFT)


def _are_keyed(found: Scan, held: Columns) -> NDArray[np.bool_]:
    """Say of each record whether its key is null or its listing's id as it was written."""
    return held.keyless | equal_rows(found.content, within_quotes(found.spans[:, LISTING_ID]), held.keys)


def _read_surely(record: Record) -> Read:
    if record.value is None:
        return _read_removal_by_key(record.key)
    event = read_listing(record.value)
    return event if record.key is None or isinstance(event, DeadLetter) else _check_key(record.key, event)


def _events(found: Scan, micros: NDArray[np.int64], read: Mapping[int, Read]) -> Events:
    """Give the listing events as columns; those that the sure reader read are written behind what was scanned."""
    if not read:
        return Events(found.content, found.spans, micros, {})
    rows = [row for row in range(len(micros)) if row not in read or _is_event(read[row])]
    events = Events(found.content, found.spans[rows], micros[rows], {})
    source = Source(found.content)
    made = {at: read[row] for at, row in enumerate(rows) if row in read}
    for at, event in made.items():
        events.spans[at], events.micros[at] = spans_of(event, source), event.occurred_at.micros
    return Events(source.content(), events.spans, events.micros, made)


def _is_event(said: Read) -> bool:
    return type(said) is ListingEvent


def _check_key(key: bytes, event: ListingEvent | RemovalEvent) -> ListingEvent | RemovalEvent | DeadLetter:
    listing_id = event.listing.id if isinstance(event, ListingEvent) else event.listing_id
    if key == listing_id.encode():
        return event
    found = key.decode("utf-8", "backslashreplace")
    reason = f"expected the listing's id {_quote(listing_id)}, got {_quote(found)} - at `key`"
    return DeadLetter("foreign-key", reason, "key")


def _read_removal_by_key(key: bytes | None) -> KeyRemoval | DeadLetter:
    if not key:
        return DeadLetter("empty", "expected a value or a key, got neither - at `key`", "key")
    try:
        return KeyRemoval(key.decode())
    except UnicodeDecodeError as error:
        return DeadLetter(
            "not-utf8", f"expected UTF-8, got byte 0x{key[error.start]:02x} at byte {error.start} - at `key`", "key"
        )


def _refuse_bytes(value: bytes, error: orjson.JSONDecodeError) -> DeadLetter:
    if not value.strip():
        return DeadLetter("empty", "expected an object, got an empty value - at `$`", "$")
    try:
        text = value.decode()
    except UnicodeDecodeError as broken:
        path = path_at(value[: broken.start].decode(), broken.start)
        found = f"byte 0x{value[broken.start]:02x} at byte {broken.start}"
        return DeadLetter("not-utf8", f"expected UTF-8, got {found} - at `{path}`", path)
    path = path_at(text, error.pos)
    return DeadLetter(
        "not-json", f"expected RFC 8259 JSON, got: {error.msg} (character {error.pos}) - at `{path}`", path
    )


def _refuse_fields(error: ValidationError) -> DeadLetter:
    problems = error.errors(include_url=False, include_context=True)
    first = problems[0]
    path = json_path(first["loc"])
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return DeadLetter(_code(first), f"{_sentence(first)} - at `{path}`{more}", path)


# pydantic's error types in the wire's words: what was expected.
_EXPECTED = {
    "string_type": "`str`",
    "int_type": "`int`",
    "float_type": "`float`",
    "list_type": "`array`",
    "dict_type": "`object`",
    "model_type": "`object`",
    "model_attributes_type": "`object`",
    "instant": "an RFC 3339 time with an offset",
}
_EXPECTED_TEXT = {
    "amount": "a decimal number as text, such as `159000.50`",
    "currency": "a currency code, such as `IDR`",
}
_JSON_NAMES = {dict: "object", list: "array", type(None): "null"}


def _sentence(problem: ErrorDetails) -> str:
    kind, found = problem["type"], problem["input"]
    if kind == "missing":
        return "missing required field"
    expected = _EXPECTED.get(kind)
    if expected and kind != "instant":
        return f"expected {expected}, got `{_JSON_NAMES.get(type(found), type(found).__name__)}`"
    if kind == "string_pattern_mismatch":
        expected = _EXPECTED_TEXT[problem["loc"][-1]]
    elif kind in ("string_too_short", "string_too_long"):
        expected = "a text of 1 to 512 characters"
    else:
        expected = expected or problem.get("ctx", {}).get("expected") or problem["msg"].removeprefix("Input should be ")
    return f"expected {str(expected).replace(chr(39), '`')}, got {_quote(found)}"


def _code(problem: ErrorDetails) -> Code:
    kind, path = problem["type"], problem["loc"]
    if kind == "missing":
        return "missing-field"
    if kind == "literal_error" and path == ("schema",):
        return "unknown-schema"
    if kind == "literal_error" and path == ("event_type",):
        return "unknown-event-type"
    if kind == "instant":
        return "unreadable-time"
    if kind == "string_pattern_mismatch":
        return "unreadable-price"
    return "wrong-type" if kind in _EXPECTED or kind == "literal_error" else "out-of-range"


def _quote(found: Any) -> str:
    text = found if isinstance(found, str) else _JSON_NAMES.get(type(found)) or repr(found)
    return f"`{text if len(text) <= 60 else text[:57] + '...'}`"
