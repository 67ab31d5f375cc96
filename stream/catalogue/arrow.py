"""Arrow in, Arrow out: the pipeline over record batches, for whatever holds listings in columns.

In comes a batch whose binary column `value` holds the bytes of records' values, so that nothing is lost in typing; out
goes a batch of as many rows in the same order, one outcome a record. It refuses to know where batches come from and
how many run side by side: one machine and Spark call the same function, and the worker calls what it calls.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa

from stream.contract.answer import NO_LABELS, Labels
from stream.contract.instant import Instant
from stream.contract.outcome import Kind, Outcome
from stream.contract.record import FileRecord, Headers
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
_DECISION = Kind.DECISION
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


def records_of(batch: pa.RecordBatch) -> list[FileRecord]:
    """Give the rows of a batch of `LISTINGS` as records."""
    rows, names = batch.num_rows, batch.schema.names
    values = _binary(batch.column("value"))
    keys = _binary(batch.column("key")) if "key" in names else [None] * rows
    topics = _repeated(batch.column("topic")) if "topic" in names else ["listings"] * rows
    partitions, offsets = (
        batch.column(name).to_numpy(zero_copy_only=False).tolist() if name in names else [0] * rows
        for name in ("partition", "offset")
    )
    return [
        FileRecord(value, key, (), topic, partition, offset)
        for value, key, topic, partition, offset in zip(values, keys, topics, partitions, offsets, strict=True)
    ]


def outcomes_batch(outcomes: Sequence[Outcome]) -> pa.RecordBatch:
    """Give outcomes as a batch of `OUTCOMES`."""
    kinds = [outcome.kind for outcome in outcomes]
    arrays = [
        pa.array([str(kind) for kind in kinds])
        if kinds.count(_DECISION) < len(kinds)
        else pa.repeat("decision", len(kinds)),
        pa.array([outcome.key for outcome in outcomes], pa.binary()),
        pa.array([outcome.value for outcome in outcomes], pa.binary()),
        _headers([outcome.headers for outcome in outcomes]),
        pa.array([outcome.review for outcome in outcomes], pa.bool_()),
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=OUTCOMES)


def _binary(column: pa.Array) -> list[bytes | None]:
    """Give the values of a binary column: cut from its buffer, a sixth of the time of asking Arrow for each."""
    if column.null_count or not len(column) or pa.types.is_large_binary(column.type):
        return column.to_pylist()
    _, places, content = column.buffers()
    stops = np.frombuffer(places, np.int32)[column.offset : column.offset + len(column) + 1]
    begin = int(stops[0])
    held = content.slice(begin, int(stops[-1]) - begin).to_pybytes() if content else b""
    return [held[start:stop] for start, stop in pairwise((stops - begin).tolist())]


def _repeated(column: pa.Array) -> list[str]:
    """Give a column of names, of which a batch mostly has one."""
    once = column.unique()
    return once.to_pylist() * len(column) if len(once) == 1 else column.to_pylist()


def _headers(headers: list[Headers]) -> pa.Array:
    if not any(headers):
        nothing = pa.array([], HEADER)
        return pa.ListArray.from_arrays(pa.array(np.zeros(len(headers) + 1, np.int32)), nothing)
    return pa.array(
        [[{"name": name, "value": value} for name, value in each] for each in headers], OUTCOMES.field("headers").type
    )
