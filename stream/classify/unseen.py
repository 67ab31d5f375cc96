"""Titles -> how much of each the model has nothing to say about: the share of its features whose weights are all zero.

Features are hashed, so no model can tell whether it met an n-gram. What it can tell is whether the place that the
n-gram falls on says anything. Whatever it learnt from does; of n-grams that it never met, as many fall on a place that
says something as there are such places (64 in 100 in `cluster-3`). So the share is too low by about that factor, for
every title alike: read it beside that of other titles, never by itself.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stream.classify import kernel
from stream.classify.classifier import Model
from stream.classify.fold_table import FoldTable
from stream.classify.normalise import fold


def said_buckets(model: Model) -> NDArray[np.bool_]:
    """Tell of each bucket whether any cluster has a weight there."""
    return model.weights.any(axis=1)


def unseen_shares(
    said: NDArray[np.bool_], titles: Sequence[str], table: FoldTable | None = None
) -> NDArray[np.float64]:
    """Give each title's share of features, repeats counted, that fall where no cluster has a weight: 0 to 1, and 0
    where a title has none.
    """
    folded = fold(titles, table)
    buckets = np.empty(folded.stops.max(initial=0) * kernel.FEATURES_A_SYMBOL, np.uint32)
    counts = np.empty(len(titles), np.int64)
    total = kernel.extract(*folded, buckets, counts)
    unseen = np.concatenate([[0], np.cumsum(~said[buckets[:total]])])
    ends = np.cumsum(counts)
    return (unseen[ends] - unseen[ends - counts]) / np.maximum(counts, 1)
