"""What each span of a title gave: exact, additive, and told in the title's own letters."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stream.classify import kernel
from stream.classify.classifier import Model, leads_of, sums_of
from stream.classify.contributions import Contribution, contributions, evidence, left_out, letters, pieces
from stream.classify.fold_table import load_fold_table
from stream.classify.folding import LETTER_MASK, LETTER_SHIFT, OF_WORD
from stream.classify.normalise import normalise
from tests.classify.plain_kernel import glyphs_of, plain_buckets

TITLES = st.text(max_size=50) | st.text(alphabet="abx 04.@!é½ﺷ中国เส가\u200b\0", max_size=30)


@pytest.fixture(scope="module")
def model(pipeline):
    return pipeline.model


@given(TITLES)
@example("")
@example("g a m i s  w a n i t a")
@settings(deadline=None)
def test_the_contributions_sum_to_the_difference_of_the_sums(model, title):
    sums, counts = sums_of(model, [title])
    found = contributions(model, title, "craft", "culinary")
    assert len(found) == counts[0]
    assert (
        sum(c.weight for c in found)
        == sums[0, model.clusters.index("craft")] - sums[0, model.clusters.index("culinary")]
    )


@given(TITLES)
@settings(deadline=None)
def test_every_contribution_lies_in_the_title_between_two_letters_of_it(model, title):
    for start, end, _ in contributions(model, title):
        assert 0 <= start < end <= len(title)
        assert is_read(title[start])
        assert is_read(title[end - 1])


def is_read(character: str) -> bool:
    """As a letter or digit of a word, or as a sign that may be one."""
    return any(glyph & OF_WORD or glyph >> LETTER_SHIFT & LETTER_MASK for glyph in glyphs_of(ord(character)))


@given(TITLES)
@settings(deadline=None)
def test_the_letters_share_all_that_their_spans_gave(model, title):
    found = contributions(model, title)
    assert sum(letters(model, title, found).values()) == sum(c.weight for c in found)


@given(TITLES)
@settings(deadline=None)
def test_bias_and_pieces_make_the_log_odds_of_the_two_clusters(model, title):
    """Those of the scores, before they are rounded."""
    told = evidence(model, title)
    sums, counts = sums_of(model, [title])
    values = (sums[0] * model.scale / math.sqrt(max(counts[0], 1)) + model.bias) / model.temperature
    expected = values.max() - sorted(values)[-2]
    assert values[model.clusters.index(told.cluster)] - values[model.clusters.index(told.rival)] == pytest.approx(
        expected
    )
    assert told.bias + sum(c.weight for c in told.contributions) * told.unit == pytest.approx(expected)
    assert told.bias + sum(p.log_odds for p in pieces(model, title, told)) == pytest.approx(expected, abs=1e-9)


def test_each_feature_is_found_where_it_stands(model):
    """`ﬁ` stands for two letters, the full-width `Ａ` for a plain one, the zero-width space for nothing."""
    title = "Ａ\u200bﬁ, 中"
    grams = [(0, 3), (0, 3), (0, 3), (0, 3), (0, 3), (2, 3), (5, 6)]
    spans = [*grams, (0, 3), (5, 6), (0, 6)]
    weights = model.weights[plain_buckets(" afi 中 ")].astype(int)
    expected = weights[:, model.clusters.index("craft")] - weights[:, model.clusters.index("other")]
    assert contributions(model, title, "craft", "other") == [
        Contribution(*span, weight) for span, weight in zip(spans, expected.tolist(), strict=True)
    ]


@pytest.mark.parametrize(
    "disguised",
    [
        "GAMIS WANITA",
        "ga\u200bmis wa\u00adnita",
        "gаmіs wаnіtа",
        "ｇａｍｉｓ\tｗａｎｉｔａ",
        "g a m i s  w a n i t a",
        "g4m!s w@nitaaa",
    ],
)
def test_a_disguise_moves_the_letters_and_changes_no_weight(model, disguised):
    plain = contributions(model, "gamis wanita")
    assert [c.weight for c in contributions(model, disguised)] == [c.weight for c in plain]
    words = {disguised[start:end] for start, end, _ in pieces(model, disguised, evidence(model, disguised))}
    assert {normalise(word) for word in words} == {"gamis", "wanita"}


def test_a_word_without_spaces_is_told_in_parts_of_one_opinion():
    """Thai sweets and Thai clothes in one run of letters: each part speaks for its own cluster."""
    model, title = model_that_knows({"ขนมไทย": "food", "เสือยืด": "cloth"}), "ขนมไทยเสื้อยืด"
    told = evidence(model, title)
    assert (told.cluster, told.rival) == ("cloth", "food")
    assert {title[p.start : p.end]: p.log_odds > 0 for p in pieces(model, title, told)} == {
        "ขนมไทย": False,
        "เสื้อยืด": True,
    }


def test_the_strongest_word_comes_first_and_words_against_have_a_minus():
    model, title = model_that_knows({"cetakan": "tool", "kue": "food"}), "Murah! Cetakan kue."
    told = evidence(model, title)
    found = [(title[p.start : p.end], round(p.log_odds / told.unit)) for p in pieces(model, title, told)]
    assert (told.cluster, told.rival) == ("tool", "food")
    assert [word for word, _ in found] == ["Cetakan", "kue", "Murah"]
    assert [weight > 0 for _, weight in found] == [True, False, False]
    assert found[-1] == ("Murah", 0)


def model_that_knows(words: dict[str, str]) -> Model:
    """A model to which each feature of each word says one thing, and all others nothing."""
    clusters = tuple(sorted(set(words.values())))
    weights = np.zeros((kernel.BUCKETS, len(clusters)), np.int8)
    for word, cluster in words.items():
        weights[plain_buckets(f" {word} "), clusters.index(cluster)] = 10
    k = len(clusters)
    return Model("tiny", clusters, weights, 0.1, np.zeros(k), 1.0, np.full(k, 5_000, np.int32), load_fold_table())


@given(TITLES)
@example("kata " * 30)
@example("x" * 120 + " 中" + "国" * 120 + " a中b")
@example("")
@settings(deadline=None)
def test_the_lead_told_word_by_word_is_the_kernels(model, title):
    told = left_out(model, title)
    assert told.lead == pytest.approx(leads_of(model, [title])[0], abs=1e-9)
    assert len(told.words) <= kernel.WORDS_LEFT_OUT
    assert all(0 <= start < end <= len(title) for start, end in told.words)


def test_words_of_other_goods_are_named_whatever_their_place():
    model = model_that_knows({"gamis": "cloth", "syari": "cloth", "charger": "rest", "sabun": "rest", "lampu": "rest"})
    for title in ("Gamis syari charger SABUN lampu", "charger Gamis SABUN syari lampu"):
        told = left_out(model, title)
        assert told.rival == "cloth"
        assert {title[start:end].lower() for start, end in told.words} == {"charger", "sabun", "lampu"}
        assert told.lead > 1


def test_a_title_of_one_opinion_is_led_by_nothing():
    model = model_that_knows({"gamis": "cloth", "syari": "cloth", "charger": "rest"})
    assert leads_of(model, ["gamis syari premium", "charger", ""]).tolist() == [0.0, 0.0, 0.0]
