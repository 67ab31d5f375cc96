"""The linear model: multinomial logistic regression on sparse rows, fitted by AdaGrad, as a scikit-learn classifier.

AdaGrad gives each weight its own step, which shrinks as the weight is used. A bucket that few titles touch, the n-gram
of a rare product word, thereby learns as fast as one that most touch. Batch solvers at any one penalty do not: on the
same titles scikit-learn's `LogisticRegression` needs ten times the time and knows rare words less well (training/LOG.md
has the figures).
"""

from collections.abc import Callable
from functools import cache
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

    def fit(
        self,
        rows: csr_matrix,
        labels: ArrayLike,
        sample_weight: ArrayLike | None = None,
        only: NDArray[np.int64] | None = None,
    ) -> Self:
        """Fit; `sample_weight` counts relative to its mean.

        With `only`, to those lines of `rows`, of which then labels and weights are: the same as fitting to
        `rows[only]`, without the copy.
        """
        lines = np.arange(rows.shape[0]) if only is None else only
        self.classes_, truth = np.unique(labels, return_inverse=True)
        weights = np.ones(len(lines)) if sample_weight is None else np.asarray(sample_weight, np.float64)
        weights = (weights / weights.mean()).astype(np.float32)
        self.n_features_in_ = rows.shape[1]
        k = len(self.classes_)
        # Each feature's k weights and the k sums of their squared steps lie side by side, in one line of the cache.
        learnt = np.zeros((rows.shape[1] + 1, 2 * k), np.float32)
        learnt[:, k:] = 1e-6
        order = np.random.Generator(np.random.PCG64(self.seed))
        run = _pass_over(k)
        for _ in range(self.epochs):
            shuffled = order.permutation(len(lines))
            steps = np.float32(self.rate), np.float32(self.penalty)
            run(rows.indptr, rows.indices, rows.data, truth, weights, lines, shuffled, *steps, learnt)
        # Laid by columns: scipy copies what does not lie so, 4 MB of it, for each product.
        self.coef_, self.intercept_ = np.asfortranarray(learnt[:-1, :k].T), learnt[-1, :k].copy()
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


@cache
def _pass_over(k: int) -> Callable[..., None]:
    """Compile one pass for k classes: with k known the loops over classes become vector instructions, and a pass takes
    a third of the time for the same bits.
    """

    @njit(cache=True, nogil=True)
    def run(starts, columns, data, truth, weights, lines, order, rate, penalty, learnt):
        # `learnt` has a line for each feature and the intercept's last: k weights, then their k sums of squares.
        slope = np.empty(k, np.float32)
        last_line = len(learnt) - 1
        for row in order:
            first, last = starts[lines[row]], starts[lines[row] + 1]
            for c in range(k):
                slope[c] = learnt[last_line, c]
            for j in range(first, last):
                for c in range(k):
                    slope[c] += learnt[columns[j], c] * data[j]
            slope -= slope.max()
            total = np.float32(0)
            for c in range(k):
                slope[c] = np.exp(slope[c])
                total += slope[c]
            for c in range(k):
                slope[c] = (slope[c] / total - np.float32(truth[row] == c)) * weights[row]
                learnt[last_line, k + c] += slope[c] * slope[c]
                learnt[last_line, c] -= rate * slope[c] / np.sqrt(learnt[last_line, k + c])
            for j in range(first, last):
                line, value = columns[j], data[j]
                for c in range(k):
                    step = slope[c] * value + penalty * learnt[line, c]
                    learnt[line, k + c] += step * step
                    learnt[line, c] -= rate * step / np.sqrt(learnt[line, k + c])

    return run
