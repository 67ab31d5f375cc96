"""Where the scan says that fields stand: exactly there, and only where nothing else could be meant."""

import json

import orjson
import pytest

from stream.contract import fields, plain_json
from stream.contract.fields import AMOUNT, CURRENCY, EVENT_ID, FIELDS, LISTING_ID, PRICE, REVISION, TABLE
from stream.contract.listing import ListingEventModel
from tests.conftest import event_with, value_with
from tests.contract.packing import scanned


def path_of(field: int) -> tuple[str, ...]:
    """The path of a field's names, from the record down."""
    if field == fields.RECORD:
        return ()
    held = fields._FIELDS[field]
    return *path_of(held.owner), held.name


PLACES = {field: path_of(field) for field in range(FIELDS)}


def test_every_field_of_the_format_is_known_where_it_stands():
    """The table has the fields of the models, no more and no less, and says of each whether it must be there."""
    assert dict(_modelled(ListingEventModel)) == {
        PLACES[field]: not fields._FIELDS[field].allowed & fields.NULL for field in range(1, FIELDS)
    }


def _modelled(model, *path):
    for name, field in model.model_fields.items():
        here = (*path, field.alias or name)
        yield here, field.is_required()
        for inner in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if hasattr(inner, "model_fields"):
                yield from _modelled(inner, *here)


def test_what_is_compiled_in_is_what_the_table_says():
    """Numbers are written twice, for numba's cache; here they are held together."""
    shared = [name for name in vars(plain_json) if hasattr(fields, name.removeprefix("_")) and name.startswith("_")]
    assert len(shared) > 20
    assert all(getattr(plain_json, name) == getattr(fields, name.removeprefix("_")) for name in shared)
    assert plain_json._LAST_SLOT + 1 == fields.SLOTS == len(TABLE.slots)


def fields_of(value: bytes) -> dict[int, bytes]:
    found = scanned([b"[1, 2]", value, b'{"event_id": "another"}'])
    assert found.told.tolist() == [False, True, False]
    return {field: found.content[begin:end] for field, (begin, end) in enumerate(found.spans[1].tolist()) if end}


@pytest.mark.parametrize("indent", [None, 0, 3])
def test_the_fields_stand_where_it_says(indent):
    event = event_with()
    value = json.dumps(event, indent=indent).encode()
    said = {field: reach(event, path) for field, path in PLACES.items()}
    assert {field: orjson.loads(piece) for field, piece in fields_of(value).items()} == {
        field: value for field, value in said.items() if value is not None
    }


def reach(event, path):
    for name in path:
        event = event[name]
    return event


def test_in_any_order_and_with_others_of_the_same_name_elsewhere():
    event = event_with(attributes={"event_id": "no", "listing": {"id": "no"}})
    event["listing"]["attributes"] = {"id": "no", "price": {"amount": "no"}, "seller": [{"id": "no"}]}
    event["seller"]["listing"] = {"id": "no", "revision": 3}
    turned = dict(reversed([(k, dict(reversed(v.items())) if isinstance(v, dict) else v) for k, v in event.items()]))
    found = [fields_of(orjson.dumps(each)) for each in (event, turned)]
    assert [{f: orjson.loads(piece) for f, piece in each.items()} for each in found] == [
        {f: held for f, path in PLACES.items() if (held := reach(event, path)) is not None}
    ] * 2
    assert fields_of(orjson.dumps(turned))[LISTING_ID] == b'"L-1"'


def test_what_is_absent_or_null_stands_nowhere():
    found = fields_of(value_with(listing__revision=None, listing__price=None))
    assert not {REVISION, PRICE, AMOUNT, CURRENCY} & set(found)
    assert {EVENT_ID, LISTING_ID} < set(found)


@pytest.mark.parametrize(
    "value",
    [
        value_with()[:-1] + b', "event_id": "again"}',
        value_with()[:-1] + b', "listing": null}',
        value_with()[:-1] + rb', "event\u005fid": "again"}',
        value_with().replace(b'"L-1"', rb'"L\u002d1"'),
        value_with(listing__revision=-1),
        value_with(listing__revision=1.0),
        value_with(listing__revision=10**18),
        value_with(listing__price={"amount": "1.", "currency": "IDR"}),
        value_with(listing__price={"amount": "1.5.2", "currency": "IDR"}),
        value_with(listing__price={"amount": "1.1234567890123", "currency": "IDR"}),
        value_with(listing__price={"amount": ".5", "currency": "IDR"}),
        value_with(listing__price={"amount": "1" * 25, "currency": "IDR"}),
        value_with(listing__price={"amount": "1", "currency": "idr"}),
        value_with(listing__price={"amount": "", "currency": "IDR"}),
        value_with(listing__price={"amount": "1"}),
        value_with(market=None),
        value_with(seller=["S-9"]),
        value_with(schema="keran.listing/2"),
        value_with(event_type="listing.removed"),
        value_with(seller__type="locals"),
        value_with(event_id=""),
        value_with(listing__id="x" * 513),
        value_with(listing__title=None),
        value_with(listing__title=["tas"]),
        value_with(listing__description=7),
        value_with(listing__category_path=["a", 1]),
        value_with(listing__certificates=["a", None]),
        value_with(listing__certificates=[["a"]]),
        value_with(listing__attributes=["a"]),
        value_with(listing__tkdn={"tkdn": "12"}),
        value_with(listing__tkdn=12.0),
        value_with(origin="CN"),
        value_with(origin__country=True),
        value_with(seller__attributes=1),
    ],
)
def test_what_another_reading_could_be_is_not_told(value):
    """A name twice, an escape in a name or a value, a number or price in another spelling, a field that is missing."""
    assert scanned([value]).plain.tolist() == [True]
    assert scanned([value]).told.tolist() == [False]


@pytest.mark.parametrize(
    "value",
    [
        value_with(listing__title='tas 15"\n\u00e9\U0001f389'),
        value_with(listing__title=""),
        value_with(listing__price={"amount": "1.50", "currency": "IDR"}),
        value_with(listing__price={"amount": "1" * 24 + "." + "1" * 12, "currency": "IDR"}),
        value_with(listing__tkdn={"tkdn": 12, "bmp": None}),
        value_with(listing__tkdn={}),
        value_with(origin=None),
        value_with(origin={}),
        value_with(listing__id="x" * 512),
        value_with(listing__category_path=[]),
        value_with(listing__attributes={"a": {"b": [None, {"tkdn": True}]}}),
        value_with(seller__attributes=None),
    ],
)
def test_what_producers_write_is_told(value):
    """The scan is of use: what is ordinary needs no other reader."""
    assert scanned([value]).told.tolist() == [True]


def test_a_string_that_its_value_leaves_open_ends_in_no_other():
    """Values stand one behind the other: a quote of the next one closes nothing."""
    assert scanned([b'"abc', b'"', b'"abcdefghijklmnopqrstuvwxyz', b'"x"']).plain.tolist() == [
        False,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize("length", range(40))
def test_strings_of_any_length_end_where_they_end(length):
    """The scan looks at sixteen bytes at a time."""
    inner = ["a" * length, "a" * length + "é" * 3, "a" * length + '"', "a" * length + "\x7f", "é" * length + "a"]
    values = [json.dumps(text, ensure_ascii=False).encode() for text in inner]
    broken = [value[:-1] + b"\x1f" + value[-1:] for value in values]
    assert scanned(values + broken).plain.tolist() == [True] * len(values) + [False] * len(broken)
