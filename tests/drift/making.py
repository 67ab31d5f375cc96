"""A profile and counts that differ from it as a test wishes."""

import numpy as np

from stream.drift.profile import Profile, profile_of
from stream.drift.signals import Counts, no_counts

CLUSTERS = ("craft", "culinary", "other")
MODEL = "tiny#01234567"


def counts_of(titles: int, **shares: list[float]) -> Counts:
    """Counts of so many titles: all of each signal's first value, but for the signals whose shares are given."""
    counts = no_counts(CLUSTERS)
    for signal, found in counts.items():
        given = shares.get(signal, [1.0])
        found[: len(given)] = np.rint(np.array(given) * titles).astype(np.int64)
    return counts


def profile_with(titles: int = 100_000, **shares: list[float]) -> Profile:
    """The profile of such counts."""
    return profile_of(MODEL, CLUSTERS, counts_of(titles, **shares), "made up")
