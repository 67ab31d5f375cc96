"""Labels read from their bytes: good ones as they stand, bad ones with place and reason, word for word."""

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from stream.labels.read_labels import LabelRecord, read_labels
from tests.labels.making import given, label, record


def test_a_good_label_comes_out_as_it_stands():
    read = read_labels([record(given("LB-1", note="a mug, not cloth"), b"L-1")])
    assert read.labels == [label("LB-1", note="a mug, not cloth")]
    assert read.bad == []


@pytest.mark.parametrize(
    ("value", "key", "told"),
    [
        (b"{", None, "`$`: invalid JSON: EOF while parsing an object at line 1 column 1"),
        (given("LB-1", labelled_at="yesterday"), None, "`$.labelled_at`: not an RFC 3339 time with an offset"),
        (given("LB-1", 7), None, "`$.cluster`: input should be a valid string"),
        (given("LB-1", title="!!!"), None, "`$.title`: expected a letter or a digit in it, got none"),
        (given("LB-1"), b"L-2", "`$.listing_id`: expected the record's key, got another id"),
        (given("", note=1), None, "`$.label_id`: string should have at least 1 character; `$.note`: input should be a valid string"),
    ],
    ids=["json", "time", "type", "title", "key", "two"],
)  # fmt: skip
def test_a_bad_label_is_told_with_its_place_and_every_reason(value, key, told):
    read = read_labels([record(value, key)])
    assert (read.labels, [str(bad) for bad in read.bad]) == ([], [f"labels.jsonl:1: {told}"])


def test_a_null_value_takes_back_what_is_before_it_of_its_listing():
    """As in any compacted topic; other listings and what comes later stay."""
    records = [
        record(given("LB-1"), b"L-1"),
        record(given("LB-2", listing_id="L-2"), b"L-2"),
        LabelRecord("labels", None, b"L-1"),
        record(given("LB-3"), b"L-1"),
    ]
    assert [each.label_id for each in read_labels(records).labels] == ["LB-2", "LB-3"]


@for_all(st.lists(st.tuples(st.binary(), st.one_of(st.none(), st.binary()))))
def test_no_bytes_make_it_raise_and_each_comes_out_once(pairs):
    read = read_labels([LabelRecord("x", value, key) for value, key in pairs])
    assert len(read.labels) + len(read.bad) == len(pairs)
