"""Groups: a tally in, its counts by what events have in common out, the most changed first.

Names decide between equals, so the same tally gives the same groups in the same order.
"""

import heapq
from collections import Counter, defaultdict
from typing import Any

from stream.changes.change import FLIPS, Effect
from stream.changes.tally import Cell, Tally, is_local_block
from stream.changes.values import band_name
from stream.contract.diff import Effects, Flips, Group, Groups, SellerGroup

MOST_SELLERS = 1000
Counts = Counter[Effect]
Seller = tuple[str, str]


def whole_of(tally: Tally) -> Group:
    """Give all decided events as one group, without a name."""
    effects = Counts()
    for cell, count in tally.cells.items():
        effects[cell.effect] += count
    return Group(name=None, **_counted(effects, tally.decided))


def groups_of(tally: Tally, sellers: dict[Seller, Counts]) -> Groups:
    """Give the decided events in groups, and of the sellers those that are most affected."""
    return Groups(
        cluster=_group_by("cluster", tally),
        country=_group_by("country", tally),
        seller_type=_group_by("seller_type", tally),
        market=_group_by("market", tally),
        value=_by_value(tally),
        seller=_most_affected(sellers, tally.decided),
    )


def changed_sellers(tally: Tally) -> dict[Seller, Counts]:
    """Give the effects of every seller, with the type declared, that has a change."""
    held: dict[Seller, Counts] = defaultdict(Counts)
    for (*seller, effect), count in tally.sellers.items():
        if effect is not Effect.UNCHANGED:
            held[tuple(seller)][effect] = count
    for seller, effects in held.items():
        effects[Effect.UNCHANGED] = tally.sellers[*seller, Effect.UNCHANGED]
    return held


def _group_by(field: str, tally: Tally) -> list[Group]:
    at, held = Cell._fields.index(field), defaultdict(Counts)
    for cell, count in tally.cells.items():
        held[cell[at]][cell.effect] += count
    return _groups(held, tally)


def _by_value(tally: Tally) -> list[Group]:
    held: dict[str | None, Counts] = defaultdict(Counts)
    for (band, effect), count in tally.values.items():
        held[band_name(band)][effect] += count
    return _groups(held, tally)


def _groups(held: dict[str | None, Counts], tally: Tally) -> list[Group]:
    groups = [Group(name=name, **_counted(effects, tally.decided)) for name, effects in held.items()]
    return sorted(groups, key=_weight_of_group)


def _most_affected(sellers: dict[Seller, Counts], decided: int) -> list[SellerGroup]:
    # A file has tens of thousands of sellers: groups are made only of those that are listed.
    first = heapq.nsmallest(MOST_SELLERS, sellers.items(), key=_weight_of_seller)
    return [SellerGroup(name=name, type=kind, **_counted(effects, decided)) for (name, kind), effects in first]


def _counted(effects: Counts, decided: int) -> dict[str, Any]:
    flips, listings = sum(effects[effect] for effect in FLIPS), effects.total()
    return {
        "listings": listings,
        "effects": Effects(**{effect.value: effects[effect] for effect in Effect}),
        "flips": Flips(listings=flips, of_all=_share(flips, decided), of_group=_share(flips, listings)),
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0


def _weight_of_group(group: Group) -> tuple:
    changed = group.listings - group.effects.unchanged
    return -group.flips.listings, -changed, -group.listings, group.name is None, group.name or ""


def _weight_of_seller(seller: tuple[Seller, Counts]) -> tuple:
    """Put local sellers that are newly blocked first, the most blocked before others."""
    (name, kind), effects = seller
    local = effects[Effect.NEWLY_BLOCKED] if is_local_block(Effect.NEWLY_BLOCKED, kind) else 0
    flips = sum(effects[effect] for effect in FLIPS)
    in_review = effects[Effect.INTO_REVIEW] + effects[Effect.OUT_OF_REVIEW]
    return -local, -flips, -in_review, -effects[Effect.REASONS_ONLY], name, kind
