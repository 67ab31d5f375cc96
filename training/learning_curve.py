"""Labelled rows -> what more of them would bring: macro-F1 on held-out sources against the share of rows learnt from.

Every point is measured on the same titles, by the same folds as a candidate (training/held_out.py): only what is learnt
from shrinks, whole groups of near-duplicates at a time, each share holding the rows of the smaller ones. At share 0
there is the corpus alone.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress

from stream.problems import BadSetup, Problem
from training import metrics
from training.figures.resample import resample
from training.held_out import Plan, check_learnable
from training.material import WEIGHT_ROWS, Indices, Material, fit_examples
from training.splits import Split

SHARES = (0.0, 0.1, 0.25, 0.5, 1.0)


class Point(NamedTuple):
    """One share: how many labelled rows a fold learnt from, on average, and what came of it with its 95 % interval."""

    share: float
    rows: int
    macro_f1: float
    low: float
    high: float


def learning_curve(
    material: Material,
    plan: Plan,
    progress: Progress,
    shares: Sequence[float] = SHARES,
    weight_rows: float = WEIGHT_ROWS,
    seed: int = 1,
) -> list[Point]:
    """Measure each share, in ascending order; share 0 is left out where there is no corpus. Costs one fit a fold and
    share. Raises BadSetup without labelled rows.
    """
    if material.titles == len(material.examples):
        raise BadSetup([Problem("no labelled rows", "command line, `--rows`", "name a file that holds some")])
    drawn = sorted({share for share in shares if share or material.titles})
    rank = _rank(plan, seed)
    points = []
    for share in progress.track(drawn, description="share by share"):
        folds = [_shrunk(material, plan, fold, rank, share) for fold in plan.splits]
        points.append(_point(material, plan, folds, share, weight_rows, seed))
    return points


def _rank(plan: Plan, seed: int) -> NDArray[np.float64]:
    """Give each measured example a place from 0 to 1, alike within a group: a share holds those below it."""
    groups = plan.groups.max(initial=-1) + 1
    chance = np.random.Generator(np.random.PCG64(seed))
    return ((chance.permutation(groups) + 0.5) / max(groups, 1))[plan.groups]


def _shrunk(material: Material, plan: Plan, fold: Split, rank: NDArray[np.float64], share: float) -> Split:
    place = np.zeros(len(material.examples))
    place[plan.measured] = rank
    kept = (fold.train < material.titles) | (place[fold.train] < share)
    return fold._replace(train=fold.train[kept])


def _point(
    material: Material, plan: Plan, folds: Sequence[Split], share: float, weight_rows: float, seed: int
) -> Point:
    given = np.full(len(material.examples), -1)
    for fold in folds:
        check_learnable(material, fold)
        regression = fit_examples(material, fold.train, weight_rows, seed)["regression"]
        given[fold.test] = regression.decision_function(material.features[fold.test]).argmax(axis=1)
    labelled = plan.measured[plan.measured >= material.titles]
    groups = plan.groups[plan.measured >= material.titles]
    figures = _macro_f1(material, labelled, given[labelled], groups)
    rows = np.mean([(fold.train >= material.titles).sum() for fold in folds])
    return Point(share, round(float(rows)), *(round(float(figure), 4) for figure in figures))


def _macro_f1(material: Material, rows: Indices, given: Indices, groups: Indices) -> tuple[float, float, float]:
    k = len(material.clusters)
    cells, own = material.truth[rows] * k + given, material.own[rows]
    counts = np.bincount(cells, own, k * k).reshape(k, k)
    low, high = metrics.interval(metrics.mean(metrics.f1(resample(groups, cells, own, k * k).reshape(-1, k, k))))
    return metrics.mean(metrics.f1(counts)), low, high
