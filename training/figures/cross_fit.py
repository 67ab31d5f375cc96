"""Answers -> calibration: how far scores are from the share that is right, as shipped and cross-fitted by source.

Cross-fitted: for each source, temperature and thresholds are fitted on the rows of all others and applied to its own,
so no row is measured with a figure that it took part in. That is what calibrating on real rows would give a new shop.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from training import metrics
from training.calibrate import HeldOut, calibrate
from training.figures.answers import Answers, parts_of
from training.figures.blocks import SHARES, SHIPPED_RULE, BlockRule, blocks_of
from training.figures.evaluation import Bin, Calibration, CalibrationPair, CrossFitted
from training.figures.resample import RESAMPLES, SEED
from training.figures.thresholds import given_figures

BINS, FOLDS = 15, 40
# A temperature and some thresholds need no more: of more rows every second, third and so on is taken.
FITTED_ROWS = 100_000


def calibration_of(
    answers: Answers,
    rule: BlockRule = SHIPPED_RULE,
    shares: Sequence[float] = SHARES,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> CalibrationPair:
    """Measure calibration both ways. Cross-fitting needs two sources."""
    shipped, home = Calibration(**_errors(answers)), answers.home
    if len(set(answers.source.tolist())) < 2:
        return CalibrationPair(as_shipped=shipped, cross_fitted=None)
    fitted, temperatures, abstain_below = cross_fit(answers)
    return CalibrationPair(
        as_shipped=shipped,
        cross_fitted=CrossFitted(
            **_errors(fitted),
            temperatures=temperatures,
            abstain_below=abstain_below,
            review=np.average(fitted.abstained, weights=fitted.weights),
            clusters=given_figures(fitted, ~fitted.abstained),
            blocks=blocks_of(fitted, rule, shares, resamples, seed),
            blocks_indonesian=blocks_of(fitted.where(home), rule, shares, resamples, seed) if home.any() else None,
        ),
    )


def cross_fit(answers: Answers) -> tuple[Answers, dict[str, float], dict[str, dict[str, float]]]:
    """Give the answers with scores and abstention by what the other sources fitted, and what that was, by source."""
    scores, abstained = answers.scores.copy(), answers.abstained.copy()
    temperatures, abstain_below = {}, {}
    for sources, own in _folds(answers):
        fitted = calibrate(_others(answers, own))
        temperatures |= dict.fromkeys(sources, fitted.temperature)
        abstain_below |= dict.fromkeys(sources, fitted.abstain_below)
        scores[own] = softmax(answers.values[own] / fitted.temperature, axis=1)
        thresholds = np.array([fitted.abstain_below[cluster] for cluster in answers.clusters])
        abstained[own] = scores[own].max(axis=1) < thresholds[answers.likeliest[own]]
    return answers._replace(scores=scores, abstained=abstained | answers.regardless), temperatures, abstain_below


def _folds(answers: Answers) -> Iterator[tuple[list[str], NDArray[np.int64]]]:
    """Hold each source out alone; of more than forty, some together."""
    parts = list(parts_of(answers.source))
    for start in range(min(FOLDS, len(parts))):
        sources, rows = zip(*parts[start::FOLDS], strict=True)
        yield list(sources), np.concatenate(rows)


def _others(answers: Answers, own: NDArray[np.int64]) -> HeldOut:
    others = np.delete(np.arange(len(answers.truth)), own)
    some = others[:: -(-len(others) // FITTED_ROWS)]
    return HeldOut(answers.clusters, answers.values[some], answers.truth[some], answers.weights[some])


def _errors(answers: Answers) -> dict[str, object]:
    return {
        "ece": _error(answers),
        "ece_indonesian": _error(answers.where(answers.home)) if answers.home.any() else None,
        "ece_by_source": {source: _error(answers.where(rows)) for source, rows in parts_of(answers.source)},
        "bins": _bins(answers),
    }


def _bins(answers: Answers) -> list[Bin]:
    inside = metrics.bin_of(answers.best, BINS)
    rows, weights = np.bincount(inside, minlength=BINS), np.bincount(inside, answers.weights, BINS)
    score = metrics.ratio(np.bincount(inside, answers.weights * answers.best, BINS), weights)
    accuracy = metrics.ratio(np.bincount(inside, answers.weights * answers.right, BINS), weights)
    return [Bin(rows=rows[i], score=score[i], accuracy=accuracy[i]) for i in np.flatnonzero(rows)]


def _error(answers: Answers) -> float:
    return metrics.calibration_error(answers.best, answers.right, answers.weights, BINS)
