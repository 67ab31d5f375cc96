"""What models make of titles whose sources they never saw (training/held_out.py) -> a temperature, thresholds and the
lead at which to abstain.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.metrics import f1_score

from training.lead import Lead, Read, fit_lead
from training.metrics import calibration_error

# A cluster's threshold is the least score from which on this share of the listings it is given are truly its own.
PRECISION = 0.95
LEAST_THRESHOLD, GREATEST_THRESHOLD = 0.5, 0.95


class HeldOut(NamedTuple):
    """For n titles, each by a model that saw none of its subject: (n, k) `values` before the softmax, and the truth's
    index. Also, where there is more to go by, their `leads`, what the models make of the same titles stuffed and
    squatted (training/stuffed.py), and the share of each title that its model says nothing about.
    """

    clusters: tuple[str, ...]
    values: NDArray[np.float64]
    truth: NDArray[np.int64]
    weights: NDArray[np.float64]
    leads: NDArray[np.float64] | None = None
    worn: tuple[Read, ...] = ()
    unseen: NDArray[np.float64] | None = None


class Calibration(NamedTuple):
    """What goes into the manifest, and the expected calibration error on the held-out titles that it leaves."""

    temperature: float
    abstain_below: dict[str, float]
    error: float
    macro_f1: float
    lead: Lead | None = None

    @property
    def abstain_lead(self) -> float | None:
        """The lead at which a listing abstains, None where none was fitted."""
        return self.lead.at if self.lead else None


def calibrate(held_out: HeldOut) -> Calibration:
    """Fit one temperature by likelihood, one threshold a cluster by precision, and a lead by what it holds of stuffed
    titles; titles weigh as in training.
    """
    weights = held_out.weights
    temperature = _temperature(held_out, weights)
    scores = softmax(held_out.values / temperature, axis=1)
    thresholds = {c: _threshold(scores, held_out.truth, weights, k) for k, c in enumerate(held_out.clusters)}
    return Calibration(
        temperature,
        thresholds,
        calibration_error(scores.max(axis=1), scores.argmax(axis=1) == held_out.truth, weights),
        _macro_f1(scores, held_out.truth, weights),
        _lead(held_out, temperature, thresholds),
    )


def _lead(held_out: HeldOut, temperature: float, thresholds: dict[str, float]) -> Lead | None:
    if held_out.leads is None:
        return None
    plain, bounds = Read(held_out.values, held_out.leads), np.array(list(thresholds.values()))
    return fit_lead(plain, held_out.worn, held_out.truth, held_out.weights, temperature, bounds)


def _temperature(held_out: HeldOut, weights: NDArray[np.float64]) -> float:
    rows = np.arange(len(held_out.truth))

    def loss(log_temperature: float) -> float:
        likelihood = softmax(held_out.values / np.exp(log_temperature), axis=1)[rows, held_out.truth]
        return float(-(weights * np.log(np.maximum(likelihood, 1e-12))).sum())

    return round(float(np.exp(minimize_scalar(loss, bounds=(-2, 3), method="bounded").x)), 4)


def _threshold(
    scores: NDArray[np.float64], truth: NDArray[np.int64], weights: NDArray[np.float64], cluster: int
) -> float:
    given = scores.argmax(axis=1) == cluster
    order = np.argsort(-scores[given, cluster], kind="stable")
    right = (truth[given] == cluster)[order]
    weight = weights[given][order]
    precision = np.cumsum(weight * right) / np.cumsum(weight)
    holds = np.flatnonzero(precision >= PRECISION)
    least = scores[given, cluster][order][holds[-1]] if len(holds) else GREATEST_THRESHOLD
    return round(float(np.clip(least, LEAST_THRESHOLD, GREATEST_THRESHOLD)), 2)


def _macro_f1(scores: NDArray[np.float64], truth: NDArray[np.int64], weights: NDArray[np.float64]) -> float:
    return float(f1_score(truth, scores.argmax(axis=1), average="macro", sample_weight=weights))
