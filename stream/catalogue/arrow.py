"""Arrow in, Arrow out: the pipeline over record batches, for whatever holds listings in columns.

In comes a batch whose binary column `value` holds the bytes of records' values, so that nothing is lost in typing; out
goes a batch of as many rows in the same order, one outcome a record. It refuses to know where batches come from and
how many run side by side: one machine and Spark call the same function, and the worker calls what it calls.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stream.catalogue.batch_records import BatchRecords
from stream.contract.answer import NO_LABELS, Labels
from stream.contract.instant import Instant
from stream.contract.outcome import Kind, Outcome
from stream.contract.outcomes import CODES, KINDS, outcomes_of
from stream.contract.record import Headers
from stream.contract.rows import joined_rows
from stream.pipeline import Pipeline

# What a batch of listings may have; only `value` must be there. A row without a place in a topic has the first one.
LISTINGS = pa.schema(
    [
        ("key", pa.binary()),
        pa.field("value", pa.binary()),
        ("topic", pa.string()),
        ("partition", pa.int32()),
        ("offset", pa.int64()),
    ]
)
HEADER = pa.struct([("name", pa.string()), ("value", pa.binary())])
_KINDS = pa.array(list(map(str, KINDS)), pa.string())
# What the places of a binary column can count.
_MOST_BYTES = 2**31 - 1
# What a record came to, as it would go out on Kafka: `kind` is the outcome's, `key` and `value` null where they are.
OUTCOMES = pa.schema(
    [
        pa.field("kind", pa.string(), nullable=False),
        ("key", pa.binary()),
        ("value", pa.binary()),
        pa.field("headers", pa.list_(HEADER), nullable=False),
        pa.field("review", pa.bool_(), nullable=False),
    ]
)


def decide_batch(
    pipeline: Pipeline,
    batch: pa.RecordBatch,
    as_of: Instant | None,
    as_known_on: Instant | None = None,
    labels: Labels = NO_LABELS,
) -> pa.RecordBatch:
    """Bring every row of a batch of `LISTINGS` to its outcome: a batch of `OUTCOMES`, row by row.

    The bytes are those that the worker publishes for the same records, model, policies, labels and moment. `as_of`,
    `as_known_on` and `labels` are as `Pipeline.run` takes them. Raises KeyError where the batch has no column `value`.
    """
    return outcomes_batch(pipeline.run(records_of(batch), as_of, as_known_on, labels))


def records_of(batch: pa.RecordBatch) -> BatchRecords:
    """Give the rows of a batch of `LISTINGS` as records. Raises KeyError where it has no column `value`."""
    return BatchRecords(batch)


def outcomes_batch(outcomes: Sequence[Outcome]) -> pa.RecordBatch:
    """Give outcomes as a batch of `OUTCOMES`, each column from where it stands: none is made one by one."""
    run = outcomes_of(outcomes)
    arrays = [
        _kinds(run.kinds),
        _binary(run.source, run.keys[:, np.newaxis], run.no_key),
        _binary(run.source, run.values, run.no_value),
        _headers(len(run), run.headed()),
        pa.array(run.review, pa.bool_()),
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=OUTCOMES)


def _kinds(codes: NDArray[np.uint8]) -> pa.Array:
    if (codes == CODES[Kind.DECISION]).all():
        return pa.repeat("decision", len(codes))
    return _KINDS.take(pa.array(codes))


def _binary(source: NDArray[np.uint8], rows: NDArray[Any], absent: NDArray[np.bool_]) -> pa.Array:
    """Give rows of spans as a binary column, null where they are absent."""
    some_absent = bool(absent.any())
    if some_absent:
        rows = np.where(absent[:, np.newaxis, np.newaxis], 0, rows).astype(rows.dtype)
    content, stops = joined_rows(source, rows)
    if stops[-1] > _MOST_BYTES:
        raise pa.ArrowCapacityError(f"{len(rows)} rows of {stops[-1]} bytes are too much for one batch")
    there = pa.py_buffer(np.packbits(~absent, bitorder="little")) if some_absent else None
    buffers = [there, pa.py_buffer(stops.astype(np.int32)), pa.py_buffer(content)]
    return pa.BinaryArray.from_buffers(pa.binary(), len(rows), buffers)


def _headers(rows: int, headed: Mapping[int, Headers]) -> pa.Array:
    """Give the column of headers, of which few rows have any."""
    stops = np.zeros(rows + 1, np.int32)
    for row, headers in headed.items():
        stops[row + 1] = len(headers)
    told = [{"name": name, "value": value} for headers in headed.values() for name, value in headers]
    return pa.ListArray.from_arrays(pa.array(stops.cumsum(dtype=np.int32)), pa.array(told, HEADER))
