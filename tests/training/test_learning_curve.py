"""The learning curve: the same titles measured at every share, whole groups learnt from, more rows better."""

import pytest

from stream.problems import BadSetup
from tests.training.shops import quiet, shop_rows
from training.entries import read_entries
from training.held_out import plan
from training.learning_curve import SHARES, _rank, _shrunk, learning_curve
from training.material import gather
from training.titles import write_titles


@pytest.fixture(scope="module")
def material():
    return gather([], shop_rows(25))


def test_more_rows_are_learnt_from_and_do_better(material):
    points = learning_curve(material, plan(material), quiet(), (1.0, 0.05, 0.3))
    assert [point.share for point in points] == [0.05, 0.3, 1.0]
    assert points[0].rows < points[1].rows < points[2].rows < len(material.examples)
    assert points[0].macro_f1 + 0.05 < points[1].macro_f1 < points[2].macro_f1
    assert all(point.low <= point.macro_f1 <= point.high for point in points)


def test_shares_hold_whole_groups_each_those_of_the_smaller_and_nothing_that_is_measured(material):
    folds = plan(material)
    rank = _rank(folds, seed=1)
    for fold in folds.splits:
        some, half, every = (set(_shrunk(material, folds, fold, rank, share).train) for share in (0.2, 0.5, 1.0))
        assert some < half < every == set(fold.train)
        assert not {folds.groups[i] for i in half} & {folds.groups[i] for i in every - half}
        assert not half & set(fold.test)


def test_with_the_corpus_there_is_a_point_without_any_row_and_the_corpus_is_always_there():
    titles = write_titles(read_entries()[::200])
    material = gather(titles, shop_rows(50))
    points = learning_curve(material, plan(material), quiet(), (0.0, 1.0))
    assert (points[0].share, points[0].rows) == (0.0, 0)
    assert points[0].macro_f1 > 0.4
    assert 0.0 in SHARES


def test_the_same_seed_gives_the_same_curve(material):
    one, again = (learning_curve(material, plan(material), quiet(), (0.1,)) for _ in range(2))
    assert one == again
    assert one != learning_curve(material, plan(material), quiet(), (0.1,), seed=2)


def test_without_labelled_rows_there_is_no_curve():
    material = gather(write_titles(read_entries()[::400]), [])
    with pytest.raises(BadSetup, match="no labelled rows"):
        learning_curve(material, plan(material), quiet())
