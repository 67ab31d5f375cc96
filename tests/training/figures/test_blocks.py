"""Blocks: the measured rule is the policy's, and its precision is what a market of the stated mix would show."""

from itertools import pairwise

import numpy as np
import pytest

from stream.contract.decision import Decision
from stream.contract.record import FileRecord
from tests.conftest import value_with
from tests.training.measuring import answered, answers, labelled, sure_of
from training.figures.blocks import SHIPPED_RULE, BlockRule, blocks_of, summed_score
from training.figures.thresholds import thresholds_of

CRAFT, CULINARY, OTHER, TEXTILE = range(4)


def test_the_measured_rule_blocks_what_the_pipeline_blocks(pipeline):
    """Every row as a cross-border listing through the shipped policies: the same ones are blocked."""
    rows, _ = labelled()
    values = [value_with(listing__title=row.text, seller__type="cross_border") for row in rows]
    outcomes = pipeline.run([FileRecord(value) for value in values], None)
    decided = [Decision.model_validate_json(outcome.value).decision == "block" for outcome in outcomes]
    assert (summed_score(answered(), SHIPPED_RULE) >= SHIPPED_RULE.at).tolist() == decided
    assert 0 < sum(decided) < len(rows)


def test_precision_is_what_a_market_of_that_mix_shows():
    """Ten thousand listings drawn with 10 % closed goods: their blocks are as right as was computed without drawing."""
    chance = np.random.default_rng(2)
    truth = chance.choice([CRAFT, CULINARY, OTHER, TEXTILE], 4000, p=[0.1, 0.4, 0.2, 0.3])
    given = np.where(chance.random(4000) < 0.9, truth, chance.integers(0, 4, 4000))
    measured = answers(truth, sure_of(given))
    closed, blocked = truth != OTHER, summed_score(measured, SHIPPED_RULE) >= 0.8
    drawn = np.concatenate(
        [chance.choice(np.flatnonzero(closed), 100_000), chance.choice(np.flatnonzero(~closed), 900_000)]
    )
    found = blocks_of(measured, resamples=200)["0.10"]
    assert found.precision == pytest.approx(closed[drawn][blocked[drawn]].mean(), abs=0.003)
    assert found.recall == pytest.approx(blocked[drawn][closed[drawn]].mean(), abs=0.003)
    assert found.precision_interval[0] < found.precision < found.precision_interval[1]


def test_sources_alike_weigh_a_small_shop_as_a_large_one():
    """One shop with 8 open goods of which none is blocked, one with 2 of which both are."""
    truth, given = [OTHER] * 10 + [CRAFT], [OTHER] * 8 + [TEXTILE] * 2 + [CRAFT]
    found = blocks_of(answers(truth, sure_of(given), source=["large"] * 8 + ["small"] * 3), resamples=10)["0.40"]
    assert found.wrongly == pytest.approx(0.2)
    assert found.sources_alike.wrongly == pytest.approx(0.5)


def test_a_doubtful_listing_is_blocked_by_the_sum_and_not_by_the_likeliest_rule():
    """Two closed clusters share the score: the sum is sure, the likeliest cluster is not."""
    scores = [[0.45, 0.0, 0.05, 0.5], [0.0, 0.0, 1.0, 0.0]]
    found = blocks_of(answers([TEXTILE, OTHER], scores, abstained=[True, False]), resamples=10)["0.40"]
    assert (found.recall, found.likeliest_closed.recall) == (1, 0)
    assert found.review == pytest.approx(0.4)


def test_without_open_goods_there_is_no_precision():
    found = blocks_of(answers([CRAFT, TEXTILE], sure_of([CRAFT, OTHER])), resamples=10)["0.10"]
    assert found.precision is None
    assert found.recall == 0.5


def test_a_model_of_other_clusters_has_no_blocks_unless_they_are_named():
    made = answers([0, 1], sure_of([0, 1]))
    assert blocks_of(made, BlockRule(("toys",)), resamples=10) is None
    assert blocks_of(made, BlockRule(("craft", "toys")), resamples=10)["0.10"].recall == 1


def test_the_threshold_as_shipped_stands_in_the_sweep_with_the_same_figures():
    found = {threshold.at: threshold for threshold in thresholds_of(answered())}
    blocks = blocks_of(answered(), resamples=10)
    assert found[SHIPPED_RULE.at].precision == {share: part.precision for share, part in blocks.items()}
    assert found[SHIPPED_RULE.at].recall == blocks["0.10"].recall


def test_a_higher_threshold_never_blocks_more_and_never_reviews_less():
    found = thresholds_of(answered())
    for lower, higher in pairwise(found):
        assert higher.recall <= lower.recall
        assert higher.wrongly <= lower.wrongly
        assert higher.review >= lower.review
