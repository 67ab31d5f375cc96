"""Folds: no source and no group of near-duplicates on both sides, every row measured once, whatever the rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.near_duplicates import near_duplicates
from training.rows import Row
from training.splits import near_duplicate_groups, split, splittable_by

WORDS = ["batik", "tulis", "kopi", "gayo", "500gr", "murah", "包", "keripik singkong"]
ROWS = st.lists(
    st.builds(
        lambda words, cluster, shop: Row(" ".join(words), cluster, shop),
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=4),
        st.sampled_from(["craft", "culinary", "other"]),
        st.sampled_from("abcdefg"),
    ),
    min_size=1,
    max_size=40,
)


@given(ROWS, st.integers(2, 6))
@settings(deadline=None)
def test_no_group_and_no_source_straddles_a_split(rows, folds):
    groups = near_duplicate_groups(rows)
    sources = np.array([row.source for row in rows])
    splits = split(rows, groups, folds)
    for train, test, set_aside in splits:
        assert not set(groups[train]) & set(groups[test])
        assert not set(sources[train]) & set(sources[test])
        assert sorted([*train, *test, *set_aside]) == list(range(len(rows)))
        assert set(groups[set_aside]) <= set(groups[test])
    assert sorted(i for fold in splits for i in fold.test) == list(range(len(rows)))


@given(ROWS)
@settings(deadline=None)
def test_by_group_no_group_straddles_a_split_and_nothing_is_set_aside(rows):
    groups = near_duplicate_groups(rows)
    splits = split(rows, groups, by="group")
    for train, test, set_aside in splits:
        assert not set(groups[train]) & set(groups[test])
        assert len(set_aside) == 0
    assert sorted(i for fold in splits for i in fold.test) == list(range(len(rows)))


@given(ROWS)
@settings(deadline=None)
def test_the_same_rows_give_the_same_folds(rows):
    one, again = (split(rows, near_duplicate_groups(rows)) for _ in range(2))
    assert all(np.array_equal(a, b) for fold, other in zip(one, again, strict=True) for a, b in zip(fold, other, strict=True))  # fmt: skip


def test_every_fold_has_its_share_of_every_cluster():
    """Shops of one cluster each are not dealt into the same fold: without it nothing of that cluster could be learnt."""
    rows = [Row(f"{c} {s} {n}", c, f"{c}-{s}") for c in ("craft", "culinary") for s in range(4) for n in range(10)]
    for fold in split(rows, np.arange(len(rows)), 4):
        assert {rows[i].cluster for i in fold.test} == {"craft", "culinary"}


def test_rows_are_held_out_by_source_only_where_every_cluster_can_still_be_learnt():
    two_shops = [Row("tas", "craft", "a"), Row("topi", "craft", "b"), Row("kopi", "culinary", "a")]
    assert splittable_by(two_shops) == "group"
    assert splittable_by([*two_shops, Row("teh", "culinary", "b")]) == "source"
    assert splittable_by(two_shops, others=[Row("teh", "culinary", "corpus")]) == "source"
    assert splittable_by(two_shops[:1], others=[Row("teh", "craft", "corpus")]) == "group"


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("Batik tulis 2 meter", "batik TULIS 15 meter", True),
        ("kopi gayo bubuk 250gr", "Bubuk Kopi Gayo - 500 gr", True),
        ("gаmis wanita", "gamis wanita", True),
        ("Sandal tebal EVA anti selip ringan empuk pria wanita warna HITAM", "Sandal tebal EVA anti selip ringan empuk pria wanita warna KREM", True),
        ("蓝月亮洗衣液 3kg", "蓝月亮洗衣液 500g", True),
        ("mug batik", "kain batik", False),
        ("Biscuits", "Dog Biscuits", False),
        ("2021", "99", False),
        ("🎉", "kopi", False),
    ],
)  # fmt: skip
def test_near_duplicates_are_what_a_person_would_call_the_same_listing(one, other, together):
    first, second, _ = near_duplicates([one, other, "sepatu sneakers pria"])
    assert (first == second) == together


@given(st.lists(st.text(alphabet="abc 1包é", max_size=8), max_size=12))
@settings(deadline=None)
def test_groups_are_numbered_by_their_first_text_and_equal_texts_are_together(texts):
    groups = near_duplicates(texts).tolist()
    assert [group for i, group in enumerate(groups) if group not in groups[:i]] == list(range(len(set(groups))))
    for text in texts:
        assert len({group for other, group in zip(texts, groups, strict=True) if other == text}) == 1


def test_groups_do_not_depend_on_what_else_is_there():
    """More rows may join groups, never part them."""
    texts = [f"{a} {b} {c}" for a in ("gamis", "kemeja", "kaos") for b in ("pria", "wanita") for c in ("murah", "2024", "lengan panjang")]  # fmt: skip
    few, all_ = near_duplicates(texts[:9]), near_duplicates(texts)
    for i in range(9):
        for j in range(9):
            assert few[i] != few[j] or all_[i] == all_[j]
