"""The page and the drawing: sound markup, nothing fetched, nothing of a policy's texts taken for markup, readable colours."""

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from stream.contract.instant import parse_instant
from stream.decide.load import load_policies
from stream.decide.policy import PolicySet
from stream.timeline.page import draw, write_page, write_svg
from stream.timeline.timeline import Timeline, timeline_of
from tests.decide.making import policies, policy

GOLDEN = Path(__file__).parent / "golden"
ON = parse_instant("2022-07-01T00:00:00+07:00")
HOSTILE = "</title></style><script>alert('1')</script><img src=x onerror=alert(2)> & \"quoted\" ]]> {{ 7 * 7 }}"
SVG = "{http://www.w3.org/2000/svg}"
# Elements that HTML leaves open.
VOID = {"meta", "link", "br", "img", "input"}


def shown(held: PolicySet) -> Timeline:
    return timeline_of(held, ON)


@pytest.fixture(scope="module")
def timeline():
    return shown(load_policies(GOLDEN / "policies", None))


@pytest.fixture(scope="module")
def hostile():
    text = policy("[]", f"note: {HOSTILE!r}".replace("\\'", "''")).replace(
        "citation: none", f"citation: >-\n      {HOSTILE}"
    )
    return shown(policies(text))


class Elements(HTMLParser):
    """Collects a page's elements and texts, and holds that every one that opens is closed in turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        self.texts.append(text)


@pytest.mark.parametrize("which", ["timeline", "hostile"])
def test_the_page_is_sound_and_fetches_nothing(which, request):
    """Every element closes; there is no script, no link, no picture and no handler, and a policy that forbids them."""
    page = Elements(write_page(request.getfixturevalue(which)))
    assert page.open == []
    assert not {tag for tag, _ in page.seen} & {"script", "link", "img", "iframe", "object", "base", "form"}
    assert not {name for _, held in page.seen for name in held if name.startswith("on") or name in ("src", "href")}
    policies_said = [held["content"] for tag, held in page.seen if held.get("http-equiv") == "Content-Security-Policy"]
    assert policies_said == ["default-src 'none'; style-src 'unsafe-inline'"]


@pytest.mark.parametrize("which", ["timeline", "hostile"])
def test_the_drawing_is_sound_and_fetches_nothing(which, request):
    """It is XML of a few plain kinds of elements, none of which can run or fetch anything."""
    drawing = ElementTree.fromstring(write_svg(request.getfixturevalue(which)))
    assert {element.tag.removeprefix(SVG) for element in drawing.iter()} <= {
        "svg",
        "title",
        "desc",
        "rect",
        "g",
        "line",
        "text",
    }
    assert not {
        name for element in drawing.iter() for name in element.attrib if name.startswith("on") or "href" in name
    }


def test_a_policys_texts_stand_as_they_are_written(hostile):
    """What would be markup is shown, sign for sign, as the note and as the citation."""
    said = "".join(Elements(write_page(hostile)).texts)
    assert said.count(HOSTILE) == 2


def test_the_drawing_tells_in_words_what_it_shows(timeline):
    """Whoever cannot see it is told every phase, and the state stands beside every bar: colour says nothing alone."""
    drawing = ElementTree.fromstring(write_svg(timeline))
    assert drawing.get("role") == "img"
    assert drawing.get("aria-labelledby") == "timeline-title timeline-text"
    told = drawing.find(f"{SVG}desc").text
    assert "a-periodic, phase third: coming, from 2022-09-01, until 2023-01-01." in told
    texts = {element.text for element in drawing.iter(f"{SVG}text")}
    assert {"first, ended", "second, in force", "third, coming"} <= texts


def test_bars_lie_within_the_width_and_below_each_other(timeline):
    """Places are parts of the width, so the same drawing fits a telephone and a desk."""
    rows = draw(timeline).rows
    assert all(row.at >= 0 and row.at + row.width <= 1.000001 for row in rows)
    assert all(above.y < below.y for above, below in pairwise(rows))
    assert rows[-1].y < draw(timeline).height


def test_a_phase_of_a_second_is_seen():
    """However short, it has a width."""
    text = policy("[]", phase="effective: 2021-01-01\n    until: 2021-01-01T00:00:01")
    assert [row.width > 0.005 for row in draw(shown(policies(text))).rows if row.state] == [True]


def test_long_names_are_cut_and_whole_in_the_tip(timeline):
    """A name of sixty signs does not run out of a telephone; the whole of it is there for whoever asks."""
    held = shown(policies(policy("[]", name="n" * 60)))
    assert all(len(row.text) < 55 for row in draw(held).rows)
    assert "n" * 60 in draw(held).rows[1].whole


def luminance(colour: str) -> float:
    signs = colour.removeprefix("#")
    signs = "".join(sign * 2 for sign in signs) if len(signs) == 3 else signs
    parts = [int(signs[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def test_texts_contrast_as_wcag_aa_asks(timeline):
    """4.5 to 1 for texts on what they stand on; the arrows on bars are white, so bars on white are held to the same."""
    page = write_page(timeline)
    own = re.findall(r"\{ background: (#\w+); color: (#\w+);", page)
    on_white = {*re.findall(r"\{ color: (#\w+);", page), *re.findall(r'<(?:text|g)[^>]* fill="(#\w+)"', page)}
    bars = set(re.findall(r'<rect[^>]*rx="2" fill="(#\w+)"/>', page))
    assert len(own) >= 4
    assert len(on_white) >= 3
    assert len(bars) >= 2
    assert [pair for pair in own if contrast(*pair) < 4.5] == []
    assert [colour for colour in on_white - {"#ffffff"} if contrast(colour, "#ffffff") < 4.5] == []  # white is on bars
    assert [bar for bar in bars if contrast(bar, "#ffffff") < 4.5] == []
