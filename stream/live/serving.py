"""What a worker decides with at one moment: a pair, loaded, and the shadow beside it, if there is one.

A run of records goes in; outcomes, one a record, and what the shadow would change come out. It is a value: to change
what is live is to put another in its place, between two runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from stream.changes.change import Change, Effect, Ruled
from stream.changes.compared import changes_of
from stream.changes.report import standing_of
from stream.contract.answer import NO_LABELS, Labels
from stream.contract.instant import Instant
from stream.contract.outcome import Outcome
from stream.contract.record import Record
from stream.contract.running import Named
from stream.contract.shadow import Difference, Side
from stream.live.pair import Pair, named
from stream.pipeline import ClassifiedRun, Pipeline, classify_run, decide_run, reclassify, write_run


class Ready(NamedTuple):
    """A pair, the pipeline that was made of it, and its name, which is worked out once: texts may be long."""

    pair: Pair
    pipeline: Pipeline
    named: Named


def ready(pair: Pair, pipeline: Pipeline) -> Ready:
    """Name a loaded pair."""
    return Ready(pair, pipeline, named(pair, pipeline))


@dataclass(frozen=True, slots=True)
class Serving:
    """What is live. Without a `control_id` it came from the worker's own folders."""

    live: Ready
    control_id: str | None = None
    shadow: Ready | None = None


class Decided(NamedTuple):
    """A run's outcomes, and its changes under the shadow, unchanged ones included; without a shadow there are none.

    `run` is the run as the live pair read and classified it.
    """

    outcomes: list[Outcome]
    changes: Sequence[Change]
    run: ClassifiedRun


def decide_with(serving: Serving, records: Sequence[Record], as_of: Instant, labels: Labels = NO_LABELS) -> Decided:
    """Bring every record to its outcome by the live pair alone, and compare with what the shadow says.

    The run is read once, and classified twice only where the models differ; `labels` overrule both.
    """
    live = serving.live.pipeline
    run = classify_run(live.model, records, labels)
    rulings = decide_run(live.policies, run, as_of)
    outcomes = write_run(run, rulings, as_of)
    if serving.shadow is None:
        return Decided(outcomes, [], run)
    shadow = serving.shadow.pipeline
    beside = run if shadow.model is live.model else reclassify(shadow.model, run)
    ruled = Ruled(beside.classifications, decide_run(shadow.policies, beside, as_of))
    return Decided(outcomes, changes_of(run.events, Ruled(run.classifications, rulings), ruled), run)


def is_difference(change: Change) -> bool:
    """Tell whether the shadow decides otherwise, or asks a person where the live pair does not, or the reverse."""
    return change.comparison.effect not in (Effect.UNCHANGED, Effect.REASONS_ONLY)


def difference_of(change: Change, serving: Serving, as_of: Instant) -> Difference:
    """Write a change as the record of a difference."""
    event, comparison = change.event, change.comparison
    before = standing_of(comparison.before, change.cluster_before).model_dump()
    after = standing_of(comparison.after, change.cluster_after).model_dump()
    return Difference(
        schema="keran.shadow/1",
        event_id=event.event_id,
        listing_id=event.listing.id,
        title=event.listing.title,
        market=event.market,
        seller_type=event.seller.type,
        effect=comparison.effect.value,
        live=Side(**before, model=serving.live.pipeline.model.id),
        shadow=Side(**after, model=serving.shadow.pipeline.model.id),
        as_of=as_of,
    )
