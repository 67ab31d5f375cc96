"""Bytes in: what is read, and how each refusal names the field and what was expected."""

import json
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.contract.dead_letter import DeadLetter
from stream.contract.event import ListingEvent, RemovalEvent
from stream.contract.read import KeyRemoval, read_listing, read_record
from stream.contract.record import FileRecord
from tests.conftest import event_with, value_with

FULL = event_with()


def raw_with(field: str, text: bytes) -> bytes:
    """The full example with one more field, ignored by the wire, whose value is written as it stands."""
    return json.dumps(FULL).encode()[:-1] + b', "%s": %s}' % (field.encode(), text)


def test_the_example_of_the_design_is_read_as_it_stands():
    event = read_listing(json.dumps(FULL).encode())
    assert isinstance(event, ListingEvent)
    assert (event.listing.id, event.listing.revision, event.seller.type, event.origin.country) == (
        "L-1",
        7,
        "cross_border",
        "CN",
    )
    assert event.occurred_at.text == "2021-08-03T09:00:00+07:00"
    assert event.listing.description is None


REFUSALS = {
    "empty": (b"", "empty", "$", "expected an object, got an empty value"),
    "blank": (b"  \n", "empty", "$", "expected an object, got an empty value"),
    "not-json": (b'{"listing": {"title": tas}}', "not-json", "$.listing.title", "expected RFC 8259 JSON, got: invalid literal"),
    "cut-off": (b'{"listing": {"title": "ta', "not-json", "$.listing.title", "expected RFC 8259 JSON, got: "),
    "array": (b"[]", "wrong-type", "$", "expected `object`, got `array`"),
    "number": (b"1", "wrong-type", "$", "expected `object`, got `int`"),
    "null": (b"null", "wrong-type", "$", "expected `object`, got `null`"),
    "byte-order-mark": (b"\xef\xbb\xbf{}", "not-json", "$", "expected RFC 8259 JSON"),
    "not-utf8": (b'{"listing": {"title": "ta\xff"}}', "not-utf8", "$.listing.title", "expected UTF-8, got byte 0xff at byte 25"),
    "utf8-surrogate": (b'{"a": "\xed\xa0\x80"}', "not-utf8", "$.a", "expected UTF-8, got byte 0xed at byte 7"),
    "nan-ignored": (raw_with("x", b'[1, {"y": NaN}]'), "not-json", "$.x[1].y", "expected RFC 8259 JSON"),
    "infinity-ignored": (raw_with("x", b"-Infinity"), "not-json", "$.x", "expected RFC 8259 JSON"),
    "not-utf8-ignored": (raw_with("x", b'"\xc3\x28"'), "not-utf8", "$.x", "expected UTF-8"),
    "huge-number-ignored": (raw_with("x", b"1e999"), "not-json", "$.x", "number is infinity when parsed as double"),
    "unpaired-surrogate": (raw_with("x", b'"\\ud800"'), "not-json", "$.x", "expected RFC 8259 JSON"),
    "unpaired-low-surrogate": (raw_with("x", b'"\\udc00"'), "not-json", "$.x", "expected RFC 8259 JSON"),
    "leading-zero": (raw_with("x", b"01"), "not-json", "$.x", "expected RFC 8259 JSON"),
    "trailing-comma": (raw_with("x", b"[1,]"), "not-json", "$.x[0]", "trailing comma is not allowed"),
    "control-character": (raw_with("x", b'"a\nb"'), "not-json", "$.x", "expected RFC 8259 JSON"),
    "deep": (raw_with("x", b"[" * 100_000 + b"]" * 100_000), "not-json", "$.x[0]", "depth limit exceeded"),
    "title-number": (value_with(listing__title=3), "wrong-type", "$.listing.title", "expected `str`, got `int`"),
    "title-null": (value_with(listing__title=None), "wrong-type", "$.listing.title", "expected `str`, got `null`"),
    "title-object": (value_with(listing__title={"id": "Tas"}), "wrong-type", "$.listing.title", "expected `str`, got `object`"),
    "revision-bool": (value_with(listing__revision=True), "wrong-type", "$.listing.revision", "expected `int`, got `bool`"),
    "revision-float": (value_with(listing__revision=7.0), "wrong-type", "$.listing.revision", "expected `int`, got `float`"),
    "revision-text": (value_with(listing__revision="7"), "wrong-type", "$.listing.revision", "expected `int`, got `str`"),
    "revision-negative": (value_with(listing__revision=-1), "out-of-range", "$.listing.revision", "expected greater than or equal to 0, got `-1`"),
    "revision-huge": (value_with(listing__revision=2**63), "out-of-range", "$.listing.revision", "expected less than or equal to 9223372036854775807"),
    "revision-huger": (value_with(listing__revision=10**300), "wrong-type", "$.listing.revision", "expected `int`, got `float`"),
    "category": (value_with(listing__category_path=["a", 1]), "wrong-type", "$.listing.category_path[1]", "expected `str`, got `int`"),
    "tkdn": (value_with(listing__tkdn={"tkdn": "12"}), "wrong-type", "$.listing.tkdn.tkdn", "expected `float`, got `str`"),
    "time-number": (value_with(occurred_at=1627952400), "wrong-type", "$.occurred_at", "expected `str`, got `int`"),
    "time-digits": (value_with(occurred_at="1627952400"), "unreadable-time", "$.occurred_at", "expected an RFC 3339 time with an offset, got `1627952400`"),
    "time-naive": (value_with(occurred_at="2021-08-03T09:00:00"), "unreadable-time", "$.occurred_at", "expected an RFC 3339 time with an offset"),
    "currency": (value_with(listing__price={"amount": "1", "currency": "rupiah"}), "unreadable-price", "$.listing.price.currency", "expected a currency code, such as `IDR`, got `rupiah`"),
    "amount-number": (value_with(listing__price={"amount": 1, "currency": "IDR"}), "wrong-type", "$.listing.price.amount", "expected `str`, got `int`"),
    "amount-words": (value_with(listing__price={"amount": "Rp1", "currency": "IDR"}), "unreadable-price", "$.listing.price.amount", "expected a decimal number as text, such as `159000.50`, got `Rp1`"),
    "seller-type": (value_with(seller__type="retail"), "wrong-type", "$.seller.type", "expected `cross_border` or `local`, got `retail`"),
    "schema": (value_with(schema="keran.listing/9"), "unknown-schema", "$.schema", "expected `keran.listing/1`, got `keran.listing/9`"),
    "event-type": (value_with(event_type="listing.sold"), "unknown-event-type", "$.event_type", "got `listing.sold`"),
    "seller-null": (value_with(seller=None), "wrong-type", "$.seller", "expected `object`, got `null`"),
    "empty-id": (value_with(listing__id=""), "out-of-range", "$.listing.id", "expected a text of 1 to 512 characters"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_be_read_is_a_dead_letter_that_names_the_field(name):
    value, code, path, sentence = REFUSALS[name]
    letter = read_listing(value)
    assert isinstance(letter, DeadLetter)
    assert letter.code == code
    assert letter.path.startswith(path)
    assert sentence in letter.reason
    assert f"at `{path}" in letter.reason


@pytest.mark.parametrize(
    "path",
    [
        "schema",
        "event_id",
        "event_type",
        "occurred_at",
        "market",
        "listing",
        "seller",
        "listing.id",
        "listing.title",
        "seller.id",
        "seller.type",
    ],
)
def test_each_required_field_is_missed_by_name(path):
    event = deepcopy(FULL)
    *outer, last = path.split(".")
    for name in outer:
        del event[name][last]
    if not outer:
        del event[last]
    letter = read_listing(json.dumps(event).encode())
    assert isinstance(letter, DeadLetter)
    assert (letter.code, letter.path) == ("missing-field", f"$.{path}")
    assert letter.reason.startswith("missing required field - at")


@pytest.mark.parametrize(
    "path", ["listing.revision", "listing.description", "listing.category_path", "listing.attributes", "listing.price", "listing.condition",
             "listing.hs_code", "listing.tkdn", "listing.certificates", "origin", "origin.country", "origin.ship_from", "seller.country", "seller.attributes"]
)  # fmt: skip
@pytest.mark.parametrize("absent", ["left out", "null"])
def test_an_optional_field_left_out_or_null_is_unknown(path, absent):
    event = deepcopy(FULL)
    *outer, last = path.split(".")
    place = event
    for name in outer:
        place = place[name]
    if absent == "null":
        place[last] = None
    else:
        del place[last]
    read = read_listing(json.dumps(event).encode())
    assert isinstance(read, ListingEvent)
    for name in path.split("."):
        read = getattr(read, name)
    assert read is None or path == "origin"


def test_every_problem_is_counted_though_one_is_worded():
    letter = read_listing(value_with(listing__title=3, market=4, seller__id=5))
    assert letter.reason.endswith("(and 2 more)")


def test_a_removal_needs_no_title_and_no_seller():
    event = read_listing(b'{"schema": "keran.listing/1", "event_id": "E", "event_type": "listing.removed", "occurred_at": "2021-08-04T00:00:00Z", "market": "ID", "listing": {"id": "L-1"}}')  # fmt: skip
    assert isinstance(event, RemovalEvent)
    assert event.listing_id == "L-1"


def test_a_key_must_be_the_listing_s_id_or_null():
    value = value_with()
    assert isinstance(read_record(FileRecord(value, b"L-1")), ListingEvent)
    assert isinstance(read_record(FileRecord(value, None)), ListingEvent)
    for foreign in (b"L-2", b"", b"\xff"):
        letter = read_record(FileRecord(value, foreign))
        assert isinstance(letter, DeadLetter)
        assert (letter.code, letter.path) == ("foreign-key", "key")


def test_a_null_value_with_a_key_is_a_removal():
    assert read_record(FileRecord(None, b"L-1")) == KeyRemoval("L-1")
    assert read_record(FileRecord(None, None)).code == "empty"
    assert read_record(FileRecord(None, b"")).code == "empty"
    assert read_record(FileRecord(None, b"\xff")).code == "not-utf8"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.binary(max_size=400))
def test_no_bytes_make_reading_raise(value):
    assert isinstance(read_listing(value), (DeadLetter, ListingEvent, RemovalEvent))


@given(
    st.sampled_from(["listing", "seller", "origin", "market", "occurred_at", "event_type", "schema", "event_id"]),
    JSON_VALUES,
)
def test_no_value_in_any_field_makes_reading_raise(field, value):
    event = {**FULL, field: value}
    assert isinstance(read_listing(json.dumps(event).encode()), (DeadLetter, ListingEvent, RemovalEvent))


@given(st.sampled_from(list(FULL["listing"])), JSON_VALUES)
def test_no_value_in_a_listing_s_field_makes_reading_raise(field, value):
    read = read_listing(value_with(**{f"listing__{field}": value}))
    assert isinstance(read, (DeadLetter, ListingEvent))
    if isinstance(read, DeadLetter):
        assert field in read.reason


@given(st.integers(0, 600), st.integers(0, 255))
def test_one_changed_byte_gives_an_event_or_a_dead_letter(place, byte):
    value = bytearray(value_with())
    value[place % len(value)] = byte
    assert isinstance(read_listing(bytes(value)), (DeadLetter, ListingEvent, RemovalEvent))
