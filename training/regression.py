"""The linear model: multinomial logistic regression on sparse rows, fitted by AdaGrad, as a scikit-learn classifier.

AdaGrad gives each weight its own step, which shrinks as the weight is used. A bucket that few titles touch, the n-gram
of a rare product word, thereby learns as fast as one that most touch. Batch solvers at any one penalty do not: on the
same titles scikit-learn's `LogisticRegression` needs ten times the time and knows rare words less well (training/LOG.md
has the figures).
"""

from typing import Self

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin


class SparseLogisticRegression(ClassifierMixin, BaseEstimator):
    """Fits (n, d) sparse rows to k classes. `coef_` is (k, d), `intercept_` (k,), also where k is 2.

    `epochs` passes over the rows in an order that `seed` decides, steps of at most `rate`, a ridge `penalty` on the
    weights that a row touches. The same rows, weights and seed give the same `coef_` on the same machine and lock.
    """

    def __init__(self, epochs: int = 8, rate: float = 0.1, penalty: float = 5e-4, seed: int = 1) -> None:
        self.epochs = epochs
        self.rate = rate
        self.penalty = penalty
        self.seed = seed

    def fit(self, rows: csr_matrix, labels: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit; `sample_weight` counts relative to its mean."""
        self.classes_, truth = np.unique(labels, return_inverse=True)
        weights = np.ones(rows.shape[0]) if sample_weight is None else np.asarray(sample_weight, np.float64)
        weights = (weights / weights.mean()).astype(np.float32)
        self.n_features_in_ = rows.shape[1]
        coef = np.zeros((rows.shape[1], len(self.classes_)), np.float32)
        intercept = np.zeros(len(self.classes_), np.float32)
        squares = np.full_like(coef, 1e-6), np.full_like(intercept, 1e-6)
        order = np.random.Generator(np.random.PCG64(self.seed))
        for _ in range(self.epochs):
            shuffled = order.permutation(rows.shape[0])
            steps = np.float32(self.rate), np.float32(self.penalty)
            _pass(rows.indptr, rows.indices, rows.data, truth, weights, shuffled, *steps, coef, intercept, *squares)
        self.coef_, self.intercept_ = np.ascontiguousarray(coef.T), intercept
        return self

    def decision_function(self, rows: csr_matrix) -> NDArray[np.float64]:
        """Give the (n, k) values before the softmax."""
        return np.asarray(rows @ self.coef_.T, np.float64) + self.intercept_

    def predict_proba(self, rows: csr_matrix) -> NDArray[np.float64]:
        """Give the (n, k) probabilities, not calibrated."""
        return softmax(self.decision_function(rows), axis=1)

    def predict(self, rows: csr_matrix) -> NDArray:
        """Give the likeliest class of each row."""
        return self.classes_[self.decision_function(rows).argmax(axis=1)]


@njit(cache=True)
def _pass(starts, columns, data, truth, weights, order, rate, penalty, coef, intercept, squares, intercept_squares):
    k = len(intercept)
    slope = np.empty(k, np.float32)
    for row in order:
        first, last = starts[row], starts[row + 1]
        slope[:] = intercept
        for j in range(first, last):
            for c in range(k):
                slope[c] += coef[columns[j], c] * data[j]
        slope -= slope.max()
        total = np.float32(0)
        for c in range(k):
            slope[c] = np.exp(slope[c])
            total += slope[c]
        for c in range(k):
            slope[c] = (slope[c] / total - np.float32(truth[row] == c)) * weights[row]
            intercept_squares[c] += slope[c] * slope[c]
            intercept[c] -= rate * slope[c] / np.sqrt(intercept_squares[c])
        for j in range(first, last):
            for c in range(k):
                step = slope[c] * data[j] + penalty * coef[columns[j], c]
                squares[columns[j], c] += step * step
                coef[columns[j], c] -= rate * step / np.sqrt(squares[columns[j], c])
