"""Arrow in, Arrow out: the pipeline over record batches, for whatever holds listings in columns.

In comes a batch whose binary column `value` holds the bytes of records' values, so that nothing is lost in typing; out
goes a batch of as many rows in the same order, one outcome a record. It refuses to know where batches come from and
how many run side by side: one machine and Spark call the same function, and the worker calls what it calls.
"""

from collections.abc import Iterable, Sequence

import pyarrow as pa

from stream.contract.instant import Instant
from stream.contract.outcome import Outcome
from stream.contract.record import FileRecord
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
    pipeline: Pipeline, batch: pa.RecordBatch, as_of: Instant | None, as_known_on: Instant | None = None
) -> pa.RecordBatch:
    """Bring every row of a batch of `LISTINGS` to its outcome: a batch of `OUTCOMES`, row by row.

    The bytes are those that the worker publishes for the same records, model, policies and moment. `as_of` and
    `as_known_on` are as `Pipeline.run` takes them. Raises KeyError where the batch has no column `value`.
    """
    return outcomes_batch(pipeline.run(records_of(batch), as_of, as_known_on))


def records_of(batch: pa.RecordBatch) -> list[FileRecord]:
    """Give the rows of a batch of `LISTINGS` as records."""
    rows = batch.num_rows
    columns = [_column(batch, "value"), _column(batch, "key") if "key" in batch.schema.names else [None] * rows]
    places = [
        _column(batch, name) if name in batch.schema.names else [missing] * rows
        for name, missing in (("topic", "listings"), ("partition", 0), ("offset", 0))
    ]
    return [
        FileRecord(value, key, topic=topic, partition=partition, offset=offset)
        for value, key, topic, partition, offset in zip(*columns, *places, strict=True)
    ]


def outcomes_batch(outcomes: Sequence[Outcome]) -> pa.RecordBatch:
    """Give outcomes as a batch of `OUTCOMES`."""
    columns: Iterable[list[object]] = (
        [outcome.kind.value for outcome in outcomes],
        [outcome.key for outcome in outcomes],
        [outcome.value for outcome in outcomes],
        [[{"name": name, "value": value} for name, value in outcome.headers] for outcome in outcomes],
        [outcome.review for outcome in outcomes],
    )
    arrays = [pa.array(column, field.type) for column, field in zip(columns, OUTCOMES, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=OUTCOMES)


def _column(batch: pa.RecordBatch, name: str) -> list[object]:
    return batch.column(name).to_pylist()
