"""Listing -> classification: titles in, clusters with calibrated scores out, a batch in one compiled pass."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stream.classify import kernel
from stream.classify.fold_table import FoldTable
from stream.classify.normalise import fold
from stream.contract.classification import Classifications

# How many are folded at a time: enough that numpy's calls do not count, few enough that what is laid out stays near.
TITLES_A_PASS = 1000


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
    # The weights once more, as the kernel adds them up.
    packed: NDArray[np.uint32] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "packed", pack(self.weights))


def pack(weights: NDArray[np.int8]) -> NDArray[np.uint32]:
    """Lay (buckets, k) weights out as the kernel sums them: (k / 4, buckets), four clusters' weights to a number."""
    buckets, k = weights.shape
    whole = np.full((buckets, -(-k // kernel.LANES) * kernel.LANES), 128, np.uint8)
    whole[:, :k] ^= weights.view(np.uint8)
    return np.ascontiguousarray(whole.view("<u4").T, np.uint32)


def classify(model: Model, titles: Sequence[str]) -> Classifications:
    """Classify n titles. The same titles give the same integers alone, in any batch, in every engine and on every CPU.

    A title with nothing to read in it (no letter, no digit) abstains.
    """
    sums, counts = _add_up(model, titles)
    scores = np.empty((len(titles), len(model.clusters)), np.int32)
    likeliest, abstained = np.empty(len(titles), np.int64), np.empty(len(titles), np.bool_)
    kernel.calibrate(sums, counts, model.scale, model.bias, model.temperature, scores, likeliest)
    kernel.abstain(scores, likeliest, counts, model.abstain_below, abstained)
    return Classifications(model.clusters, scores, likeliest, abstained, model.id)


def sums_of(model: Model, titles: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the exact part alone: (n, k) integer sums of weights, and each title's number of features."""
    sums, counts = _add_up(model, titles)
    return sums[:, : len(model.clusters)], counts


def _add_up(model: Model, titles: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    sums = np.empty((len(titles), len(model.packed) * kernel.LANES), np.int64)
    counts = np.empty(len(titles), np.int64)
    for start in range(0, len(titles), TITLES_A_PASS):
        part = slice(start, start + TITLES_A_PASS)
        kernel.score(*fold(titles[part], model.fold_table), model.packed, sums[part], counts[part])
    return sums, counts
