"""Rows -> a fitted scikit-learn pipeline, and its weights as the whole numbers that serving sums."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from stream.classify.features import HashedFeatures
from training.regression import SparseLogisticRegression
from training.rows import Row


class Quantised(NamedTuple):
    """`weights` (buckets, k) int8: a value is sum * `scale` / sqrt(features) + `bias`."""

    clusters: tuple[str, ...]
    weights: NDArray[np.int8]
    scale: float
    bias: NDArray[np.float64]


def new_pipeline() -> Pipeline:
    """Give the unfitted pipeline: hashed features, then a multinomial logistic regression."""
    return Pipeline([("features", HashedFeatures()), ("regression", SparseLogisticRegression())])


def fit(rows: Sequence[Row]) -> Pipeline:
    """Fit a new pipeline on rows. The same rows give the same weights on the same machine and lock."""
    pipeline = new_pipeline()
    weights = np.array([row.weight for row in rows])
    labels = [row.cluster for row in rows]
    pipeline.fit([row.text for row in rows], labels, regression__sample_weight=weights)
    return pipeline


def quantise(pipeline: Pipeline) -> Quantised:
    """Round the fitted weights to int8, the largest to 127."""
    regression = pipeline["regression"]
    # A weight common to all clusters changes no score: taking each bucket's mean away leaves more of the 8 bits for
    # what does.
    weights = (regression.coef_ - regression.coef_.mean(axis=0)).astype(np.float64)
    scale = float(np.abs(weights).max() / 127)
    rounded = np.rint(weights.T / scale).astype(np.int8)
    return Quantised(
        tuple(regression.classes_.tolist()),
        np.ascontiguousarray(rounded),
        scale,
        regression.intercept_.astype(np.float64),
    )
