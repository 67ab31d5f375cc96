"""Classifying: exact, alike alone and in any batch, and what training fits is what serving scores."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax

from stream.classify import kernel
from stream.classify.classifier import classify, leads_of, sums_of
from stream.classify.features import HashedFeatures
from stream.classify.normalise import fold
from stream.contract.classification import TEN_THOUSAND

TITLES = st.lists(
    st.text(max_size=50) | st.sampled_from(["Gamis wanita", "b a t i k", "连衣裙", "", "ขนม"]), max_size=8
)


@pytest.fixture(scope="module")
def model(pipeline):
    return pipeline.model


@given(TITLES)
@settings(deadline=None)
def test_a_batch_is_classified_like_its_titles_one_by_one(model, titles):
    assert list(classify(model, titles)) == [one for title in titles for one in classify(model, [title])]


@given(TITLES)
@settings(deadline=None)
def test_training_and_serving_see_the_same_features(model, titles):
    """The transformer's matrix times the weights is the sum that the fused pass gives."""
    sums, counts = sums_of(model, titles)
    matrix = HashedFeatures().transform(titles)
    occurrences = (
        np.rint(matrix.multiply(np.sqrt(np.maximum(counts, 1))[:, None]).toarray())
        if len(titles)
        else np.zeros((0, kernel.BUCKETS))
    )
    assert np.array_equal(occurrences @ model.weights.astype(np.int64), sums)
    assert np.array_equal(occurrences.sum(axis=1), counts)


@given(TITLES)
@settings(deadline=None)
def test_scores_are_the_softmax_to_four_places(model, titles):
    """The kernel's own exponential against the C library's, within the last of four places."""
    sums, counts = sums_of(model, titles)
    values = (sums * model.scale / np.sqrt(np.maximum(counts, 1))[:, None] + model.bias) / model.temperature
    expected = softmax(values, axis=1) * TEN_THOUSAND if len(titles) else values
    assert np.abs(classify(model, titles).scores - expected).max(initial=0) <= 0.5001


def test_extreme_values_stay_between_nothing_and_certainty():
    sums = np.array([[10**9, -(10**9)], [0, 0], [-5, 5]])
    scores, (likeliest, rivals) = np.empty((3, 2), np.int32), np.empty((2, 3), np.int64)
    kernel.calibrate(sums, np.array([1, 0, 4]), 1.0, np.zeros(2), 1.0, scores, likeliest, rivals)
    assert scores.tolist() == [[10_000, 0], [5_000, 5_000], [67, 9_933]]
    assert likeliest.tolist() == [0, 0, 1]
    assert rivals.tolist() == [1, 1, 0]


def test_a_title_with_nothing_to_read_abstains(model):
    assert list(classify(model, ["", "🎉", "\u200b"]).abstained) == [True, True, True]


def test_a_listing_that_another_cluster_would_lead_abstains_and_nothing_else_changes(model):
    titles = ["gamis wanita syari", "gamis wanita syari charger sabun lampu", "charger hp", "keripik singkong", ""]
    plain, leads = classify(model, titles), leads_of(model, titles)
    asked = classify(replace(model, abstain_lead=float(leads[1])), titles)
    assert leads[1] == leads.max() > 0
    assert asked.abstained.tolist() == (plain.abstained | (leads >= leads[1])).tolist()
    assert asked.abstained[1]
    assert (asked.scores == plain.scores).all()
    assert (asked.likeliest == plain.likeliest).all()


def test_disguises_that_can_be_undone_change_no_score(model):
    plain = "gamis wanita batik"
    disguises = ["GAMIS WANITA BATIK", "ｇａｍｉｓ ｗａｎｉｔａ ｂａｔｉｋ", "ga\u200bmis wa\u00adnita bat\u2060ik", "gаmіs wаnіtа bаtіk", "g a m i s  w a n i t a  b a t i k"]  # fmt: skip
    scores = classify(model, [plain, *disguises]).scores
    assert (scores == scores[0]).all()


def test_buckets_are_spread_evenly():
    """A hash that favoured some buckets would make strangers share weights: no bucket has far more than its share."""
    titles = [
        f"{a}{b}{c} {d}" for a in "bcdfg" for b in "aeiou" for c in "klmnp" for d in ("pria", "wanita", "anak", "murah")
    ]
    buckets, counts = np.empty(100_000, np.uint32), np.empty(len(titles), np.int64)
    total = kernel.extract(*fold(titles), buckets, counts)
    distinct = np.unique(buckets[:total])
    assert len(distinct) > 1_000
    assert np.bincount(distinct >> 10, minlength=256).max() < 6 * len(distinct) / 256
