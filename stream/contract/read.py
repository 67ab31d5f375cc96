"""Bytes -> listing event, or a dead letter that says which field was wrong and how.

Two libraries share the work because neither alone accepts exactly what the wire allows: orjson holds the whole record,
ignored fields included, to UTF-8 and RFC 8259 (pydantic's own parser takes `NaN` in fields it ignores), and the
pydantic models then hold the named fields to their types. Limits that RFC 8259 section 9 leaves to a reader: numbers
fit a double, nesting is at most 1024 deep, and an unpaired surrogate escape is refused, since it has no UTF-8 form to
write a decision with.
"""

from typing import Any

import orjson
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from stream.contract.dead_letter import Code, DeadLetter
from stream.contract.json_path import json_path, path_at
from stream.contract.listing import ListingEvent, RemovalEvent
from stream.contract.record import Record

_listing_event = ListingEvent.__pydantic_validator__.validate_python
_removal_event = RemovalEvent.__pydantic_validator__.validate_python


class KeyRemoval(str):
    """The listing id of a null value with a key: a removal that carries no event."""

    __slots__ = ()


def read_record(record: Record) -> ListingEvent | RemovalEvent | KeyRemoval | DeadLetter:
    """Read one record: its event, or the removal that a null value means, or why neither could be read. Never raises.

    A null key is taken; a key that is not the listing's id is not.
    """
    if record.value is None:
        return _read_removal_by_key(record.key)
    event = read_listing(record.value)
    if isinstance(event, DeadLetter) or record.key is None or record.key == event.listing.id.encode():
        return event
    key = record.key.decode("utf-8", "backslashreplace")
    return DeadLetter(
        "foreign-key", f"expected the listing's id {_quote(event.listing.id)}, got {_quote(key)} - at `key`", "key"
    )


def read_listing(value: bytes) -> ListingEvent | RemovalEvent | DeadLetter:
    """Read the bytes of one listing event, `keran.listing/1`, or say why they cannot be read. Never raises."""
    try:
        found = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        return _refuse_bytes(value, error)
    removed = type(found) is dict and found.get("event_type") == "listing.removed"
    try:
        return _removal_event(found) if removed else _listing_event(found)
    except ValidationError as error:
        return _refuse_fields(error)


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
