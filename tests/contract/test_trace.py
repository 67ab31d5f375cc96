"""A record's traceparent reaches its decision or tombstone byte for byte, and nothing else of its headers does."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.contract.instant import parse_instant
from stream.contract.outcome import Kind
from stream.contract.record import FileRecord
from stream.contract.trace import PATTERN, TRACEPARENT, carry_traces, traceparent_of
from tests.conftest import value_with

AS_OF = parse_instant("2021-08-03T02:00:01Z")
TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OTHER = b"00-11111111111111111111111111111111-2222222222222222-00"
VALUES = {
    Kind.DECISION: value_with(),
    Kind.TOMBSTONE: value_with(event_type="listing.removed"),
    Kind.DEAD_LETTER: b"[]",
}
HEADERS = st.lists(
    st.tuples(
        st.sampled_from([TRACEPARENT, "Traceparent", "tracestate", "keran-supersedes", "keran-listing-id", "é"]),
        st.none()
        | st.binary(max_size=60)
        | st.sampled_from([TRACE, OTHER])
        | st.from_regex(PATTERN, fullmatch=True).map(str.encode),
    ),
    max_size=5,
).map(tuple)
RECORDS = st.builds(FileRecord, st.sampled_from([*VALUES.values(), b"", None]), st.just(b"L-1"), HEADERS)


@given(st.lists(RECORDS, max_size=6))
@settings(max_examples=150, deadline=None)
def test_an_outcome_is_that_of_the_bare_record_with_at_most_its_own_traceparent_behind(pipeline, records):
    """The headers of other records, and other headers of its own, change nothing; a dead letter keeps them all."""
    bare = pipeline.run([record._replace(headers=()) for record in records], AS_OF)
    for record, without, outcome in zip(records, bare, pipeline.run(records, AS_OF), strict=True):
        trace = traceparent_of(record)
        if outcome.kind is Kind.DEAD_LETTER:
            expected = (*record.headers, *without.headers)
        else:
            expected = (*without.headers, (TRACEPARENT, trace)) if trace else tuple(without.headers)
        assert outcome == without._replace(headers=expected)


@given(HEADERS)
@settings(deadline=None)
def test_what_is_carried_looks_like_a_traceparent_and_is_the_last_of_that_name(headers):
    named = [value for name, value in headers if name == TRACEPARENT]
    found = traceparent_of(FileRecord(b"", headers=headers))
    if named and named[-1] and re.fullmatch(PATTERN.encode(), named[-1]):
        assert found == named[-1]
    else:
        assert found is None


@pytest.mark.parametrize(
    "value",
    [
        b"",
        TRACE.upper(),
        TRACE + b"\n",
        TRACE + b"-00",
        b" " + TRACE,
        b"ff" + TRACE[2:],
        b"00-" + b"0" * 32 + TRACE[35:],
        TRACE[:36] + b"0" * 16 + TRACE[52:],
        TRACE[:-1],
        TRACE * 1_000,
    ],
)
def test_what_does_not_look_like_one_is_left_behind(value):
    assert traceparent_of(FileRecord(b"", headers=((TRACEPARENT, value),))) is None


def test_a_later_version_is_carried_as_it_came():
    value = b"cc" + TRACE[2:]
    assert traceparent_of(FileRecord(b"", headers=((TRACEPARENT, value),))) == value


def test_a_run_without_headers_is_given_back_as_it_is(pipeline):
    records = [FileRecord(value) for value in VALUES.values()]
    outcomes = pipeline.run(records, AS_OF)
    assert carry_traces(records, outcomes) is outcomes


def test_every_kind_of_outcome_has_the_trace_of_its_own_record(pipeline):
    records = [FileRecord(v, headers=((TRACEPARENT, t),)) for v in VALUES.values() for t in (TRACE, OTHER)]
    outcomes = pipeline.run(records, AS_OF)
    assert [dict(outcome.headers)[TRACEPARENT] for outcome in outcomes] == [TRACE, OTHER] * 3
    assert [outcome.kind for outcome in outcomes[::2]] == list(VALUES)
