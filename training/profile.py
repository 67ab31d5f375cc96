"""What models made of titles whose subjects they never saw -> the reference profile of the model that learnt from all.

The fitted model knows the very titles that it learnt from: on those it is surer than on any stream, and met every
n-gram. So its profile is what its siblings of held-out folds make of them, with its own temperature and thresholds.
"""

import numpy as np
from scipy.special import softmax

from stream.contract.classification import TEN_THOUSAND
from stream.drift.profile import Profile, profile_of
from stream.drift.signals import count
from training.calibrate import Calibration, HeldOut
from training.held_out import Plan, held_out_words
from training.material import Material


def held_out_profile(
    model: str, material: Material, folds: Plan, held_out: HeldOut, calibration: Calibration
) -> Profile:
    """Give the profile of a model, named with its digest, by its held-out titles, each counting once."""
    scores = softmax(held_out.values / calibration.temperature, axis=1)
    likeliest = scores.argmax(axis=1)
    best = np.rint(scores.max(axis=1) * TEN_THOUSAND).astype(np.int64)
    bounds = np.array([calibration.abstain_below[c] for c in held_out.clusters]) * TEN_THOUSAND
    abstained = best < bounds[likeliest]
    if calibration.lead is not None:
        abstained |= held_out.leads / calibration.temperature >= calibration.lead.at
    titles = (material.examples[i].text for i in folds.measured)
    counts = count(held_out.clusters, likeliest, best, abstained, held_out.unseen, titles)
    return profile_of(model, held_out.clusters, counts, held_out_words(material, folds))
