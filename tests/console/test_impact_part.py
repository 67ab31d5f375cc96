"""What the page Policy shows of an impact report, and what it says of one that cannot be read."""

import json

import pytest

from stream.console.access import Access
from stream.console.app import make_app
from stream.console.impact_part import MOST_BYTES, impact_part
from tests.console.serving import HOSTILE, make_desk, write_impact
from tests.console.visiting import Visitor


@pytest.fixture
def page(tmp_path):
    desk = make_desk(tmp_path)
    visitor = Visitor(make_app(desk, Access({})), "127.0.0.1", "127.0.0.1")
    return desk, lambda query="": visitor.get(f"/policy{query}").text


def test_the_report_is_shown_with_its_groups_and_in_both_languages(page):
    _, text = page
    english, indonesian = text(), text("?lang=id")
    for words, page_text in (("Sellers most affected", english), ("Penjual paling terdampak", indonesian)):
        assert words in page_text
    assert HOSTILE["html"] not in english
    assert "&lt;img" in english


def test_the_next_report_is_there_without_a_restart(page):
    desk, text = page
    report = json.loads(desk.impact.read_text())
    desk.impact.write_text(json.dumps(report | {"local_blocks": 987}))
    assert ">987<" in text()


def test_without_a_file_it_says_how_to_have_one(page):
    desk, text = page
    desk.impact = None
    assert "keran impact --json FILE" in text()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file or directory"),
        ("{}", "Field required - at `schema`"),
        ("{", "Invalid JSON: EOF while parsing an object at line 1 column 1 - at ``"),
    ],
)
def test_one_that_cannot_be_read_is_told_in_words_and_the_page_stands(page, content, reason):
    desk, text = page
    desk.impact.unlink() if content is None else desk.impact.write_text(content)
    assert impact_part(desk.impact).reason == f"{desk.impact}: {reason}"
    told = text()
    assert "The report cannot be read:" in told
    assert 'id="cases"' in told


def test_one_that_is_far_too_large_is_not_read(tmp_path):
    place = write_impact(tmp_path / "impact.json")
    with place.open("ab") as file:
        file.truncate(MOST_BYTES + 1)
    assert impact_part(place).reason == f"{place}: {MOST_BYTES + 1} bytes, at most {MOST_BYTES}"
