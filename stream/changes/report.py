"""The report: a tally and what was asked come in, `keran.diff/1` or `keran.impact/1` goes out, its lists ordered.

The most changed stand first, and names decide between equals, so the same tally gives the same report.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from stream.changes.budget import Held
from stream.changes.change import FLIPS, Cause, Change, Effect, RuleName
from stream.changes.groups import changed_sellers, groups_of, whole_of
from stream.changes.tally import Sort, Tally
from stream.contract.classification import TEN_THOUSAND
from stream.contract.decision import Reason
from stream.contract.diff import (
    DeadLetters,
    Diff,
    DiffDeadLetter,
    DiffRule,
    DiffSide,
    DiffSort,
    Example,
    HeldBudget,
    InForceCount,
    Labelled,
    Standing,
)
from stream.contract.impact import Causes, Impact, Sampled, Stood
from stream.contract.instant import Instant
from stream.decide.policy import PolicySet
from stream.decide.ruling import Ruling

_ORDER = {effect: at for at, effect in enumerate(Effect)}


class Asked(NamedTuple):
    """What was compared: the events by name, the model's id, the moments, and each side's place and policies.

    `on_topic`: the events' places are those of a topic; `labels`: people's labels were given.
    """

    events: str
    model: str
    as_of: Instant | None
    as_known_on: Instant | None
    old: tuple[str, PolicySet | None]
    new: tuple[str, PolicySet]
    on_topic: bool = False
    labels: bool = False


class Before(NamedTuple):
    """What decides on the old side, where it need not be what decides on the new one; or what stands there."""

    model: str
    as_of: Instant | None
    stood: Stood | None = None


def diff_of(asked: Asked, tally: Tally, held: Sequence[Held] = ()) -> Diff:
    """Make the report of a tally and of the budgets that it was held to."""
    return Diff(schema="keran.diff/1", **_reported(asked, tally, held))


def impact_of(asked: Asked, before: Before, tally: Tally, held: Sequence[Held] = ()) -> Impact:
    """Make the same report of two ways of deciding whose models and moments may be others too."""
    return Impact(
        schema="keran.impact/1",
        old_model=before.model,
        old_as_of=before.as_of,
        causes=_causes(tally, one_model=before.model == asked.model and before.stood is None),
        stood=before.stood,
        samples=[
            Sampled(**_example(d.change).model_dump(), margin=d.margin / TEN_THOUSAND) for d in tally.sample.drawn
        ],
        **_reported(asked, tally, held),
    )


def _causes(tally: Tally, one_model: bool) -> Causes:
    if one_model:
        return Causes(policy=sum(n for cell, n in tally.cells.items() if cell.effect in FLIPS))
    counts = Counter[Cause]()
    for (_, cause), count in tally.causes.items():
        counts[cause] += count
    untold = sum(n for cell, n in tally.cells.items() if cell.effect in FLIPS) - counts.total()
    return Causes(**{cause.value: counts[cause] for cause in Cause}, untold=untold)


def _reported(asked: Asked, tally: Tally, held: Sequence[Held]) -> dict[str, Any]:
    whole, sellers = whole_of(tally), changed_sellers(tally)
    return {
        "events": asked.events,
        "model": asked.model,
        "as_of": asked.as_of,
        "as_known_on": asked.as_known_on,
        "old": _side("before", *asked.old, tally),
        "new": _side("after", *asked.new, tally),
        "records": tally.records,
        "decided": tally.decided,
        "removals": tally.removals,
        "dead_letters": _dead_letters(tally, asked.on_topic),
        "labels": _labelled(tally, asked.labels),
        "effects": whole.effects,
        "flips": whole.flips,
        "local_blocks": tally.local_block_count,
        "sellers_changed": len(sellers),
        "groups": groups_of(tally, sellers),
        "sorts": [_sort(sort, count, tally) for sort, count in sorted(tally.sorts.items(), key=_weight_of_sort)],
        "budgets": [_budget(each) for each in held],
    }


def _side(side: str, place: str, policies: PolicySet | None, tally: Tally) -> DiffSide:
    states = {state: count for state, count in tally.states.items() if state.side == side}
    in_force = Counter[tuple[str, ...]]()
    for state, count in states.items():
        in_force[state.policies] += count
    return DiffSide(
        place=place,
        blocked=sum(count for state, count in states.items() if state.decision == "block"),
        in_review=sum(count for state, count in states.items() if state.review),
        in_force=[InForceCount(policies=list(ids), listings=n) for ids, n in sorted(in_force.items(), key=_most_first)],
        never_in_force=_never_in_force(policies, in_force) if policies else [],
    )


def _never_in_force(policies: PolicySet, in_force: Iterable[tuple[str, ...]]) -> list[str]:
    seen = {policy_id.rpartition("#")[0] for ids in in_force for policy_id in ids}
    phases = [f"{policy.name}@{policy.version}/{phase.name}" for policy in policies.policies for phase in policy.phases]
    return [phase for phase in phases if phase not in seen]


def _sort(sort: Sort, count: int, tally: Tally) -> DiffSort:
    old, new, parts = sort.responsible
    examples = [_example(change) for change in tally.examples[sort]]
    return DiffSort(
        effect=sort.effect.value, old=_rules(old), new=_rules(new), parts=list(parts), listings=count, examples=examples
    )


def _example(change: Change) -> Example:
    event, comparison = change.event, change.comparison
    return Example(
        event_id=event.event_id,
        listing_id=event.listing.id,
        title=event.listing.title,
        market=event.market,
        seller_id=event.seller.id,
        seller_type=event.seller.type,
        effect=comparison.effect.value,
        before=standing_of(comparison.before, change.cluster_before),
        after=standing_of(comparison.after, change.cluster_after),
    )


def standing_of(ruling: Ruling, cluster: str) -> Standing:
    """Write what one side says of a listing event."""
    return Standing(
        decision=ruling.decision,
        review=ruling.review,
        cluster=cluster,
        reasons=[Reason(**reason) for reason in ruling.reasons],
        advice=list(ruling.advice),
        policies=list(ruling.policies),
    )


def _rules(names: Iterable[RuleName]) -> list[DiffRule]:
    return [DiffRule(**name._asdict()) for name in names]


def _labelled(tally: Tally, given: bool) -> Labelled | None:
    before, after = tally.labelled["before"], tally.labelled["after"]
    return Labelled(given=given, before=before, after=after) if given or before else None


def _dead_letters(tally: Tally, on_topic: bool) -> DeadLetters:
    first = [
        DiffDeadLetter(
            line=offset + 1, partition=partition if on_topic else None, code=letter.code, reason=letter.reason
        )
        for partition, offset, letter in tally.first_dead
    ]
    return DeadLetters(total=tally.dead.total(), codes=dict(sorted(tally.dead.items(), key=_most_first)), first=first)


def _budget(held: Held) -> HeldBudget:
    budget, first = held.budget, [_example(change) for change in held.first]
    return HeldBudget(option=budget.option, text=budget.text, found=held.found, of=held.of, kept=held.kept, first=first)


def _most_first(counted: tuple) -> tuple:
    return -counted[1], counted[0]


def _weight_of_sort(counted: tuple[Sort, int]) -> tuple:
    sort, count = counted
    return _ORDER[sort.effect], -count, sort.responsible
