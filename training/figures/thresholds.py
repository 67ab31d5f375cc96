"""Answers -> what each threshold would do: what is blocked, what goes to a person, and how right the rest is."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training import metrics
from training.figures.answers import Answers
from training.figures.blocks import SHARES, SHIPPED_RULE, BlockRule, closed_of, share_name, summed_score
from training.figures.evaluation import GivenFigures, Threshold

SWEEP = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99)


def thresholds_of(
    answers: Answers,
    rule: BlockRule = SHIPPED_RULE,
    shares: Sequence[float] = SHARES,
    sweep: Sequence[float] = SWEEP,
) -> list[Threshold]:
    """Measure each threshold of the sweep."""
    closed = np.isin(answers.truth, closed_of(answers, rule))
    summed = summed_score(answers, rule)
    return [_threshold(answers, at, summed >= at, closed, shares) for at in sweep]


def given_figures(answers: Answers, sure: NDArray[np.bool_]) -> dict[str, GivenFigures]:
    """Say of each cluster how much of what it is given is `sure`, and how right that is."""
    figures = {}
    for k, cluster in enumerate(answers.clusters):
        given = answers.weights * (answers.likeliest == k)
        kept = given * sure
        figures[cluster] = GivenFigures(
            precision=metrics.ratio((kept * answers.right).sum(), kept.sum()),
            kept=metrics.ratio(kept.sum(), given.sum()),
        )
    return figures


def _threshold(
    answers: Answers, at: float, blocked: NDArray[np.bool_], closed: NDArray[np.bool_], shares: Sequence[float]
) -> Threshold:
    weights, sure = answers.weights, (answers.best >= at) & ~answers.regardless
    recall, wrongly = (
        metrics.ratio((weights * goods * blocked).sum(), (weights * goods).sum()) for goods in (closed, ~closed)
    )
    return Threshold(
        at=at,
        precision={share_name(share): metrics.precision_at(share, recall, wrongly) for share in shares},
        recall=recall,
        wrongly=wrongly,
        review=metrics.ratio((weights * ~sure).sum(), weights.sum()),
        accuracy=metrics.ratio((weights * sure * answers.right).sum(), (weights * sure).sum()),
        clusters=given_figures(answers, sure),
    )
