"""Rows -> leakage-safe folds: what a model is measured on comes from no source, and repeats no title, that it learnt
from.

Sources are dealt whole to folds. A title of another fold that is a near-duplicate of one that is measured, the same
goods in two shops, is set aside while that fold is measured: neither learnt from nor measured. So every row is measured
once, and no group of near-duplicates and no source ever stands on both sides.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.near_duplicates import near_duplicates
from training.rows import Row

FOLDS = 5
By = Literal["source", "group"]


class Split(NamedTuple):
    """Indices of rows, each ascending: to learn from, to measure on, and to leave out of both."""

    train: NDArray[np.int64]
    test: NDArray[np.int64]
    set_aside: NDArray[np.int64]


def near_duplicate_groups(rows: Sequence[Row]) -> NDArray[np.int64]:
    """Give each of n rows the number of its near-duplicates' group, from 0 by first row; see `near_duplicates`."""
    return near_duplicates([row.text for row in rows])


def split(rows: Sequence[Row], groups: NDArray[np.int64], folds: int = FOLDS, by: By = "source") -> list[Split]:
    """Deal rows to at most `folds` folds, whole sources (or whole groups) at a time, and give one split a fold.

    The same rows give the same folds, each with about its share of every cluster. By group, sources stand on both
    sides.
    """
    units: Sequence[Hashable] = [row.source for row in rows] if by == "source" else groups.tolist()
    fold_of = _deal(units, [row.cluster for row in rows], folds)
    fold = np.array([fold_of[unit] for unit in units], np.int64)
    return [_split(fold == number, groups) for number in np.unique(fold)]


def splittable_by(rows: Sequence[Row], others: Sequence[Row] = ()) -> By:
    """Say how rows can be held out: by source where every cluster is learnt also without any one of them, from other
    sources or from `others`, which are always learnt from.
    """
    sources: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        sources[row.cluster].add(row.source)
    elsewhere = {row.cluster for row in others}
    alone = [c for c, shops in sources.items() if len(shops) == 1 and c not in elsewhere]
    return "source" if len({row.source for row in rows}) > 1 and not alone else "group"


def _split(tested: NDArray[np.bool_], groups: NDArray[np.int64]) -> Split:
    twin = np.zeros(groups.max(initial=-1) + 1, bool)
    twin[groups[tested]] = True
    twins = twin[groups] & ~tested
    return Split(*(np.flatnonzero(mask) for mask in (~tested & ~twins, tested, twins)))


def _deal(units: Sequence[Hashable], clusters: Sequence[str], folds: int) -> dict[Hashable, int]:
    # The largest unit first, each to the fold where it adds least to the squares of the folds' shares of its clusters.
    totals = Counter(clusters)
    shares: dict[Hashable, Counter[str]] = defaultdict(Counter)
    for unit, cluster in zip(units, clusters, strict=True):
        shares[unit][cluster] += 1
    held = [dict.fromkeys(totals, 0.0) for _ in range(folds)]
    dealt = {}
    for unit in sorted(shares, key=lambda unit: (-shares[unit].total(), str(unit))):
        own = [(cluster, count / totals[cluster]) for cluster, count in shares[unit].items()]
        costs = [sum(share * (2 * fold[cluster] + share) for cluster, share in own) for fold in held]
        dealt[unit] = costs.index(min(costs))
        for cluster, share in own:
            held[dealt[unit]][cluster] += share
    return dealt
