"""The pipeline in Spark: a DataFrame of listings in, one of outcomes, or of flips, out, by `mapInArrow`.

Every batch goes through the function that one machine calls, so the bytes are the worker's. A task that Spark runs
twice gives the same rows twice and only one of them is kept. It refuses to know where frames are read and written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from stream.catalogue.arrow import LISTINGS, decide_batch
from stream.catalogue.two_sides import Side, flips_batch
from stream.contract.instant import Instant
from stream.engines.spark_pair import Shipped, loaded, ship
from stream.problems import BadSetup, Problem

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# `OUTCOMES` and `FLIPS` in Spark's words; a test holds them to the Arrow schemas.
OUTCOMES_DDL = (
    "kind string, key binary, value binary, headers array<struct<name: string, value: binary>>, review boolean"
)
FLIPS_DDL = (
    "listing_id string, effect string, market string, seller_id string, seller_type string,"
    " cluster_before string, cluster_after string, before binary, after binary"
)
TYPES = {"key": "binary", "value": "binary", "topic": "string", "partition": "int", "offset": "bigint"}
# Rows that go through the pipeline at once, whatever Spark's own batches are: what the worker's runs have.
RUN_ROWS = 4_000


class Way(NamedTuple):
    """One way of deciding: without a model's id the only one of the shelf; moments are as `Pipeline.run` takes them."""

    shelf: Path
    policies: Sequence[Path]
    model: str | None = None
    as_of: Instant | None = None
    as_known_on: Instant | None = None


class ShippedWay(NamedTuple):
    """The same as a Python worker is told it."""

    shipped: Shipped
    as_of: Instant | None
    as_known_on: Instant | None

    def side(self) -> Side:
        """Load it, once a worker."""
        return Side(loaded(self.shipped), self.as_of, self.as_known_on)


def decide_frame(frame: DataFrame, way: Way, keep: Sequence[str] = ()) -> DataFrame:
    """Bring every row of a frame of listings to its outcome, as `OUTCOMES_DDL`, beside the columns to `keep`.

    The frame's binary column `value` holds listing events; `key`, `topic`, `partition` and `offset` are taken where
    they are there. Rows keep their partition and their order in it. Raises BadSetup with all problems of the columns,
    the model and the policies; what an executor refuses ends the job.
    """
    listings = _listings(frame, keep)
    types = dict(frame.dtypes)
    schema = ", ".join([OUTCOMES_DDL, *(f"`{_kept(name)}` {types[name]}" for name in keep)])
    outcomes = listings.mapInArrow(partial(_decided, _ship(frame, way), tuple(map(_kept, keep))), schema)
    return outcomes.withColumnsRenamed({_kept(name): name for name in keep})


def changes_frame(frame: DataFrame, before: Way, after: Way) -> DataFrame:
    """Give the flips of a frame of listings, as `FLIPS_DDL`: those whose decision changes, with both decisions.

    Columns and refusals are those of `decide_frame`.
    """
    listings = _listings(frame, ())
    return listings.mapInArrow(partial(_flipped, _ship(frame, before), _ship(frame, after)), FLIPS_DDL)


def _decided(way: ShippedWay, keep: Sequence[str], batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    side = way.side()
    for batch in _runs(batches):
        outcomes = decide_batch(side.pipeline, batch, side.as_of, side.as_known_on)
        kept = [(batch.column(name), batch.schema.field(name)) for name in keep]
        arrays = [*outcomes.columns, *(column for column, _ in kept)]
        yield pa.RecordBatch.from_arrays(arrays, schema=pa.schema([*outcomes.schema, *(field for _, field in kept)]))


def _flipped(before: ShippedWay, after: ShippedWay, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    sides = before.side(), after.side()
    yield from (flips_batch(*sides, batch) for batch in _runs(batches))


def _runs(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield from (batch.slice(at, RUN_ROWS) for at in range(0, batch.num_rows, RUN_ROWS))


def _ship(frame: DataFrame, way: Way) -> ShippedWay:
    context = frame.sparkSession.sparkContext
    return ShippedWay(ship(context, way.shelf, way.model, way.policies), way.as_of, way.as_known_on)


def _listings(frame: DataFrame, keep: Sequence[str]) -> DataFrame:
    """Select what is taken of a frame. Raises BadSetup."""
    found = dict(frame.dtypes)
    problems = [*_type_problems(found), *_keep_problems(found, keep)]
    if problems:
        raise BadSetup(problems)
    taken = [frame[name] for name in LISTINGS.names if name in found]
    return frame.select(*taken, *(frame[name].alias(_kept(name)) for name in keep))


def _type_problems(found: dict[str, str]) -> Iterator[Problem]:
    if "value" not in found:
        hint = "put the bytes of the listing events there, as Kafka holds them"
        yield Problem("no column `value`", f"columns: {', '.join(found)}", hint)
    for name, kind in TYPES.items():
        if found.get(name, kind) != kind:
            hint = f"cast it to {kind}, or give it another name"
            yield Problem(f"expected column `{name}` of type {kind}, got {found[name]}", f"columns, `{name}`", hint)


def _keep_problems(found: dict[str, str], keep: Sequence[str]) -> Iterator[Problem]:
    for name in keep:
        if name not in found:
            yield Problem(f"no column `{name}` to keep", f"columns: {', '.join(found)}", "name one that is there")


def _kept(name: str) -> str:
    # A column may be taken and kept; Spark then needs two names.
    return f"kept_{name}"
