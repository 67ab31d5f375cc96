"""The changed listings of a run as a record batch for analysts: changes in, a typed row out for each.

It refuses to know where rows go and how many there were before. What the columns mean is in docs/catalogue.md.
"""

from collections.abc import Sequence
from decimal import Decimal

import pyarrow as pa

from stream.changes.change import Comparison, Effect
from stream.changes.compared import Changes
from stream.contract import fields
from stream.contract.classification import TEN_THOUSAND
from stream.decide.ruling import Ruling

# The contract's amounts have up to 24 digits before the point and 12 behind it.
AMOUNT = pa.decimal128(38, 12)
_RULES = pa.list_(pa.string())
CHANGED = pa.schema(
    [
        pa.field("listing_id", pa.string(), nullable=False),
        pa.field("event_id", pa.string(), nullable=False),
        pa.field("market", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("seller_id", pa.string(), nullable=False),
        pa.field("seller_type", pa.string(), nullable=False),
        pa.field("seller_country", pa.string()),
        pa.field("origin_country", pa.string()),
        pa.field("amount", AMOUNT),
        pa.field("currency", pa.string()),
        pa.field("effect", pa.string(), nullable=False),
        pa.field("cause", pa.string()),
        pa.field("cluster_before", pa.string(), nullable=False),
        pa.field("cluster_after", pa.string(), nullable=False),
        pa.field("score", pa.float64(), nullable=False),
        pa.field("decision_before", pa.string(), nullable=False),
        pa.field("decision_after", pa.string(), nullable=False),
        pa.field("review_before", pa.bool_(), nullable=False),
        pa.field("review_after", pa.bool_(), nullable=False),
        pa.field("rules_before", _RULES, nullable=False),
        pa.field("rules_after", _RULES, nullable=False),
    ]
)
_SAID = (
    fields.LISTING_ID,
    fields.EVENT_ID,
    fields.MARKET,
    fields.TITLE,
    fields.SELLER_ID,
    fields.SELLER_TYPE,
    fields.SELLER_COUNTRY,
    fields.COUNTRY,
    fields.AMOUNT,
    fields.CURRENCY,
)


def changed_batch(changes: Changes) -> pa.RecordBatch:
    """Give the changed listings of a run, in its order: a batch of `CHANGED`."""
    rows = changes.where(lambda comparison: comparison.effect is not Effect.UNCHANGED)
    *said, amounts, currencies = map(changes.events.rows(rows).column, _SAID)
    priced = [None if amount is None else Decimal(amount) for amount in amounts]
    comparisons = [changes.comparisons[code] for code in changes.codes[rows].tolist()]
    causes = [changes.causes.get(row) for row in rows]
    columns = [*said, priced, currencies, *_told(changes, rows, comparisons, causes)]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, CHANGED, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=CHANGED)


def _told(
    changes: Changes, rows: Sequence[int], comparisons: Sequence[Comparison], causes: Sequence[str | None]
) -> list[Sequence]:
    likeliest = changes.after.likeliest[rows]
    before = [comparison.before for comparison in comparisons]
    after = [comparison.after for comparison in comparisons]
    return [
        [comparison.effect.value for comparison in comparisons],
        [None if cause is None else str(cause) for cause in causes],
        [changes.before.clusters[at] for at in changes.before.likeliest[rows].tolist()],
        [changes.after.clusters[at] for at in likeliest.tolist()],
        changes.after.scores[rows, likeliest] / TEN_THOUSAND,
        *([ruling.decision for ruling in side] for side in (before, after)),
        *([ruling.review for ruling in side] for side in (before, after)),
        *([_rules(ruling) for ruling in side] for side in (before, after)),
    ]


def _rules(ruling: Ruling) -> list[str]:
    return [f"{reason['policy']}/{reason['phase']}/{reason['rule']}" for reason in ruling.reasons]
