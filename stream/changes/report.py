"""The report: a tally and what was asked come in, a `keran.diff/1` goes out, its lists in an order of their own.

The most changed stand first, and names decide between equals, so the same tally gives the same report.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from stream.changes.budget import Held
from stream.changes.change import FLIPS, Change, Effect, RuleName
from stream.changes.tally import Cell, Sort, Tally, is_local_block
from stream.contract.decision import Reason
from stream.contract.diff import (
    DeadLetters,
    Diff,
    DiffDeadLetter,
    DiffRule,
    DiffSide,
    DiffSort,
    Effects,
    Example,
    Flips,
    Group,
    Groups,
    HeldBudget,
    InForceCount,
    SellerGroup,
    Standing,
)
from stream.contract.instant import Instant
from stream.decide.policy import PolicySet
from stream.decide.ruling import Ruling

MOST_SELLERS = 1000
_ORDER = {effect: at for at, effect in enumerate(Effect)}


class Asked(NamedTuple):
    """What was compared: the events by name, the model's id, the moments, and each side's place and policies."""

    events: str
    model: str
    as_of: Instant | None
    as_known_on: Instant | None
    old: tuple[str, PolicySet]
    new: tuple[str, PolicySet]


def diff_of(asked: Asked, tally: Tally, held: Sequence[Held] = ()) -> Diff:
    """Make the report of a tally and of the budgets that it was held to."""
    sellers = _sellers(tally)
    effects = Counter[Effect]()
    for cell, count in tally.cells.items():
        effects[cell.effect] += count
    return Diff(
        schema="keran.diff/1",
        **asked._replace(old=_side("before", *asked.old, tally), new=_side("after", *asked.new, tally))._asdict(),
        records=tally.records,
        decided=tally.decided,
        removals=tally.removals,
        dead_letters=_dead_letters(tally),
        effects=_effects(effects),
        flips=_flips(effects, tally.decided),
        local_blocks=tally.local_block_count,
        sellers_changed=len(sellers),
        groups=_groups(tally, _seller_groups(sellers, tally.decided)),
        sorts=[_sort(sort, count, tally) for sort, count in sorted(tally.sorts.items(), key=_weight_of_sort)],
        budgets=[_budget(each) for each in held],
    )


def _side(side: str, place: str, policies: PolicySet, tally: Tally) -> DiffSide:
    states = {state: count for state, count in tally.states.items() if state.side == side}
    in_force = Counter[tuple[str, ...]]()
    for state, count in states.items():
        in_force[state.policies] += count
    return DiffSide(
        place=place,
        blocked=sum(count for state, count in states.items() if state.decision == "block"),
        in_review=sum(count for state, count in states.items() if state.review),
        in_force=[InForceCount(policies=list(ids), listings=n) for ids, n in sorted(in_force.items(), key=_most_first)],
        never_in_force=_never_in_force(policies, in_force),
    )


def _never_in_force(policies: PolicySet, in_force: Iterable[tuple[str, ...]]) -> list[str]:
    seen = {policy_id.rpartition("#")[0] for ids in in_force for policy_id in ids}
    phases = [f"{policy.name}@{policy.version}/{phase.name}" for policy in policies.policies for phase in policy.phases]
    return [phase for phase in phases if phase not in seen]


def _groups(tally: Tally, sellers: list[SellerGroup]) -> Groups:
    return Groups(
        cluster=_group_by("cluster", tally),
        country=_group_by("country", tally),
        seller_type=_group_by("seller_type", tally),
        market=_group_by("market", tally),
        seller=sellers,
    )


def _group_by(field: str, tally: Tally) -> list[Group]:
    at, held = Cell._fields.index(field), defaultdict[str | None, Counter[Effect]](Counter)
    for cell, count in tally.cells.items():
        held[cell[at]][cell.effect] += count
    groups = [Group(name=name, **_counted(effects, tally.decided)) for name, effects in held.items()]
    return sorted(groups, key=_weight_of_group)


def _sellers(tally: Tally) -> dict[tuple[str, str], Counter[Effect]]:
    """Give the effects of every seller with a change."""
    held = defaultdict[tuple[str, str], Counter[Effect]](Counter)
    for (seller, kind, effect), count in tally.sellers.items():
        if effect is not Effect.UNCHANGED:
            held[seller, kind][effect] = count
    for (seller, kind), effects in held.items():
        effects[Effect.UNCHANGED] = tally.sellers[seller, kind, Effect.UNCHANGED]
    return held


def _seller_groups(sellers: dict[tuple[str, str], Counter[Effect]], decided: int) -> list[SellerGroup]:
    """Give the most affected, those first who are local and newly blocked."""
    first = heapq.nsmallest(MOST_SELLERS, sellers.items(), key=_weight_of_seller)
    return [SellerGroup(name=name, type=kind, **_counted(effects, decided)) for (name, kind), effects in first]


def _counted(effects: Counter[Effect], decided: int) -> dict[str, object]:
    return {"listings": effects.total(), "effects": _effects(effects), "flips": _flips(effects, decided)}


def _effects(effects: Counter[Effect]) -> Effects:
    return Effects(**{effect.value: effects[effect] for effect in Effect})


def _flips(effects: Counter[Effect], decided: int) -> Flips:
    flips = sum(effects[effect] for effect in FLIPS)
    return Flips(listings=flips, of_all=_share(flips, decided), of_group=_share(flips, effects.total()))


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0


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
        before=_standing(comparison.before, change.cluster_before),
        after=_standing(comparison.after, change.cluster_after),
    )


def _standing(ruling: Ruling, cluster: str) -> Standing:
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


def _dead_letters(tally: Tally) -> DeadLetters:
    first = [DiffDeadLetter(line=at + 1, code=letter.code, reason=letter.reason) for at, letter in tally.first_dead]
    return DeadLetters(total=tally.dead.total(), codes=dict(sorted(tally.dead.items(), key=_most_first)), first=first)


def _budget(held: Held) -> HeldBudget:
    budget, first = held.budget, [_example(change) for change in held.first]
    return HeldBudget(option=budget.option, text=budget.text, found=held.found, of=held.of, kept=held.kept, first=first)


def _most_first(counted: tuple) -> tuple:
    return -counted[1], counted[0]


def _weight_of_sort(counted: tuple[Sort, int]) -> tuple:
    sort, count = counted
    return _ORDER[sort.effect], -count, sort.responsible


def _weight_of_group(group: Group) -> tuple:
    changed = group.listings - group.effects.unchanged
    return -group.flips.listings, -changed, -group.listings, group.name is None, group.name or ""


def _weight_of_seller(seller: tuple[tuple[str, str], Counter[Effect]]) -> tuple:
    (name, kind), effects = seller
    local = effects[Effect.NEWLY_BLOCKED] if is_local_block(Effect.NEWLY_BLOCKED, kind) else 0
    flips = sum(effects[effect] for effect in FLIPS)
    in_review = effects[Effect.INTO_REVIEW] + effects[Effect.OUT_OF_REVIEW]
    return -local, -flips, -in_review, -effects[Effect.REASONS_ONLY], name, kind
