"""Stuffed titles: words of other goods among a title's own, all of them learnt from, none of them of the exam."""

import ast
from pathlib import Path

import pytest

import training.calibrate
import training.held_out
import training.lead
import training.stuffed
from tests.training.shops import shop_rows
from training.rows import Row
from training.stuffed import ADDED, goods_of, squat, stuff

CLOTHES = [
    Row(word, "cloth", "a", "id")
    for word in ["gamis", "kaos", "kemeja", "celana", "jaket", "rok", "topi", "tas", "sandal", "batik"]
]
FOODS = [
    Row(word, "food", "a", "id")
    for word in ["kopi", "teh", "kue", "mie", "sambal", "keju", "susu", "madu", "abon", "beras"]
]
TITLE = Row("gamis wanita syari premium", "cloth", "b", "id")


@pytest.fixture
def goods():
    return goods_of([*CLOTHES, *FOODS, TITLE])


def test_stuffing_adds_words_of_another_cluster_and_keeps_the_title_in_its_order(goods):
    titles = [TITLE._replace(text=f"{TITLE.text} {i}") for i in range(50)]
    for title, stuffed in zip(titles, stuff(titles, goods), strict=True):
        added = [word for word in stuffed.split() if word not in title.text.split()]
        assert set(added) <= {row.text for row in FOODS}
        assert [word for word in stuffed.split() if word in title.text.split()] == title.text.split()
        assert len(stuffed.split()) - len(title.text.split()) in ADDED


def test_half_of_the_titles_are_stuffed_at_their_end_alone(goods):
    titles = [TITLE._replace(text=f"{TITLE.text} {i}") for i in range(200)]
    behind = sum(new.startswith(old.text) for old, new in zip(titles, stuff(titles, goods), strict=True))
    assert 90 <= behind <= 130


def test_squatting_puts_a_name_of_another_cluster_before_the_whole_title(goods):
    (squatted,) = squat([TITLE], goods)
    name, _, rest = squatted.partition(" ")
    assert name in {row.text for row in FOODS}
    assert rest == TITLE.text


def test_words_are_of_the_titles_language_where_that_has_enough(goods):
    thai = [Row(f"ขนม{i}", "food", "a", "th") for i in range(10)]
    few = [Row("bánh", "food", "a", "vi")]
    goods = goods_of([*CLOTHES, *FOODS, *thai, *few])
    stuffed = stuff([TITLE._replace(language="th"), TITLE._replace(language="vi")], goods)
    assert {word for word in stuffed[0].split() if word not in TITLE.text} <= {row.text for row in thai}
    assert len(stuffed[1].split()) > len(TITLE.text.split())


def test_rows_of_long_titles_alone_lend_their_words():
    rows = [row._replace(text=f"{row.text} dari toko resmi kami di kota", language=None) for row in shop_rows()]
    goods = goods_of(rows)
    assert not any(len(row.text.split()) == 1 for row in rows)
    assert all(len(new.split()) > len(old.text.split()) for old, new in zip(rows, stuff(rows, goods), strict=True))


def test_the_same_titles_and_seed_give_the_same_and_another_seed_others(goods):
    titles = [TITLE, *CLOTHES]
    assert stuff(titles, goods) == stuff(titles, goods) != stuff(titles, goods, seed=2)


@pytest.mark.parametrize("module", [training.stuffed, training.lead, training.held_out, training.calibrate])
def test_nothing_that_fits_the_lead_imports_the_exam(module):
    """The word lists of training/evasion measure the outcome: drawing from them would be learning the exam by heart."""
    nodes = ast.walk(ast.parse(Path(module.__file__).read_text(encoding="utf-8")))
    assert not [node for node in nodes if isinstance(node, ast.ImportFrom) and "evasion" in (node.module or "")]
