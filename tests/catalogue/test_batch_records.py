"""Rows of an Arrow batch as records: whatever a batch looks like, the records that it would be one by one."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.catalogue.arrow import LISTINGS
from stream.catalogue.batch_records import BatchRecords
from stream.contract.read import read_run
from stream.contract.record import FileRecord
from stream.contract.records import PADDING, columns_of, headed_rows, keyless_rows, sizes_of
from tests.conftest import value_with

VALUES = st.sampled_from([None, b"", b"{", value_with(), value_with(listing__id="L-2"), b"\xff"])
KEYS = st.sampled_from([None, b"", b"L-1", b"L-2", b"\xfe"])
RECORDS = st.lists(
    st.builds(lambda value, key, number: FileRecord(value, key, (), "cat", number, 9), VALUES, KEYS, st.integers(0, 3)),
    max_size=6,
)
KINDS = [pa.binary(), pa.large_binary(), pa.binary_view()]


def batch_of(records, kind=None):
    rows = [{name: getattr(record, name) for name in LISTINGS.names} for record in records]
    types = [kind if kind and field.type == pa.binary() else field.type for field in LISTINGS]
    return pa.RecordBatch.from_pylist(rows, schema=pa.schema(list(zip(LISTINGS.names, types, strict=True))))


@given(RECORDS, st.sampled_from(KINDS), st.integers(0, 3))
def test_records_are_those_of_the_rows(records, kind, begin):
    """All at once, one by one, some of them, and as the reader sees them; a part of a batch too."""
    held, said = BatchRecords(batch_of(records, kind)[begin:]), records[begin:]
    assert list(held) == said
    assert [held[row] for row in range(len(held))] == said
    assert held[1:] == said[1:]
    assert held.columns.content.endswith(PADDING)
    assert [asked(held) for asked in (headed_rows, keyless_rows)] == [
        asked(said) for asked in (headed_rows, keyless_rows)
    ]
    assert sizes_of(held).tolist() == sizes_of(said).tolist()
    ours, theirs = read_run(held), read_run(said)
    assert (list(ours.events), ours.others) == (list(theirs.events), theirs.others)


def test_what_stands_under_a_null_is_not_read():
    """Arrow allows any bytes under a null: whoever masks rows of a batch leaves them there."""
    value = value_with()
    stops = pa.py_buffer(np.array([0, len(value), 2 * len(value)], np.int32))
    column = pa.Array.from_buffers(pa.binary(), 2, [pa.py_buffer(b"\x02"), stops, pa.py_buffer(value * 2)])
    held = BatchRecords(pa.RecordBatch.from_arrays([column], names=["value"]))
    assert list(held) == [FileRecord(None), FileRecord(value)]
    assert columns_of(held).values.tolist() == [[0, 0], [len(value), 2 * len(value)]]


def test_a_row_without_a_place_has_the_first_one():
    nothing = [pa.nulls(1, LISTINGS.field(name).type) for name in ("topic", "partition", "offset")]
    batch = pa.RecordBatch.from_arrays([pa.array([b"{"]), *nothing], names=["value", "topic", "partition", "offset"])
    assert list(BatchRecords(batch)) == [BatchRecords(batch)[0]] == [FileRecord(b"{")]


def test_there_is_no_row_behind_the_last():
    with pytest.raises(IndexError):
        BatchRecords(batch_of([FileRecord(b"{")]))[1]
