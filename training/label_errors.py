"""Held-out scores -> rows whose label is likely wrong, the likeliest first.

Confident learning (Northcutt and others, 2021): a row is suspected where a model that never saw its source is as sure
of another cluster as it usually is where that cluster is true. Nothing is changed or left out: a person looks.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import softmax

from training.calibrate import Calibration, HeldOut
from training.held_out import Plan
from training.material import Material


class LabelError(NamedTuple):
    """A suspected row: the `cluster` it has and the `likelier` one, with the scores that siblings gave to both."""

    place: str
    source: str
    text: str
    cluster: str
    likelier: str
    score: float
    score_of_likelier: float


def rank_label_errors(material: Material, plan: Plan, held_out: HeldOut, calibration: Calibration) -> list[LabelError]:
    """Give the suspected rows by how much more the likelier cluster scores than their own, the most first.

    Where there are labelled rows only those are asked, else the corpus's titles.
    """
    labelled = plan.measured >= material.titles
    chosen = np.flatnonzero(labelled if labelled.any() else ~labelled)
    scores, truth = softmax(held_out.values[chosen] / calibration.temperature, axis=1), held_out.truth[chosen]
    own = scores[np.arange(len(chosen)), truth]
    likelier = _confidently(scores, truth)
    other = scores[np.arange(len(chosen)), likelier]
    suspected = np.flatnonzero((likelier != truth) & (other > own))
    order = suspected[np.argsort(own[suspected] - other[suspected], kind="stable")]
    return [_error(material, plan, chosen[i], likelier[i], own[i], other[i]) for i in order]


def _confidently(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Give each row the greatest of the clusters that score as much as they do on average where they are true, or its
    own cluster where none does.
    """
    k = scores.shape[1]
    sums = np.bincount(truth, scores[np.arange(len(truth)), truth], k)
    usual = sums / np.maximum(np.bincount(truth, minlength=k), 1)
    sure = np.where((scores >= usual) & (np.bincount(truth, minlength=k) > 0), scores, -1.0)
    return np.where(sure.max(axis=1) > 0, sure.argmax(axis=1), truth)


def _error(material: Material, plan: Plan, at: int, likelier: int, own: float, other: float) -> LabelError:
    row = material.examples[plan.measured[at]]
    name = material.clusters[likelier]
    return LabelError(row.place, row.source, row.text, row.cluster, name, round(float(own), 4), round(float(other), 4))
