"""Answers -> what a block rule does to cross-border listings of which a stated share are closed goods.

Measured rows are never mixed as a market is, so no share of blocks can be counted off them. What can be counted is
`recall`, the share of closed goods that is blocked, and `wrongly`, the share of open goods that is. At a share s of
closed goods the precision of blocks is then  s * recall / (s * recall + (1 - s) * wrongly):  every row weighs what the
stated mix asks of it, and no row has to be drawn. Rows alike, a large source decides; sources alike, the rates are
taken source by source and averaged.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training import metrics
from training.figures.answers import Answers
from training.figures.evaluation import BlockFigures, Blocks
from training.figures.resample import RESAMPLES, SEED, resample
from training.figures.values import Interval

SHARES = (0.10, 0.40)


class BlockRule(NamedTuple):
    """Block where the summed score of the closed clusters is `at` or more, as the policy `id-akar` does."""

    closed: tuple[str, ...] = ("textile_fashion", "culinary", "craft")
    at: float = 0.8


SHIPPED_RULE = BlockRule()


class _Rates(NamedTuple):
    """Of closed and of open goods: the share blocked, and the share that abstains. Each (...,)."""

    recall: NDArray[np.float64]
    wrongly: NDArray[np.float64]
    closed_abstained: NDArray[np.float64]
    open_abstained: NDArray[np.float64]


def share_name(share: float) -> str:
    """Name a share as the keys do.

    >>> share_name(0.1)
    '0.10'
    """
    return f"{share:.2f}"


def closed_of(answers: Answers, rule: BlockRule) -> list[int]:
    """Give the indices of the closed clusters that the model knows."""
    return [k for k, cluster in enumerate(answers.clusters) if cluster in rule.closed]


def summed_score(answers: Answers, rule: BlockRule) -> NDArray[np.float64]:
    """Give (n,) summed scores of the closed clusters, exact to the ten-thousandth like the policy's own."""
    return answers.scores[:, closed_of(answers, rule)].sum(axis=1).round(4)


def blocks_of(
    answers: Answers,
    rule: BlockRule = SHIPPED_RULE,
    shares: Sequence[float] = SHARES,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> dict[str, Blocks] | None:
    """Measure the rule at each share; None where the model knows no closed cluster."""
    closed = closed_of(answers, rule)
    if not closed:
        return None
    blocked = summed_score(answers, rule) >= rule.at
    likeliest = np.isin(answers.likeliest, closed) & ~answers.abstained
    counted, drawn = _count(answers, closed, np.stack([blocked, likeliest, answers.abstained]), resamples, seed)

    def figures(share: float, which: int, alike: bool) -> BlockFigures:
        return _figures(share, _rates(counted, which, alike), _rates(drawn, which, alike))

    return {
        share_name(share): Blocks(
            **figures(share, 0, alike=False).model_dump(),
            sources_alike=figures(share, 0, alike=True),
            likeliest_closed=figures(share, 1, alike=False),
        )
        for share in shares
    }


def _count(
    answers: Answers, closed: list[int], marks: NDArray[np.bool_], resamples: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weigh rows by (source, closed, mark, mark, mark): as measured, and (resamples, ...) as drawn anew."""
    names, source = np.unique(answers.source.astype(str), return_inverse=True)
    shape = (len(names), 2, 2, 2, 2)
    cells = np.ravel_multi_index((source, np.isin(answers.truth, closed).astype(int), *marks.astype(int)), shape)
    size = int(np.prod(shape))
    drawn = resample(answers.groups, cells, answers.weights, size, resamples, seed)
    return np.bincount(cells, answers.weights, size).reshape(shape), drawn.reshape(-1, *shape)


def _rates(counts: NDArray[np.float64], which: int, alike: bool) -> _Rates:
    """Take the rates of rule `which` (0 or 1; 2 is abstention) over counts (..., source, closed, mark, mark, mark)."""

    def shares(mark: int) -> NDArray[np.float64]:
        other = tuple(axis for axis in (-3, -2, -1) if axis != mark - 3)
        by_mark = counts.sum(axis=other)
        if not alike:
            by_mark = by_mark.sum(axis=-3, keepdims=True)
        return metrics.mean(np.swapaxes(metrics.ratio(by_mark[..., 1], by_mark.sum(axis=-1)), -1, -2))

    blocked, abstained = shares(which), shares(2)
    return _Rates(blocked[..., 1], blocked[..., 0], abstained[..., 1], abstained[..., 0])


def _figures(share: float, rates: _Rates, drawn: _Rates) -> BlockFigures:
    return BlockFigures(
        precision=metrics.precision_at(share, rates.recall, rates.wrongly),
        precision_interval=_known(metrics.precision_at(share, drawn.recall, drawn.wrongly)),
        recall=rates.recall,
        recall_interval=_known(drawn.recall),
        wrongly=rates.wrongly,
        wrongly_interval=_known(drawn.wrongly),
        review=share * rates.closed_abstained + (1 - share) * rates.open_abstained,
    )


def _known(drawn: NDArray[np.float64]) -> Interval | None:
    low, high = metrics.interval(drawn)
    return None if np.isnan(low) else (low, high)
