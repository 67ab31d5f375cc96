"""Classified titles -> counts: the five signals that are watched, each with its values.

cluster     the likeliest cluster
score       the likeliest cluster's score, in tenths
abstained   whether the model abstained
unseen      the share of a title's features that the model says nothing about
script      the script of most letters, for want of its language

It knows no time, no window and no reference.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from stream.drift.scripts import SCRIPTS, script_of

SCORES = tuple(f"{tenth / 10:.1f}" for tenth in range(10))
ABSTAINED = ("no", "yes")
# Each holds shares from its own name on, below the next one's.
UNSEEN = ("none", "some", "0.05", "0.1", "0.2", "0.4")
_UNSEEN_FROM = np.array([np.nextafter(0, 1), 0.05, 0.1, 0.2, 0.4])

Counts = dict[str, NDArray[np.int64]]


def values_of(clusters: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Name every signal's values, in the order in which they are counted."""
    return {"cluster": tuple(clusters), "score": SCORES, "abstained": ABSTAINED, "unseen": UNSEEN, "script": SCRIPTS}


def no_counts(clusters: Sequence[str]) -> Counts:
    """Give counts of nothing."""
    return {signal: np.zeros(len(values), np.int64) for signal, values in values_of(clusters).items()}


def count(
    clusters: Sequence[str],
    likeliest: NDArray[np.integer],
    scores: NDArray[np.integer],
    abstained: NDArray[np.bool_],
    unseen: NDArray[np.float64],
    titles: Iterable[str],
) -> Counts:
    """Count n titles by every signal.

    `likeliest` are indices into `clusters`, `scores` that cluster's in ten-thousandths, `unseen` shares from 0 to 1.
    """
    numbers = {
        "cluster": likeliest,
        "score": np.minimum(scores // 1_000, len(SCORES) - 1),
        "abstained": abstained.astype(np.int64),
        "unseen": np.digitize(unseen, _UNSEEN_FROM),
        "script": [SCRIPTS.index(script_of(title)) for title in titles],
    }
    names = values_of(clusters)
    return {s: np.bincount(np.asarray(found, np.int64), minlength=len(names[s])) for s, found in numbers.items()}


def added(all_counts: Iterable[Counts], clusters: Sequence[str]) -> Counts:
    """Add up counts."""
    total = no_counts(clusters)
    for counts in all_counts:
        for signal, found in counts.items():
            total[signal] += found
    return total


def titles_in(counts: Counts) -> int:
    """Say of how many titles counts are."""
    return int(counts["cluster"].sum())
