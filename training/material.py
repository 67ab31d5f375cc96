"""Titles of the corpus and labelled rows -> what a model is fitted to: features, clusters, and how much each counts.

Every cluster counts for a stated share whatever it has. Beside the corpus, labelled rows carry up to a stated part of
their cluster's share; within it a source counts for the root of its rows, so that a shop with a hundred times the rows
counts ten times. All of it is one matrix, of which folds fit on some lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.pipeline import Pipeline

from stream.classify import kernel
from stream.classify.features import HashedFeatures
from training.fit import new_pipeline
from training.rows import Row
from training.titles import SHARES

# What part of a cluster's share labelled rows carry beside the corpus. On held-out shops anything from a tenth to a
# half did better than none, and within 0.003 of a quarter (training/LOG.md).
WEIGHT_ROWS = 0.25
# And no labelled row counts for more than this many titles of the corpus: a hundred rows are not worth a quarter of it.
TITLES_A_ROW = 5.0
TEXTS_A_BLOCK = 50_000

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Material:
    """n examples: the corpus's `titles` first, then labelled rows. `truth` indexes `clusters`, `shops` numbers the pair
    of cluster and source, `own` is the weight that the example came with.
    """

    examples: Sequence[Row]
    titles: int
    clusters: tuple[str, ...]
    truth: Indices
    shops: Indices
    own: NDArray[np.float64]
    features: csr_matrix

    @property
    def every(self) -> Indices:
        """The index of every example."""
        return np.arange(len(self.examples))


def gather(titles: Sequence[Row], rows: Sequence[Row]) -> Material:
    """Lay out what there is to learn from. A million rows of 48 letters take 1.3 GB, and twice that for a moment."""
    examples = [*titles, *rows]
    clusters, truth = np.unique([row.cluster for row in examples], return_inverse=True)
    _, source = np.unique([row.source for row in examples], return_inverse=True)
    _, shops = np.unique(source * len(clusters) + truth, return_inverse=True)
    own = np.array([row.weight for row in examples], np.float64)
    texts = [row.text for row in examples]
    return Material(examples, len(titles), tuple(clusters.tolist()), truth, shops, own, _features(texts))


def fit_examples(material: Material, chosen: Indices, weight_rows: float = WEIGHT_ROWS, seed: int = 1) -> Pipeline:
    """Fit a new pipeline to some of the examples. The same examples and seed give the same weights on the same machine
    and lock.
    """
    pipeline = new_pipeline().set_params(regression__seed=seed)
    labels = np.array(material.clusters)[material.truth[chosen]]
    pipeline["regression"].fit(material.features, labels, weigh(material, chosen, weight_rows), chosen)
    return pipeline


def weigh(material: Material, chosen: Indices, weight_rows: float = WEIGHT_ROWS) -> NDArray[np.float64]:
    """Say how much each of the chosen examples counts; all of them together count 1.

    Titles keep their proportions within a cluster, rows theirs within a source of a cluster.
    """
    truth, own, k = material.truth[chosen], material.own[chosen], len(material.clusters)
    row = chosen >= material.titles
    shops = material.shops[chosen]
    # Rows: within a cluster a source counts for the root of what its rows weigh.
    whole = np.bincount(shops[row], own[row], shops.max(initial=0) + 1)
    balanced = own.copy()
    balanced[row] /= np.sqrt(whole[shops[row]])
    share, part = _shares(material, truth, own, row), _parts(truth, row, k, weight_rows)
    weights = np.empty(len(chosen))
    for kind, of_cluster in ((row, share * part), (~row, share * (1 - part))):
        sums = np.bincount(truth[kind], balanced[kind], k)
        weights[kind] = balanced[kind] * (of_cluster / np.where(sums > 0, sums, 1))[truth[kind]]
    return weights / weights.sum()


def _shares(material: Material, truth: Indices, own: NDArray, row: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Give each cluster's share: the corpus's own where it has all clusters, else as titles are written, else alike."""
    k = len(material.clusters)
    of_titles = np.bincount(truth[~row], own[~row], k)
    if (of_titles > 0).all():
        return of_titles / of_titles.sum()
    if set(material.clusters) <= set(SHARES):
        return np.array([SHARES[cluster] for cluster in material.clusters])
    return np.full(k, 1 / k)


def _parts(truth: Indices, row: NDArray[np.bool_], k: int, weight_rows: float) -> NDArray[np.float64]:
    """Give the part of each cluster's share that rows carry: all where there are no titles, none where no rows."""
    rows, titles = np.bincount(truth[row], minlength=k), np.bincount(truth[~row], minlength=k)
    at_most = TITLES_A_ROW * rows / np.maximum(TITLES_A_ROW * rows + titles, 1)
    return np.where(titles == 0, 1.0, np.minimum(weight_rows, at_most))


def _features(texts: Sequence[str]) -> csr_matrix:
    # Block by block: the transformer needs several times what it gives back.
    blocks = [HashedFeatures().transform(texts[i : i + TEXTS_A_BLOCK]) for i in range(0, len(texts), TEXTS_A_BLOCK)]
    starts = np.concatenate(
        [[0], np.cumsum(np.concatenate([np.diff(block.indptr).astype(np.int64) for block in blocks]))]
    )
    parts = (np.concatenate([getattr(block, name) for block in blocks]) for name in ("data", "indices"))
    return csr_matrix((*parts, starts), (len(texts), kernel.BUCKETS), copy=False)
