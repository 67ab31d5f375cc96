"""The benchmark of the review queue asks what it says: halves of other subjects, and steps of the least certain titles."""

import numpy as np

from benchmarks.review_queue import STEP, at_random, by_doubt, split
from tests.training.shops import shop_rows
from training.material import gather

MATERIAL = gather([], shop_rows())


def test_no_subject_stands_in_both_halves():
    pool, test = split(MATERIAL, 1)
    sources = [{MATERIAL.examples[n].source for n in half} for half in (pool, test)]
    assert all(sources)
    assert not sources[0] & sources[1]
    assert len(pool) + len(test) == len(MATERIAL.examples)


def test_by_doubt_takes_the_smallest_margins_of_what_is_left():
    certain = np.arange(len(MATERIAL.examples)) / 100
    margins = np.stack([certain, *[np.zeros(len(certain))] * 3], axis=1)
    left = np.arange(50, 50 + 2 * STEP - 150)
    assert sorted(by_doubt(MATERIAL, left, margins, 1).tolist()) == left[:STEP].tolist()
    assert set(at_random(MATERIAL, left, margins, 1).tolist()) <= set(left.tolist())
