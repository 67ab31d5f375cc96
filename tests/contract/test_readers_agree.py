"""The quick reader and the sure one: what the first takes, the second takes, and both read it alike."""

import json

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stream.contract import fields
from stream.contract.event import ListingEvent
from stream.contract.events import events_of
from stream.contract.plain_json import DEEPEST, plainly_json
from stream.contract.read import read_listing, read_record, read_run
from stream.contract.record import FileRecord
from tests.conftest import event_with, value_with

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**25), 10**25) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=10,
)  # fmt: skip
TEXTS = st.builds(lambda value, ascii, indent: json.dumps(value, ensure_ascii=ascii, indent=indent).encode("utf-8", "surrogatepass"), VALUES, st.booleans(), st.none() | st.integers(0, 2))  # fmt: skip
# Pieces that JSON is made of and that break it, strung together: near misses of every kind.
PIECES = st.lists(
    st.sampled_from([b"{", b"}", b"[", b"]", b",", b":", b'"', b'"a"', b"\\", b"\\u", b"d800", b"\\udc00", b"0", b"01", b"-", b"1.", b".5", b"1e5", b"1E+999", b"true", b"tru", b"null", b"nul", b"NaN", b"Infinity", b" ", b"\n", b"\t", b"\x00", b"\x1f", b"\x7f", b"\xc3\xa9", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe4\xb8\xad", b"\xf0\x9f\x8e\x89", b"\xff", b"\xef\xbb\xbf", b"/", b"9" * 30]),
    max_size=10,
).map(b"".join)  # fmt: skip


def wrapped(inner: bytes) -> bytes:
    """The example event with one more field, whose value is written as it stands."""
    return value_with()[:-1] + b', "ignored": ' + inner + b"}"


@given(
    TEXTS
    | PIECES
    | st.binary(max_size=40)
    | PIECES.map(wrapped)
    | PIECES.map(lambda inner: wrapped(b'"' + inner + b'"'))
)
@example(b'"\\ud83d\\ude00"')
@example(b'"\\ud83d\\u0041"')
@example(b'"\xe0\x80\xaf"')
@example(b"\x00")
@example(b"[1] ")
@example(b'{"a":1,}')
@settings(max_examples=1500)
def test_what_is_plainly_json_is_json(value):
    if plainly_json([value])[0]:
        orjson.loads(value)
        json.loads(value)


@pytest.mark.parametrize("byte", range(256))
def test_every_byte_in_every_position_is_judged_as_the_sure_reader_does(byte):
    """All one-byte changes of a small text with every kind of value in it: a yes of the check is a yes of orjson."""
    text = rb'{"a": [-1.5, "b\u00e9\n", true, null, {}]}'
    changed = [text[:i] + bytes([byte]) + text[i + 1 :] for i in range(len(text))]
    for value, plain in zip(changed, plainly_json(changed), strict=True):
        if plain:
            orjson.loads(value)


@given(
    st.dictionaries(
        st.text(max_size=6),
        st.none() | st.booleans() | st.integers(1 - 10**18, 10**18 - 1) | st.text(max_size=12),
        max_size=5,
    )
)
def test_ordinary_json_is_plainly_json(value):
    """The check is of use: it is certain of ordinary values, in either spelling."""
    assert plainly_json([json.dumps(value).encode(), orjson.dumps(value)]) == [True, True]


def test_nesting_and_long_numbers_are_left_to_the_sure_reader():
    texts = [b"[" * n + b"]" * n for n in (DEEPEST, DEEPEST + 1)]
    texts += [b"9" * 19, b"9" * 20, b"0." + b"9" * 22, b"0." + b"9" * 23, b"1e3"]
    assert plainly_json(texts) == [True, False, True, False, True, False, False]


@given(st.sampled_from(list(event_with())), VALUES)
@settings(max_examples=400)
def test_both_readers_read_an_event_alike(field, value):
    same_or_left(value_with(**{field: value}))


@given(st.sampled_from(["listing", "seller", "origin"]), st.data())
@settings(max_examples=800)
def test_both_readers_read_every_inner_field_alike(part, data):
    field = data.draw(st.sampled_from(list(event_with()[part])))
    near = st.sampled_from([True, 7, 7.0, -0.0, 2**63 - 1, 2**63, -1, "", "local", "7", ["a"], [1], {}, {"tkdn": 1}, {"bmp": 1.5}, {"tkdn": True}, {"amount": "1.50", "currency": "IDR"}, {"amount": "1", "currency": "Idr"}, {"amount": "٣", "currency": "IDR"}, {"amount": "1" * 24, "currency": "USD"}, {"amount": "1" * 25, "currency": "USD"}, {"amount": "", "currency": "IDR"}, {"amount": "1"}, {"amount": "1", "currency": "ÅÄÖ"}, "x" * 512, "x" * 513])  # fmt: skip
    same_or_left(value_with(**{f"{part}__{field}": data.draw(near | VALUES)}))


@given(st.sampled_from(["2021-08-03T09:00:00+07:00", "2021-08-03T09:00:00Z", "2021-08-03t09:00:00.5z", "2016-12-31T23:59:60Z", "2021-08-03", "1627952400", "2021-08-03T09:00:00", "0001-01-01T00:00:00+10:00"]))  # fmt: skip
def test_both_readers_read_times_alike(text):
    same_or_left(value_with(occurred_at=text))


@pytest.mark.parametrize("number", [-(2**63) - 1, -(2**63), 2**63, 2**64 - 1, 2**64, 10**24, 1.5, 12345678901234.5])
def test_both_readers_read_numbers_alike_that_no_machine_word_holds(number):
    """orjson gives a double for what 64 bits do not hold, msgspec a whole number: the first is the truth."""
    same_or_left(value_with(listing__attributes={"a": number}))


def read_quickly(value: bytes) -> ListingEvent | None:
    events, _ = read_run([FileRecord(value)])
    return events[0] if len(events) and not events.made else None


def same_or_left(value: bytes) -> None:
    """Either the quick reader leaves a value, or both readers give equal events; and columns say what the event says."""
    events, _ = read_run([FileRecord(value)])
    assert columns_of(events) == columns_of(events_of(list(events)))
    quick = read_quickly(value)
    if quick is not None:
        sure = read_listing(value)
        assert isinstance(sure, ListingEvent)
        assert quick == sure
        assert json.dumps(str(quick)) == json.dumps(str(sure))


# What an event is made of besides its own values: these hold others, or say what every event says.
HOLDING = {
    fields.RECORD,
    fields.SCHEMA,
    fields.LISTING,
    fields.ORIGIN,
    fields.SELLER,
    fields.PRICE,
    fields.LOCAL_CONTENT,
}


def columns_of(events) -> dict[int, list]:
    columns = {field: events.column(field) for field in range(fields.FIELDS) if field not in HOLDING}
    return columns | {-1: events.micros.tolist()}


@given(
    st.sampled_from([("listing",), ("seller",), ("origin",), ("listing", "price"), ("listing", "tkdn"), ()]), st.data()
)
@settings(max_examples=600)
def test_both_readers_read_a_field_alike_that_comes_twice_or_is_gone(path, data):
    """Names that are written twice, escaped, left out or put elsewhere."""
    event = event_with()
    part = event
    for name in path:
        part = part[name]
    field = data.draw(st.sampled_from(list(part)))
    again = data.draw(st.sampled_from([None, 7, "x", "local", [], {}, part[field]]))
    name = data.draw(
        st.sampled_from([json.dumps(field), f'"\\u{ord(field[0]):04x}{field[1:]}"', json.dumps(field + "_")])
    )
    kept = [f"{json.dumps(key)}: {json.dumps(held)}" for key, held in part.items()]
    if data.draw(st.booleans()):
        kept.remove(f"{json.dumps(field)}: {json.dumps(part[field])}")
    kept.insert(data.draw(st.integers(0, len(kept))), f"{name}: {json.dumps(again)}")
    written = "{" + ", ".join(kept) + "}"
    same_or_left(json.dumps(event).replace(json.dumps(part), written).encode())


@given(st.text(max_size=20), st.text(min_size=1, max_size=3), st.booleans())
def test_both_readers_read_texts_alike_in_any_spelling(text, piece, ascii):
    for field in (
        "listing__title",
        "listing__description",
        "listing__hs_code",
        "seller__country",
        "market",
        "listing__id",
    ):
        for said in (text, piece * 512, piece * 171):
            same_or_left(json.dumps(event_with(**{field: said}), ensure_ascii=ascii).encode("utf-8", "surrogatepass"))


def test_the_example_is_read_quickly():
    assert read_quickly(value_with()) == read_listing(value_with())
    assert plainly_json([value_with()]) == [True]


@given(st.lists(TEXTS | st.sampled_from([value_with(), wrapped(b"NaN"), b""]) | st.none(), max_size=6))
def test_a_run_is_read_like_its_records_one_by_one(values):
    records = [FileRecord(value, b"L-1") for value in values]
    events, others = read_run(records)
    held = iter(events)
    read = [others[row] if row in others else next(held) for row in range(len(records))]
    assert read == [read_record(record) for record in records]
    assert columns_of(events) == columns_of(events_of(list(events)))
