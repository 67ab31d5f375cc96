"""Slices: the figures of a part of the rows, and null where the part cannot give one."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from tests.training.measuring import answered, answers, sure_of
from training.figures.slices import slice_of, slices_of


def test_macro_f1_is_scikit_learns_over_the_clusters_that_are_there():
    found, all_answers = slice_of(answered(), 50), answered()
    assert found.macro_f1 == pytest.approx(
        f1_score(all_answers.truth, all_answers.likeliest, average="macro"), abs=1e-6
    )
    assert found.accuracy == pytest.approx(all_answers.right.mean(), abs=1e-6)


def test_a_source_with_one_cluster_has_a_recall_and_no_macro_f1():
    found = slices_of(answered(), 50)["source"]["warung-menu"]
    assert found.macro_f1 is None
    assert found.interval is None
    assert found.recall == found.clusters["culinary"].recall
    assert found.clusters["craft"].f1 is None


def test_a_source_with_two_clusters_has_a_macro_f1_of_those_two():
    """What is given to a third cluster costs recall; it does not make that cluster count."""
    part = slice_of(answers([0, 0, 1, 1], sure_of([0, 2, 1, 1])), 50)
    assert part.macro_f1 == pytest.approx((2 / 3 + 1) / 2, abs=1e-6)
    assert part.clusters["other"].given == 1
    assert part.recall is None


def test_every_row_is_in_one_slice_of_each_kind():
    for by, slices in slices_of(answered(), 10).items():
        assert sum(found.rows for found in slices.values()) == 212, by


def test_an_interval_holds_the_figure_and_narrows_with_rows():
    chance = np.random.default_rng(1)
    truth = np.tile([0, 1, 2, 3], 200)
    given = np.where(chance.random(800) < 0.8, truth, chance.integers(0, 4, 800))
    few, many = slice_of(answers(truth[:80], sure_of(given[:80]))), slice_of(answers(truth, sure_of(given)))
    for part in (few, many):
        assert part.interval[0] < part.macro_f1 < part.interval[1]
    assert many.interval[1] - many.interval[0] < 0.6 * (few.interval[1] - few.interval[0])


def test_the_mean_of_three_leaves_craft_out():
    found = slice_of(answered(), 50)
    three = [found.clusters[cluster].f1 for cluster in ("textile_fashion", "culinary", "other")]
    assert found.mean_of_three.f1 == pytest.approx(np.mean(three), abs=1e-5)


def test_rows_count_by_their_weight():
    part = slice_of(answers([0, 1], sure_of([0, 0]), weights=[3.0, 1.0]), 10)
    assert part.accuracy == 0.75
