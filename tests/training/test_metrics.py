"""The arithmetic of measuring: it agrees with scikit-learn, with counting by hand, and says what cannot be measured."""

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from training import metrics


@pytest.fixture(scope="module")
def drawn():
    chance = np.random.default_rng(3)
    truth, given = chance.integers(0, 4, 500), chance.integers(0, 4, 500)
    return truth, np.where(chance.random(500) < 0.7, truth, given), chance.random(500) + 0.5


def test_figures_agree_with_scikit_learn(drawn):
    truth, given, weights = drawn
    counts = metrics.confusion(truth, given, weights, 4)
    precision, recall, f1, _ = precision_recall_fscore_support(truth, given, sample_weight=weights)
    assert metrics.precision(counts) == pytest.approx(precision)
    assert metrics.recall(counts) == pytest.approx(recall)
    assert metrics.f1(counts) == pytest.approx(f1)


def test_many_confusions_at_once_are_each_alone(drawn):
    truth, given, weights = drawn
    counts = np.stack([metrics.confusion(truth[:n], given[:n], weights[:n], 4) for n in (50, 200, 500)])
    assert np.array_equal(metrics.f1(counts), np.stack([metrics.f1(one) for one in counts]))


def test_a_cluster_without_rows_has_no_f1_and_does_not_count_in_the_mean():
    counts = np.array([[8, 2, 0], [0, 10, 0], [0, 0, 0]])
    assert np.isnan(metrics.f1(counts)[2])
    assert metrics.mean(metrics.f1(counts)) == pytest.approx(metrics.f1(counts)[:2].mean())


def test_precision_at_a_share_is_what_that_mix_of_goods_would_show():
    """Of 1,000 goods, 100 closed: 90 of those and 18 of the 900 open ones are blocked."""
    assert metrics.precision_at(0.10, 0.9, 0.02) == pytest.approx(90 / (90 + 18))


def test_precision_cannot_be_told_where_nothing_is_blocked():
    assert np.isnan(metrics.precision_at(0.10, 0.0, 0.0))


def test_calibration_error_is_the_gap_between_score_and_accuracy():
    """Two bins: 0.9 said of four rows of which three are right, 0.5 of two of which one is."""
    scores, right = np.array([0.9] * 4 + [0.5] * 2), np.array([1, 1, 1, 0, 1, 0], bool)
    assert metrics.calibration_error(scores, right, np.ones(6)) == pytest.approx(4 / 6 * 0.15)


def test_a_score_of_one_is_in_the_last_bin():
    assert metrics.bin_of(np.array([0.0, 0.999, 1.0]), 15).tolist() == [0, 14, 14]


def test_an_interval_holds_the_middle_95_of_100_resamples():
    low, high = metrics.interval(np.arange(1001.0))
    assert (low, high) == (25, 975)


def test_an_interval_leaves_out_resamples_that_lack_the_cluster():
    drawn = np.where(np.arange(1001) % 2, np.nan, np.arange(1001.0))
    assert metrics.interval(drawn).tolist() == [25, 975]
    assert np.isnan(metrics.interval(np.full(10, np.nan))).all()


@pytest.mark.parametrize(("split", "p"), [((0, 0), 1.0), ((5, 5), 1.0), ((0, 10), 2 / 2**10), ((1, 9), 22 / 2**10)])
def test_mcnemar_counts_the_coin_throws_that_are_as_odd(split, p):
    assert metrics.mcnemar(*split) == pytest.approx(p)
