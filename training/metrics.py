"""The arithmetic of measuring: counts in, figures out. Knows no model, no row and no file.

Every function takes leading axes along, so that a thousand resamples cost one call. What cannot be measured, a division
by nothing, is NaN.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def ratio(part: ArrayLike, whole: ArrayLike) -> Array:
    """Divide; nothing over nothing is NaN.

    >>> ratio([1, 0], [2, 0]).tolist()
    [0.5, nan]
    """
    part, whole = np.broadcast_arrays(np.asarray(part, np.float64), np.asarray(whole, np.float64))
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole != 0)


def confusion(truth: NDArray[np.int64], given: NDArray[np.int64], weights: Array, clusters: int) -> Array:
    """Count into (clusters, clusters): a line for what is true, a column for what was given."""
    cells = np.bincount(truth * clusters + given, weights, clusters**2)
    return cells.reshape(clusters, clusters)


def precision(counts: Array) -> Array:
    """Give each cluster's precision from confusions (..., k, k)."""
    return ratio(_hits(counts), counts.sum(axis=-2))


def recall(counts: Array) -> Array:
    """Give each cluster's recall from confusions (..., k, k)."""
    return ratio(_hits(counts), counts.sum(axis=-1))


def f1(counts: Array) -> Array:
    """Give each cluster's F1 from confusions (..., k, k); NaN for a cluster that has no row.

    >>> f1(np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0]])).round(2).tolist()
    [0.67, 0.67, nan]
    """
    true, given = counts.sum(axis=-1), counts.sum(axis=-2)
    return ratio(np.where(true > 0, 2 * _hits(counts), 0), np.where(true > 0, true + given, 0))


def mean(figures: Array) -> Array:
    """Average the last axis over what could be measured; NaN if nothing could."""
    known = ~np.isnan(figures)
    return ratio(np.where(known, figures, 0).sum(axis=-1), known.sum(axis=-1))


def interval(figures: Array) -> Array:
    """Give the middle 95 % of resampled figures (resamples, ...) as (..., 2); NaN where there are none."""
    known = np.isnan(figures).all(axis=0)
    ends = np.nanpercentile(np.where(known, 0, figures), [2.5, 97.5], axis=0)
    return np.where(known[..., None], np.nan, np.moveaxis(ends, 0, -1))


def precision_at(share: float, recall: ArrayLike, wrongly: ArrayLike) -> Array:
    """Give the precision of blocks where `share` of the goods are closed, `recall` of those and `wrongly` of the open
    ones are blocked. It weights rows to the stated share: no rows have to be drawn.

    >>> precision_at(0.10, 0.9, 0.01).round(4).item()
    0.9091
    """
    right, wrong = share * np.asarray(recall), (1 - share) * np.asarray(wrongly)
    return ratio(right, right + wrong)


def calibration_error(scores: Array, right: NDArray[np.bool_], weights: Array, bins: int = 15) -> float:
    """Give the expected calibration error: over equal bins of (n,) scores, the weighted mean gap between score and
    accuracy.
    """
    gaps = np.bincount(bin_of(scores, bins), weights * (right - scores), bins)
    return float(np.abs(gaps).sum() / weights.sum())


def bin_of(scores: Array, bins: int) -> NDArray[np.int64]:
    """Say in which of equal bins from 0 to 1 each score is; 1 is in the last."""
    return np.minimum((scores * bins).astype(np.int64), bins - 1)


def mcnemar(only_first: int, only_second: int) -> float:
    """Give the exact two-sided p of McNemar's test: how odd the split of disagreements is if both were equally good.

    >>> mcnemar(1, 9)
    0.021484375
    """
    from scipy.stats import binomtest

    both = only_first + only_second
    return float(binomtest(only_first, both).pvalue) if both else 1.0


def _hits(counts: Array) -> Array:
    return np.diagonal(counts, axis1=-2, axis2=-1)
