"""The features as a scikit-learn transformer: texts in, a sparse matrix of hashed n-grams, words and word pairs out.

Only training imports this module: the worker scores without scikit-learn, through the same compiled `fold` and
`hash_features`.
"""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin

from stream.classify import kernel
from stream.classify.normalise import fold


class HashedFeatures(TransformerMixin, BaseEstimator):
    """Stateless: nothing is learnt, no vocabulary kept. A row's entries are feature counts over the square root of
    their number.

    That scale keeps short and long titles at a like length and can be had at serving from the number of features alone.
    """

    def fit(self, texts: Sequence[str], labels: Any = None) -> Self:
        """Do nothing; there is nothing to learn."""
        return self

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Give the (n, 2**19) float32 matrix of n texts."""
        folded = fold(texts)
        buckets = np.empty(folded.stops.max(initial=0) * kernel.FEATURES_A_SYMBOL, np.uint32)
        counts = np.empty(len(texts), np.int64)
        total = kernel.extract(*folded, buckets, counts)
        values = np.repeat(1 / np.sqrt(np.maximum(counts, 1)), counts).astype(np.float32)
        starts = np.concatenate([[0], np.cumsum(counts)])
        matrix = csr_matrix((values, buckets[:total].astype(np.int32), starts), (len(texts), kernel.BUCKETS))
        matrix.sum_duplicates()
        return matrix

    def __sklearn_is_fitted__(self) -> bool:
        return True
