"""Answers -> how well each cluster is told in them: F1, precision and recall with intervals, as a whole and in slices.

A slice holds one source, language, country or length. Most sources hold one or two clusters, so a pooled figure rewards
recognising the shop: the table by source is the one to read.
"""

import numpy as np
from numpy.typing import NDArray

from training import metrics
from training.figures.answers import Answers, parts_of
from training.figures.evaluation import ClusterFigures, MeanFigures, Slice
from training.figures.resample import RESAMPLES, SEED, resample
from training.figures.values import Interval

# The clusters whose mean F1 has a floor of its own; the fourth, craft, is thin in every source and has another.
THREE = ("culinary", "other", "textile_fashion")
SLICED_BY = ("source", "language", "country", "length")


def slice_of(answers: Answers, resamples: int = RESAMPLES, seed: int = SEED) -> Slice:
    """Measure at least one answer."""
    k = len(answers.clusters)
    cells = answers.truth * k + answers.likeliest
    counts = metrics.confusion(answers.truth, answers.likeliest, answers.weights, k)
    drawn = resample(answers.groups, cells, answers.weights, k * k, resamples, seed).reshape(-1, k, k)
    f1, drawn_f1 = metrics.f1(counts), metrics.f1(drawn)
    present = np.flatnonzero(counts.sum(axis=1))
    several = len(present) > 1
    return Slice(
        rows=len(answers.truth),
        groups=len(np.unique(answers.groups)),
        sources=len(set(answers.source.tolist())),
        accuracy=np.average(answers.right, weights=answers.weights),
        abstained=np.average(answers.abstained, weights=answers.weights),
        macro_f1=metrics.mean(f1) if several else None,
        interval=_pair(metrics.mean(drawn_f1)) if several else None,
        recall=None if several else metrics.recall(counts)[present[0]],
        mean_of_three=_mean_of_three(answers, f1, drawn_f1),
        clusters=_clusters(answers, counts, drawn),
    )


def slices_of(answers: Answers, resamples: int = RESAMPLES, seed: int = SEED) -> dict[str, dict[str, Slice]]:
    """Measure by source, language, country and length; each is a mapping from name to slice, sorted by name."""
    return {
        by: {name: slice_of(answers.where(rows), resamples, seed) for name, rows in parts_of(getattr(answers, by))}
        for by in SLICED_BY
    }


def _clusters(answers: Answers, counts: NDArray[np.float64], drawn: NDArray[np.float64]) -> dict[str, ClusterFigures]:
    f1, precision, recall = metrics.f1(counts), metrics.precision(counts), metrics.recall(counts)
    f1_intervals, recall_intervals = metrics.interval(metrics.f1(drawn)), metrics.interval(metrics.recall(drawn))
    return {
        cluster: ClusterFigures(
            rows=int((answers.truth == k).sum()),
            given=int((answers.likeliest == k).sum()),
            f1=f1[k],
            interval=_known(f1_intervals[k]),
            precision=precision[k],
            recall=recall[k],
            recall_interval=_known(recall_intervals[k]),
        )
        for k, cluster in enumerate(answers.clusters)
    }


def _mean_of_three(answers: Answers, f1: NDArray[np.float64], drawn: NDArray[np.float64]) -> MeanFigures | None:
    if not set(THREE) <= set(answers.clusters):
        return None
    three = [answers.clusters.index(cluster) for cluster in THREE]
    if np.isnan(f1[three]).any():
        return None
    return MeanFigures(clusters=list(THREE), f1=f1[three].mean(), interval=_pair(metrics.mean(drawn[:, three])))


def _pair(drawn: NDArray[np.float64]) -> Interval:
    low, high = metrics.interval(drawn)
    return low, high


def _known(ends: NDArray[np.float64]) -> Interval | None:
    return None if np.isnan(ends).any() else (ends[0], ends[1])
