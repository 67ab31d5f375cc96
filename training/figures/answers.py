"""Labelled rows and a model -> its answers as arrays, row by row: what every figure is counted from."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.classify.classifier import Model, classify, leads_of, sums_of
from stream.contract.classification import TEN_THOUSAND
from stream.problems import BadSetup, Problem, did_you_mean
from training.figures.comparison import CompareSlice
from training.figures.evaluation import Slice
from training.near_duplicates import near_duplicates
from training.rows import Row

UNKNOWN = "unknown"
# The market whose closure the shipped policy is: its rows have figures, and floors, of their own.
HOME = "ID"
# Symbols of a title; the last is open.
LENGTHS = (10, 20, 40, 80)
# In JSON a cluster stands beside these keys.
RESERVED = set(Slice.model_fields) | set(CompareSlice.model_fields)


class Answers(NamedTuple):
    """n rows. `values` (n, k) are what the softmax is taken of, `scores` (n, k) its outcome at the shipped temperature,
    `regardless` marks titles that abstain whatever they score: there is nothing to read, or another cluster would lead.
    The names are arrays of text.
    """

    clusters: tuple[str, ...]
    truth: NDArray[np.int64]
    likeliest: NDArray[np.int64]
    scores: NDArray[np.float64]
    abstained: NDArray[np.bool_]
    values: NDArray[np.float64]
    regardless: NDArray[np.bool_]
    weights: NDArray[np.float64]
    groups: NDArray[np.int64]
    source: NDArray[np.object_]
    language: NDArray[np.object_]
    country: NDArray[np.object_]
    length: NDArray[np.object_]

    @property
    def best(self) -> NDArray[np.float64]:
        """The likeliest cluster's score."""
        return np.take_along_axis(self.scores, self.likeliest[:, None], axis=1)[:, 0]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether the likeliest cluster is the true one."""
        return self.likeliest == self.truth

    @property
    def home(self) -> NDArray[np.bool_]:
        """Whether the row is from the home market."""
        return self.country == HOME

    def where(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "Answers":
        """Give the answers on some of the rows, by a mask or by indices."""
        return Answers(self.clusters, *(array[rows] for array in self[1:]))


def answers_of(model: Model, rows: Sequence[Row], countries: Sequence[str | None] = ()) -> Answers:
    """Classify the rows as a worker would. `countries` is empty or one a row. Raises BadSetup without rows or with a
    cluster that the model lacks.
    """
    _check(model, rows)
    texts = [row.text for row in rows]
    classified = classify(model, texts)
    sums, counts = sums_of(model, texts)
    index = {cluster: k for k, cluster in enumerate(model.clusters)}
    return Answers(
        model.clusters,
        np.array([index[row.cluster] for row in rows]),
        classified.likeliest,
        classified.scores / TEN_THOUSAND,
        classified.abstained,
        sums * model.scale / np.sqrt(np.maximum(counts, 1))[:, None] + model.bias,
        (counts == 0) | (leads_of(model, texts) >= model.abstain_lead),
        np.array([row.weight for row in rows], np.float64),
        near_duplicates(texts),
        np.array([row.source for row in rows], object),
        np.array([row.language or UNKNOWN for row in rows], object),
        np.array([country or UNKNOWN for country in countries] or [UNKNOWN] * len(rows), object),
        np.array([length_of(text) for text in texts], object),
    )


def parts_of(names: NDArray[np.object_]) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Give each name, sorted, and the indices of its rows.

    >>> [(name, rows.tolist()) for name, rows in parts_of(np.array(["b", "a", "b"], object))]
    [('a', [1]), ('b', [0, 2])]
    """
    unique, which = np.unique(names.astype(str), return_inverse=True)
    ends = np.cumsum(np.bincount(which))[:-1]
    yield from zip(unique.tolist(), np.split(np.argsort(which, kind="stable"), ends), strict=True)


def length_of(text: str) -> str:
    """Name the slice of lengths that a title is in.

    >>> length_of("batik"), length_of("x" * 81)
    ('01-10', '81-')
    """
    above = [least for least in LENGTHS if len(text) > least]
    low, high = (above[-1] if above else 0) + 1, LENGTHS[len(above)] if len(above) < len(LENGTHS) else ""
    return f"{low:02}-{high}"


def _check(model: Model, rows: Sequence[Row]) -> None:
    if not rows:
        raise BadSetup([Problem("no labelled rows to measure on", "rows", "name a file with a readable row")])
    known = ", ".join(f"`{cluster}`" for cluster in model.clusters)
    first = {row.cluster: row.place or f"row {number}" for number, row in reversed([*enumerate(rows, 1)])}
    problems = [
        Problem(f"cluster `{cluster}` has the name of a figure", f"model `{model.id}`", "train it under another name")
        for cluster in sorted(RESERVED & set(model.clusters))
    ]
    problems += [
        Problem(
            f"unknown cluster `{cluster}`{did_you_mean(cluster, model.clusters)}",
            place,
            f"model `{model.id}` knows {known}",
        )
        for cluster, place in sorted(first.items())
        if cluster not in model.clusters
    ]
    if problems:
        raise BadSetup(problems)
