"""What models make of held-out titles, plain and with words of other goods in them -> the lead at which to abstain.

A title is led by what the next likeliest cluster leads the likeliest by once a few words are left out
(`stream.classify.kernel.lead`). On a title whose words agree that is below nothing; where three foreign words have
turned a title it is nearly always above.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

# This share of the titles that are told rightly and without doubt while they are plain shall still be given their
# cluster, or abstain, when they are stuffed or squatted.
HELD = 0.85
LEAST_LEAD, GREATEST_LEAD = 0.5, 5.0


class Read(NamedTuple):
    """What models make of n unseen titles: (n, k) `values` before the softmax, and `leads` in the same unit."""

    values: NDArray[np.float64]
    leads: NDArray[np.float64]


class Lead(NamedTuple):
    """The lead in log odds at which to abstain; what shares of stuffed and of squatted titles are held with it and
    without; and the share of plain titles that abstain (`review`) with it and without.
    """

    at: float
    held: tuple[float, ...]
    held_without: tuple[float, ...]
    review: float
    review_without: float


def fit_lead(
    plain: Read,
    worn: Sequence[Read],
    truth: NDArray[np.int64],
    weights: NDArray[np.float64],
    temperature: float,
    abstain_below: NDArray[np.float64],
) -> Lead:
    """Fit the greatest lead that holds HELD of each kind of `worn`, the same titles as `plain` in other words.

    `truth` are indices of clusters, `abstain_below` has a threshold a cluster.
    """
    doubtful, right = _doubtful(plain, truth, temperature, abstain_below)
    sure = weights * (right & ~doubtful)
    slips = []
    for read in worn:
        abstains, kept = _doubtful(read, truth, temperature, abstain_below)
        slips.append((read.leads / temperature, sure * ~(abstains | kept)))
    at = min(_greatest(leads, lost, (1 - HELD) * sure.sum()) for leads, lost in slips)
    at = round(float(np.clip(at, LEAST_LEAD, GREATEST_LEAD)), 2)
    led = plain.leads / temperature >= at
    return Lead(
        at,
        tuple(1 - float(lost[leads < at].sum() / sure.sum()) for leads, lost in slips),
        tuple(1 - float(lost.sum() / sure.sum()) for _, lost in slips),
        float(np.average(doubtful | led, weights=weights)),
        float(np.average(doubtful, weights=weights)),
    )


def _doubtful(
    read: Read, truth: NDArray[np.int64], temperature: float, abstain_below: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Say which titles abstain by their score, and which are given their own cluster."""
    likeliest = read.values.argmax(axis=1)
    best = softmax(read.values / temperature, axis=1).max(axis=1)
    return best < abstain_below[likeliest], likeliest == truth


def _greatest(leads: NDArray[np.float64], lost: NDArray[np.float64], allowed: float) -> float:
    # Below which no more weight than allowed is lost.
    order = np.argsort(leads, kind="stable")
    over = np.flatnonzero(np.cumsum(lost[order]) > allowed)
    return leads[order][over[0]] if len(over) else GREATEST_LEAD
