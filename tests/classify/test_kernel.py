"""The compiled passes give what is written once more the plain way, for any text, any batch and any number of clusters."""

from functools import cache
from itertools import chain, pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stream.classify import kernel
from stream.classify.classifier import Model, classify, leads_of, sums_of
from stream.classify.contributions import left_out
from stream.classify.fold_table import load_fold_table
from stream.classify.normalise import fold
from tests.classify.plain_kernel import plain_buckets, plain_fold

# Letters that stand apart, amounts, marks, expansions, scripts with and without spaces, marks of a batch, surrogates.
AWKWARD = st.text(alphabet="abx 03.@!éß½℡ﷺ中国\U00020000เสื้อ가𝐛\u200b\0\ud800-", max_size=40)
TITLES = st.lists(st.text(max_size=60) | AWKWARD, max_size=6)


def folded(titles: list[str]) -> list[str]:
    symbols, stops = fold(titles)
    return ["".join(map(chr, symbols[start:stop])) for start, stop in pairwise([0, *stops.tolist()])]


@given(TITLES)
@example(
    [
        "b a t i k  t u l i s",
        "k4os b@$o gaaamis",
        "a b c",
        "a b  c",
        "a.b.c.d e",
        "0 0 0",
        "中 国 中",
        " a",
        "",
        "a",
        "ab",
        "ﷺ",
    ]
)
@settings(deadline=None)
def test_a_batch_folds_to_what_each_title_folds_to_by_the_table(titles):
    assert folded(titles) == [plain_fold(title) for title in titles]


@given(TITLES)
@example(["a", "ab", "abc", "abcd", "a b", "中", "中国", "a中b 国", "", "0"])
@settings(deadline=None)
def test_every_feature_is_hashed_to_the_bucket_it_was_trained_in(titles):
    symbols, stops = fold(titles)
    buckets = np.empty(stops.max(initial=0) * kernel.FEATURES_A_SYMBOL, np.uint32)
    counts = np.empty(len(titles), np.int64)
    total = kernel.extract(symbols, stops, buckets, counts)
    expected = [plain_buckets(plain_fold(title)) for title in titles]
    assert counts.tolist() == list(map(len, expected))
    assert buckets[:total].tolist() == list(chain.from_iterable(expected))


@pytest.mark.parametrize("k", [2, 3, 4, 5, 9])
@given(titles=TITLES)
@example(titles=["x" * 2_000, "中" * 700])
@settings(deadline=None, max_examples=15)
def test_the_sums_are_exact_for_any_number_of_clusters(k, titles):
    """Of the greatest and least weights too, and of more features than a lane of 16 bits holds."""
    model = model_of(k)
    sums, counts = sums_of(model, titles)
    expected = [plain_buckets(plain_fold(title)) for title in titles]
    assert counts.tolist() == list(map(len, expected))
    assert sums.tolist() == [model.weights[buckets].astype(np.int64).sum(axis=0).tolist() for buckets in expected]
    assert list(classify(model, titles)) == [one for title in titles for one in classify(model, [title])]


@pytest.mark.parametrize("k", [2, 3, 5, 9])
@given(titles=TITLES)
@example(titles=["x" * 120 + " y", "中" * 120, "a b c d e f g", ""])
@settings(deadline=None, max_examples=15)
def test_the_lead_is_what_the_words_left_in_say_for_any_number_of_clusters(k, titles):
    model = model_of(k)
    assert np.allclose(leads_of(model, titles), [left_out(model, title).lead for title in titles])
    assert leads_of(model, titles).tolist() == [leads_of(model, [title])[0] for title in titles]


@cache
def model_of(k: int) -> Model:
    weights = np.random.Generator(np.random.PCG64(k)).integers(-128, 128, (kernel.BUCKETS, k), np.int8)
    weights[:, 0], weights[:, -1] = -128, 127
    clusters = tuple(f"c{c}" for c in range(k))
    return Model("tiny", clusters, weights, 0.01, np.zeros(k), 1.0, np.full(k, 5_000, np.int32), load_fold_table())


def test_more_titles_than_are_folded_at_a_time_come_out_in_order(pipeline):
    titles = [f"gamis {'wanita ' * (i % 7)}{i % 11}" for i in range(2_500)]
    sums, counts = sums_of(pipeline.model, titles)
    singly = [sums_of(pipeline.model, [title]) for title in titles[::83]]
    assert sums[::83].tolist() == [s[0].tolist() for s, _ in singly]
    assert counts[::83].tolist() == [c[0] for _, c in singly]
