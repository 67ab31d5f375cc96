"""Listing -> classification: titles in, clusters with calibrated scores out, a batch in one compiled pass."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

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
    cluster, or when another cluster leads by `abstain_lead` log odds once up to four words are left out
    (docs/why/010-stuffed-titles.md); infinity asks for no such thing.
    """

    id: str
    clusters: tuple[str, ...]
    weights: NDArray[np.int8] = field(repr=False)
    scale: float
    bias: NDArray[np.float64]
    temperature: float
    abstain_below: NDArray[np.int32]
    fold_table: FoldTable = field(repr=False)
    abstain_lead: float = math.inf
    # The weights once more, as the kernel adds them up.
    packed: NDArray[np.uint32] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "packed", pack(self.weights))


def pack(weights: NDArray[np.int8]) -> NDArray[np.uint32]:
    """Lay (buckets, k) weights out as the kernel sums them: (k / 4, buckets + 1), four clusters' weights to a number;
    the last bucket says nothing.
    """
    buckets, k = weights.shape
    whole = np.full((buckets + 1, -(-k // kernel.LANES) * kernel.LANES), 128, np.uint8)
    whole[:buckets, :k] ^= weights.view(np.uint8)
    return np.ascontiguousarray(whole.view("<u4").T, np.uint32)


def classify(model: Model, titles: Sequence[str]) -> Classifications:
    """Classify n titles. The same titles give the same integers alone, in any batch, in every engine and on every CPU.

    A title with nothing to read in it (no letter, no digit) abstains.
    """
    scores = np.empty((len(titles), len(model.clusters)), np.int32)
    likeliest, rivals, abstained = (np.empty(len(titles), kind) for kind in (np.int64, np.int64, np.bool_))
    for part in _passes(titles):
        added = _add_up(model, titles[part])
        _calibrate(model, added, scores[part], likeliest[part], rivals[part])
        kernel.abstain(scores[part], likeliest[part], added.counts, model.abstain_below, abstained[part])
        if model.abstain_lead < math.inf:
            abstained[part] |= _leads(model, added, likeliest[part], rivals[part]) >= model.abstain_lead
    return Classifications(model.clusters, scores, likeliest, abstained, model.id)


def sums_of(model: Model, titles: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the exact part alone: (n, k) integer sums of weights, and each title's number of features."""
    k = len(model.clusters)
    sums, counts = np.empty((len(titles), k), np.int64), np.empty(len(titles), np.int64)
    for part in _passes(titles):
        added = _add_up(model, titles[part])
        sums[part], counts[part] = added.sums[:, :k], added.counts
    return sums, counts


def leads_of(model: Model, titles: Sequence[str]) -> NDArray[np.float64]:
    """Give by how many log odds the next cluster leads each title's likeliest once up to four words are left out."""
    leads = np.empty(len(titles))
    for part in _passes(titles):
        added = _add_up(model, titles[part])
        likeliest, rivals = np.empty((2, len(added.counts)), np.int64)
        _calibrate(model, added, np.empty((len(added.counts), len(model.clusters)), np.int32), likeliest, rivals)
        leads[part] = _leads(model, added, likeliest, rivals)
    return leads


class _Added(NamedTuple):
    """What `kernel.score` gives of a pass."""

    sums: NDArray[np.int64]
    counts: NDArray[np.int64]
    word_lanes: NDArray[np.uint64]
    word_stops: NDArray[np.int64]


def _passes(titles: Sequence[str]) -> Iterator[slice]:
    return (slice(start, start + TITLES_A_PASS) for start in range(0, len(titles), TITLES_A_PASS))


def _add_up(model: Model, titles: Sequence[str]) -> _Added:
    n, columns = len(titles), len(model.packed) * kernel.LANES
    symbols, stops = fold(titles, model.fold_table)
    # A word is a letter and a separator at least.
    word_lanes = np.empty((len(model.packed), stops.max(initial=0) // 2 + 1, 2), np.uint64)
    added = _Added(np.empty((n, columns), np.int64), np.empty(n, np.int64), word_lanes, np.empty(n, np.int64))
    kernel.score(symbols, stops, model.packed, *added)
    return added


def _calibrate(
    model: Model, added: _Added, scores: NDArray[np.int32], likeliest: NDArray[np.int64], rivals: NDArray[np.int64]
) -> None:
    facts = model.scale, model.bias, model.temperature
    kernel.calibrate(added.sums, added.counts, *facts, scores, likeliest, rivals)


def _leads(model: Model, added: _Added, likeliest: NDArray[np.int64], rivals: NDArray[np.int64]) -> NDArray[np.float64]:
    leads = np.empty(len(likeliest))
    kernel.lead(*added, likeliest, rivals, model.scale, model.temperature, leads)
    return leads
