"""Where the scan says that fields stand: exactly there, and only where nothing else could be meant."""

import json

import orjson
import pytest

from stream.contract.plain_json import (
    AMOUNT,
    CURRENCY,
    EVENT_ID,
    LISTING_ID,
    MARKET,
    OCCURRED_AT,
    REVISION,
    SELLER_ID,
    scan,
)
from tests.conftest import event_with, value_with

PLACES = {
    EVENT_ID: ("event_id",),
    OCCURRED_AT: ("occurred_at",),
    MARKET: ("market",),
    LISTING_ID: ("listing", "id"),
    REVISION: ("listing", "revision"),
    SELLER_ID: ("seller", "id"),
    AMOUNT: ("listing", "price", "amount"),
    CURRENCY: ("listing", "price", "currency"),
}


def fields_of(value: bytes) -> dict[int, bytes]:
    found = scan([b"[1, 2]", value, b'{"event_id": "another"}'])
    assert found.told.tolist() == [False, True, False]
    return {field: found.content[begin:end] for field, (begin, end) in enumerate(found.spans[1].tolist()) if end}


@pytest.mark.parametrize("indent", [None, 0, 3])
def test_the_fields_stand_where_it_says(indent):
    event = event_with()
    value = json.dumps(event, indent=indent).encode()
    assert {field: orjson.loads(piece) for field, piece in fields_of(value).items()} == {
        field: reach(event, path) for field, path in PLACES.items()
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
    assert fields_of(orjson.dumps(event)) == fields_of(orjson.dumps(turned))
    assert fields_of(orjson.dumps(turned))[LISTING_ID] == b'"L-1"'


def test_what_is_absent_or_null_stands_nowhere():
    found = fields_of(value_with(listing__revision=None, listing__price=None))
    assert set(found) == {EVENT_ID, OCCURRED_AT, MARKET, LISTING_ID, SELLER_ID}


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
        value_with(listing__price={"amount": "1.5", "currency": "IDR"}),
        value_with(listing__price={"amount": "1", "currency": "idr"}),
        value_with(listing__price={"amount": "", "currency": "IDR"}),
        value_with(listing__price={"amount": "1"}),
        value_with(market=None),
        value_with(seller=["S-9"]),
    ],
)
def test_what_another_reading_could_be_is_not_told(value):
    """A name twice, an escape in a name or a value, a number or price in another spelling, a field that is missing."""
    assert scan([value]).plain.tolist() == [True]
    assert scan([value]).told.tolist() == [False]


def test_a_string_that_its_value_leaves_open_ends_in_no_other():
    """Values stand one behind the other: a quote of the next one closes nothing."""
    assert scan([b'"abc', b'"', b'"abcdefghijklmnopqrstuvwxyz', b'"x"']).plain.tolist() == [False, False, False, True]


@pytest.mark.parametrize("length", range(40))
def test_strings_of_any_length_end_where_they_end(length):
    """The scan looks at sixteen bytes at a time."""
    inner = ["a" * length, "a" * length + "é" * 3, "a" * length + '"', "a" * length + "\x7f", "é" * length + "a"]
    values = [json.dumps(text, ensure_ascii=False).encode() for text in inner]
    broken = [value[:-1] + b"\x1f" + value[-1:] for value in values]
    assert scan(values + broken).plain.tolist() == [True] * len(values) + [False] * len(broken)
