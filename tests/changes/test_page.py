"""An impact's page stands alone, shows what the report counts, holds to WCAG AA, and what sellers wrote is text."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from stream.changes.doubt import Sample
from stream.changes.page import write_page
from stream.changes.report import Asked, Before, impact_of
from stream.changes.tally import Tally
from stream.contract.record import FileRecord
from stream.engines.diff import count_run
from tests.changes.making import EVENTS, line, sides_of
from tests.console.conftest import browser  # noqa: F401 - a fixture

HOSTILE = '</p><img src=x onerror="document.title=1"><script>document.title=1</script>\u202e'
TITLE = f"Keripik tempe {HOSTILE} renyah gurih, keripik singkong pedas, camilan"
LINES = [
    *(line(n, seller={"id": f"S-{HOSTILE}"}, listing={"title": TITLE}) for n in range(20, 30)),
    *EVENTS.read_bytes().splitlines(),
]


def report(pipeline, lines=LINES):
    sides = sides_of(pipeline)
    tally = Tally(2, sample=Sample(3))
    count_run(tally, sides, list(map(FileRecord, lines)))
    asked = Asked("events.jsonl", sides.model.id, None, None, ("old", sides.old), ("new", sides.new))
    return impact_of(asked, Before(sides.model.id, None), tally)


def test_the_page_fetches_and_runs_nothing_and_shows_the_figures(pipeline):
    impact = report(pipeline)
    page = write_page(impact)
    assert re.findall(r"<[^>]*\b(?:src|href)\s*=|<script|<link|<img|url\(|@import", page) == []
    assert f"{impact.flips.listings} of {impact.decided} listings flip" in page
    for group in impact.groups.cluster:
        assert f">{group.name}<" in page or group.listings == group.effects.unchanged
    assert len(re.findall("its cluster is", page)) == 3


def test_bars_lie_within_the_width(pipeline):
    bars = re.findall(r'x="([0-9.]+)%" width="([0-9.]+)%"', write_page(report(pipeline)))
    assert len(bars) > 10
    assert all(float(at) + float(width) <= 100.01 for at, width in bars)


def test_a_report_of_nothing_is_a_page_too(pipeline):
    assert "no listing was decided" in write_page(report(pipeline, []))


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_holds_to_wcag_aa_and_what_sellers_wrote_is_text(pipeline, browser, tmp_path, width):  # noqa: F811
    file = Path(tmp_path, "impact.html")
    file.write_text(write_page(report(pipeline)), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(file.as_uri())
    wcag = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert Axe().run(page, options=wcag).response["violations"] == []
    assert page.title().startswith("Impact: ")
    assert page.locator("img, script").count() == 0
    assert "<script>" in page.inner_text("body")
    assert "\u202e" not in page.inner_text("body")
    page.close()
