"""The report: one file that needs nothing beside it, whatever was measured and whatever stands in a title."""

import base64
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.training.measuring import answered, answers, labelled, shipped, sure_of, worse
from training.compare import compare
from training.evaluate import AS_SHIPPED, evaluate_answers
from training.figures.answers import answers_of
from training.gates import SHIPPED, check_gates, load_gates
from training.hard_pairs import read_hard_pairs
from training.report.mistakes import worst_mistakes
from training.report.page import write_page
from training.rows import Row

QUICK = AS_SHIPPED._replace(resamples=50)
EVASION = {
    name: {
        "strength": 0.5,
        "reversible": True,
        "macro_f1": {"all": macro_f1, "indonesian": None},
        "drop": {"all": 0.1, "indonesian": None},
        "blocked": 0,
        "still_blocked": None,
        "reviewed": None,
        "held": None,
    }
    for name, macro_f1 in (("look_alike", 0.8), ("spacing", 0.7))
}


def page_of(rows: list[Row], countries=(), **found: object) -> str:
    made = answers_of(shipped(), rows, countries)
    evaluation = evaluate_answers(shipped(), made, [row.text for row in rows], read_hard_pairs(), (), QUICK)
    return write_page(evaluation.model_copy(update=found), made, rows)


@pytest.fixture(scope="module")
def page() -> str:
    """Everything at once: both markets, a champion, disguises, gates that refuse."""
    rows, countries = labelled()
    evaluation = evaluate_answers(shipped(), answered(), [row.text for row in rows], read_hard_pairs(), (), QUICK)
    compared = compare(worse(shipped()), shipped(), rows, countries=countries, resamples=50)
    gates = load_gates(SHIPPED)
    problems = check_gates(evaluation, gates, compared)
    refused = evaluation.model_copy(update={"champion": compared, "evasion": EVASION, "refused": ["speed"]})
    return write_page(refused, answered(), rows, gates, problems)


def test_it_needs_nothing_beside_it(page):
    """No script, no style sheet, no font, no picture from elsewhere."""
    assert "http" not in page
    assert "<script" not in page
    assert "<link" not in page
    assert all(address.startswith("data:image/svg+xml;base64,") for address in re.findall(r'src="([^"]*)"', page))


def test_every_picture_is_a_drawing(page):
    pictures = re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', page)
    assert len(pictures) == 7
    for picture in pictures:
        assert ElementTree.fromstring(base64.b64decode(picture)).tag == "{http://www.w3.org/2000/svg}svg"


def test_the_same_answers_give_the_same_page(page):
    rows, countries = labelled()
    once, again = (re.findall(r'src="[^"]*"', page_of(rows[:60], countries[:60])) for _ in range(2))
    assert once == again


def test_a_title_is_shown_as_text():
    """A wrong title with markup in it is escaped."""
    rows = [Row("<script>alert(1)</script> & gamis wanita", "culinary", "s"), Row("kopi bubuk", "culinary", "s")]
    page = page_of(rows)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; gamis wanita" in page


@pytest.mark.parametrize(
    "rows",
    [
        [Row("kopi bubuk", "culinary", "s")],
        [Row("kopi bubuk", "culinary", "s"), Row("", "other", "t")],
        [Row("gamis wanita", "textile_fashion", "s"), Row("tas rotan", "craft", "s")],
    ],
    ids=["one row", "nothing to read", "no open goods"],
)
def test_few_rows_make_a_page_too(rows):
    assert "</html>" in page_of(rows)
    assert "Worst mistakes" in page_of(rows, ["ID"] * len(rows), evasion=EVASION)


def test_missed_floors_are_marked_and_refusals_listed(page):
    assert '<div class="tile held" title="indonesian.macro_f1">' in page
    assert '<div class="tile missed" title="blocks[&#34;0.10&#34;].precision">' in page
    assert "<li>gate <code>blocks-at-10</code> refuses" in page


def test_the_worst_mistake_is_the_surest_wrong_one():
    rows = [Row(f"title {n}", "craft", f"shop-{n}") for n in range(4)]
    scores = np.concatenate([sure_of([1], 0.6), sure_of([2], 0.9), sure_of([0], 0.99), sure_of([3], 0.7)])
    found = worst_mistakes(answers([0] * 4, scores), rows)
    assert [(mistake.title, mistake.given) for mistake in found] == [
        ("title 1", "other"),
        ("title 3", "textile_fashion"),
        ("title 0", "culinary"),
    ]


def test_near_duplicates_are_one_mistake_and_one_source_does_not_fill_the_table():
    rows = [Row(f"title {n}", "craft", "shop") for n in range(6)]
    found = worst_mistakes(answers([0] * 6, sure_of([1] * 6), groups=[0, 0, 0, 1, 2, 3]), rows, of_one_source=2)
    assert [(mistake.title, mistake.alike) for mistake in found] == [("title 0", 3), ("title 3", 1)]
