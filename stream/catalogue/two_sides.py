"""The flips of a batch: listings in Arrow, decided two ways, in; those whose decision changes out, with both sides.

It refuses to know where batches come from, and why there are two ways: two policy sets, two models, two moments.
"""

from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa

from stream.catalogue.arrow import records_of
from stream.changes.change import FLIPS as FLIP_EFFECTS
from stream.changes.change import Change, Ruled
from stream.changes.compared import changes_of
from stream.contract.instant import Instant
from stream.contract.record import Record
from stream.pipeline import ClassifiedRun, Pipeline, classify_run, decide_run, reclassify

# A listing whose decision changes: `before` and `after` are the decisions' bytes, as either side publishes them.
FLIPS = pa.schema(
    [
        pa.field("listing_id", pa.string(), nullable=False),
        pa.field("effect", pa.string(), nullable=False),
        pa.field("market", pa.string(), nullable=False),
        pa.field("seller_id", pa.string(), nullable=False),
        pa.field("seller_type", pa.string(), nullable=False),
        pa.field("cluster_before", pa.string(), nullable=False),
        pa.field("cluster_after", pa.string(), nullable=False),
        pa.field("before", pa.binary(), nullable=False),
        pa.field("after", pa.binary(), nullable=False),
    ]
)


class Side(NamedTuple):
    """One way of deciding; the moments are as `Pipeline.run` takes them."""

    pipeline: Pipeline
    as_of: Instant | None = None
    as_known_on: Instant | None = None

    def ruled(self, run: ClassifiedRun) -> Ruled:
        """Rule on a run that this side's model classified."""
        return Ruled(run.classifications, decide_run(self.pipeline.policies, run, self.as_of, self.as_known_on))

    def decisions(self, records: Sequence[Record]) -> list[bytes | None]:
        """Give the decisions of records, as they are published."""
        return [outcome.value for outcome in self.pipeline.run(records, self.as_of, self.as_known_on)]


def flips_batch(before: Side, after: Side, batch: pa.RecordBatch) -> pa.RecordBatch:
    """Give the flips of a batch of `LISTINGS`, in its order: a batch of `FLIPS`. Raises KeyError without `value`."""
    run = classify_run(before.pipeline.model, records_of(batch))
    again = run if after.pipeline.model is before.pipeline.model else reclassify(after.pipeline.model, run)
    changes = changes_of(run.events, before.ruled(run), after.ruled(again))
    rows = changes.where(lambda comparison: comparison.effect in FLIP_EFFECTS)
    # Flips are few: deciding them once more costs less than writing the decisions of all.
    asking = [row for row in range(len(run.records)) if row not in run.others]
    flipped = [run.records[asking[row]] for row in rows]
    sides = zip(before.decisions(flipped), after.decisions(flipped), strict=True)
    told = [(*_told(changes[row]), *both) for row, both in zip(rows, sides, strict=True)]
    columns = zip(*told, strict=True) if told else [[] for _ in FLIPS]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, FLIPS, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=FLIPS)


def _told(change: Change) -> tuple[str, ...]:
    event = change.event
    seller = event.seller
    effect = change.comparison.effect.value
    clusters = (change.cluster_before, change.cluster_after)
    return (event.listing.id, effect, event.market, seller.id, seller.type, *clusters)
