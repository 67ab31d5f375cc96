"""Listing -> classification: titles in, clusters with calibrated scores out, a batch in one compiled pass."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stream.classify import kernel
from stream.classify.fold_table import FoldTable
from stream.classify.normalise import titles_of
from stream.contract.classification import Classifications


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded shelf entry: everything that scoring needs, nothing that was pickled.

    `weights` is (buckets, k) int8; a value is sum * `scale` / sqrt(features) + `bias`, its softmax at `temperature` a
    score. A listing abstains when its likeliest cluster's score, in ten-thousandths, is under `abstain_below` of that
    cluster.
    """

    id: str
    clusters: tuple[str, ...]
    weights: NDArray[np.int8] = field(repr=False)
    scale: float
    bias: NDArray[np.float64]
    temperature: float
    abstain_below: NDArray[np.int32]
    fold_table: FoldTable = field(repr=False)


def classify(model: Model, titles: Sequence[str]) -> Classifications:
    """Classify n titles. The same titles give the same integers alone, in any batch, in every engine and on every CPU.

    A title with nothing to read in it (no letter, no digit) abstains.
    """
    sums, counts = sums_of(model, titles)
    scores = np.empty(sums.shape, np.int32)
    likeliest = np.empty(len(titles), np.int64)
    kernel.calibrate(sums, counts, model.scale, model.bias, model.temperature, scores, likeliest)
    best = scores[np.arange(len(titles)), likeliest]
    abstained = (best < model.abstain_below[likeliest]) | (counts == 0)
    return Classifications(model.clusters, scores, likeliest, abstained, model.id)


def sums_of(model: Model, titles: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the exact part alone: (n, k) integer sums of weights, and each title's number of features."""
    batch = titles_of(titles)
    sums = np.empty((len(titles), len(model.clusters)), np.int64)
    counts = np.empty(len(titles), np.int64)
    kernel.score(batch.points, batch.ends, *model.fold_table, batch.room, model.weights, sums, counts)
    return sums, counts
