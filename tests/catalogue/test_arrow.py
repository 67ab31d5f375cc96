"""Batches of Arrow: the outcomes that the pipeline gives for the same records, row by row, and nothing lost in typing."""

import numpy as np
import pyarrow as pa
import pytest

from stream.catalogue.arrow import LISTINGS, OUTCOMES, decide_batch, outcomes_batch, records_of
from stream.contract.instant import parse_instant
from stream.contract.outcome import Kind, Outcome, Place
from stream.contract.outcomes import digests_of, outcomes_of
from stream.contract.record import FileRecord
from tests.conftest import value_with

AS_OF = parse_instant("2021-08-03T02:00:01Z")
RECORDS = [
    FileRecord(value_with(), b"L-1", offset=4, partition=2),
    FileRecord(None, b"L-2", offset=5, partition=2),
    FileRecord(b"\xff\xfe", b"\xff", offset=6, partition=2),
    FileRecord(value_with(listing__id="L-3", listing__title="بتيك 🪴"), None, offset=7, partition=2),
    FileRecord(None, None, offset=8, partition=2),
]


def batch_of(records: list[FileRecord]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(
        [{name: getattr(record, name) for name in LISTINGS.names} for record in records], schema=LISTINGS
    )


def test_a_batch_comes_to_the_outcomes_of_its_records(pipeline):
    """Kind, key, value, headers and review are what the pipeline gives; one row a record, in order."""
    decided = decide_batch(pipeline, batch_of(RECORDS), AS_OF)
    assert decided.schema.equals(OUTCOMES)
    rows = [
        (row["kind"], row["key"], row["value"], tuple((h["name"], h["value"]) for h in row["headers"]), row["review"])
        for row in decided.to_pylist()
    ]
    assert rows == [(o.kind, o.key, o.value, tuple(o.headers), o.review) for o in pipeline.run(RECORDS, AS_OF)]
    assert {kind for kind, *_ in rows} == {"decision", "tombstone", "dead_letter"}


OUTCOMES_MADE = [
    Outcome(Kind.DECISION, b"L-1", b"{}", (("traceparent", b"00"),), True, "allow", Place(1, 2, b"E-1", b"0f" * 16)),
    Outcome(Kind.DECISION, b"L-2", b"", (), False, "block", Place(1, 2, b"E-2", b"1f" * 16)),
    Outcome(Kind.TOMBSTONE, b"L-3", None, (("keran-listing-id", b"L-3"), ("keran-event-id", b"E-3"))),
    Outcome(Kind.DEAD_LETTER, None, b"\xff", (("keran-reason", None),), False, "not-utf8"),
    Outcome(Kind.SUPERSEDED, b"", None, (), False, "older"),
]


@pytest.mark.parametrize("kept", [OUTCOMES_MADE, OUTCOMES_MADE[:2], OUTCOMES_MADE[2:], OUTCOMES_MADE[4:], []])
def test_outcomes_keep_all_that_goes_out(kept):
    """However they were made, a row holds kind, key, value, headers and review as the outcome does."""
    batch = outcomes_batch(kept)
    batch.validate(full=True)
    assert [(*row.values(),) for row in batch.to_pylist()] == [
        (o.kind, o.key, o.value, [{"name": name, "value": value} for name, value in o.headers], o.review) for o in kept
    ]


def test_a_decision_that_replaces_another_names_it():
    run = outcomes_of(OUTCOMES_MADE).replacing(digests_of([b"ab" * 16, b"", b"cd" * 16, b"", b""]))
    named = [[each["name"] for each in headers] for headers in outcomes_batch(run).column("headers").to_pylist()]
    assert named == [[name for name, _ in outcome.headers] for outcome in run]
    assert named[0] == ["traceparent", "keran-supersedes"]


def test_what_stands_under_a_null_is_left_out():
    """An answer that became a tombstone still has its value behind it; the batch does not."""
    answer = outcomes_of([OUTCOMES_MADE[1]._replace(value=b"x" * 100)]).answering(np.array([True])).as_answers()
    column = outcomes_batch(answer).column("value")
    assert (column.to_pylist(), column.nbytes < 20) == ([None], True)


def test_records_keep_their_places_and_bytes():
    assert list(records_of(batch_of(RECORDS))) == RECORDS


def test_value_alone_is_enough(pipeline):
    """A batch of nothing but `value`, as binary or large binary, comes from the start of `listings`."""
    for kind in (pa.binary(), pa.large_binary()):
        batch = pa.RecordBatch.from_arrays([pa.array([value_with()], kind)], names=["value"])
        assert list(records_of(batch)) == [FileRecord(value_with())]
        assert decide_batch(pipeline, batch, AS_OF).column("kind").to_pylist() == ["decision"]


def test_a_batch_without_value_is_refused():
    with pytest.raises(KeyError, match="value"):
        records_of(pa.RecordBatch.from_arrays([pa.array([b""])], names=["bytes"]))


def test_no_rows_give_no_rows():
    assert outcomes_batch([]).num_rows == 0
