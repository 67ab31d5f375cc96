"""Resampling: whole groups, with replacement, the distribution of drawing them one by one."""

import numpy as np
import pytest

from training.figures.resample import resample

CHANCE = np.random.default_rng(5)
GROUPS = np.sort(CHANCE.integers(0, 60, 100))
CELLS, WEIGHTS = CHANCE.integers(0, 6, 100), CHANCE.choice([1.0, 2.5], 100)


def test_it_is_distributed_as_drawing_groups_one_by_one():
    """Drawing G of G groups with replacement has the mean of what there is, and G times the groups' own covariance."""
    names = np.unique(GROUPS)
    sums = np.stack([np.bincount(CELLS[g == GROUPS], WEIGHTS[g == GROUPS], 6) for g in names])
    drawn, expected = resample(GROUPS, CELLS, WEIGHTS, 6, 20_000), len(names) * np.cov(sums.T, bias=True)
    assert drawn.mean(axis=0) == pytest.approx(sums.sum(axis=0), rel=0.01)
    assert np.cov(drawn.T) == pytest.approx(expected, abs=0.03 * expected.max())


def test_a_group_is_drawn_whole():
    """Ten groups of seven rows in one cell: only multiples of seven can come out."""
    drawn = resample(np.repeat(np.arange(10), 7), np.repeat([0, 1], 35), np.ones(70), 2, 500)
    assert not (drawn % 7).any()
    assert (drawn.sum(axis=1) == 70).all()


def test_copies_of_a_row_do_not_narrow_an_interval():
    """The same ten rows told a hundred times are still ten observations."""
    right = np.array([1, 1, 1, 1, 1, 1, 1, 0, 0, 0])
    few = resample(np.arange(10), right, np.ones(10), 2, 4000)[:, 1] / 10
    many = resample(np.repeat(np.arange(10), 100), np.repeat(right, 100), np.ones(1000), 2, 4000)[:, 1] / 1000
    assert many.std() == pytest.approx(few.std(), rel=0.05)


def test_the_same_seed_draws_the_same():
    assert np.array_equal(resample(GROUPS, CELLS, WEIGHTS, 6, 50, 9), resample(GROUPS, CELLS, WEIGHTS, 6, 50, 9))
    assert not np.array_equal(resample(GROUPS, CELLS, WEIGHTS, 6, 50, 9), resample(GROUPS, CELLS, WEIGHTS, 6, 50, 8))
