"""Two distributions over the same values -> how far apart they are, and how far chance alone would put them.

The distance is the Jensen-Shannon divergence in bits: 0 where they are the same, 1 where they have nothing in common.
It stays finite where a value was never met, which the population stability index does not; for small shifts it is that
index times 0.18, so that its customary 0.1 (look into it) is 0.018 here.
"""

import numpy as np
from numpy.typing import NDArray

Shares = NDArray[np.float64]


def distance(one: Shares, other: Shares) -> float:
    """Give the Jensen-Shannon divergence in bits of shares that add up to 1 each.

    >>> half, same = np.array([0.5, 0.5]), np.array([1.0, 0.0])
    >>> distance(half, half), round(distance(half, same), 3), distance(same, same[::-1])
    (0.0, 0.311, 1.0)
    """
    between = (one + other) / 2
    return float(max(0.0, (_relative(one, between) + _relative(other, between)) / 2))


def noise(shares: Shares, titles: int, quantile: float = 0.999, draws: int = 2_000, seed: int = 1) -> float:
    """Say how far from a reference so many titles lie that are drawn from the reference itself: the quantile of draws.

    Titles that come one by one and do not follow from each other: the least that a stream can scatter.
    """
    drawn = np.random.default_rng(seed).multinomial(titles, shares, draws) / titles
    return float(np.quantile([distance(shares, found) for found in drawn], quantile))


def _relative(one: Shares, other: Shares) -> float:
    there = one > 0
    return float((one[there] * np.log2(one[there] / other[there])).sum())
