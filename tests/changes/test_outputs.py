"""What sellers wrote can break neither the terminal nor the Markdown, whatever it is."""

import io
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from stream.changes.markdown import code, markdown
from stream.changes.report import Asked, diff_of
from stream.changes.terminal import shown
from stream.changes.visible import visible, visible_name
from stream.changes.wording import grids
from stream.decide.policy import PolicySet
from tests.changes.making import line, sides_of, tally_of
from tests.decide.making import policies, policy, rule

HOSTILE = [
    "a|b`c``d\\|e",
    "`",
    "``` \n# heading\n```",
    "<img src=x onerror=y>",
    "[x](javascript:y) @everyone #1 www.evil.example https://evil.example",
    "\u202eright\u2066left\u200f\u061c",
    "\x1b[2J\x1b]0;title\x07\r\n\t\x00\x9b31m",
    "[bold red]markup[/] :smile:",
    "line\u2028and\u2029paragraph\x85",
    "\ufeff\u00ad\U000e0041\ue000",
    "  ",
    "",
]
TEXTS = (
    st.text(max_size=40)
    | st.text(alphabet="|`\\<>*_[]()#\n\r\t -\u202e\u05d0a", max_size=40)
    | st.sampled_from(HOSTILE)
)
ASKED = Asked("in.jsonl", "m#1", None, None, ("old", PolicySet()), ("new", PolicySet()))
PAGE = MarkdownIt("commonmark").enable("table")


def diff_on(pipeline, title, name):
    """Give the report on one newly blocked listing whose title and ids are as given."""
    value = line(
        listing={"id": name or "L", "title": f"Keripik tempe renyah gurih {title}"},
        seller={"id": name or "S"},
        market="ID",
    )
    tally = tally_of(sides_of(pipeline), [value, line(2, market=name or "M")])
    return diff_of(ASKED, tally)


@given(TEXTS, TEXTS)
def test_markdown_stays_what_it_is(pipeline, title, name):
    """Parsed as a page, the report has the blocks that it has for a plain seller, and text and code and nothing else."""
    found, plain = (PAGE.parse(markdown(diff_on(pipeline, *texts))) for texts in ((title, name), ("x", "S-1")))
    assert [token.type for token in found] == [token.type for token in plain]
    within = {child.type for token in found for child in token.children or ()}
    assert within <= {"text", "code_inline", "strong_open", "strong_close"}


@given(TEXTS)
@example("a\\|b")
def test_a_code_span_shows_the_whole_name_in_a_line_and_in_a_table(name):
    shown_as = visible_name(name).replace("|", r"\x7c")
    for page in (f"before {code(name)} after", f"| a | b |\n|---|---|\n| {code(name)} | 1 |"):
        spans = [
            child.content for token in PAGE.parse(page) for child in token.children or () if child.type == "code_inline"
        ]
        assert [span.strip() for span in spans] == [shown_as.strip()]


@given(TEXTS, TEXTS)
def test_the_terminal_gets_letters_and_line_ends_only(pipeline, title, name):
    out = io.StringIO()
    Console(file=out, width=80, highlight=False).print(shown(diff_on(pipeline, title, name)))
    letters = set(out.getvalue()) - {"\n"}
    assert not {letter for letter in letters if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")}


@given(TEXTS)
def test_names_hold_nothing_that_turns_the_line_round(name):
    assert not {unicodedata.bidirectional(letter) for letter in visible_name(name)} & {
        "R",
        "AL",
        "AN",
        "RLE",
        "RLO",
        "RLI",
    }


@pytest.mark.parametrize("text", ["kopi", "قهوة", "蓝月亮洗衣液", "เสื้อ", "a|b `c`"])
def test_plain_titles_of_every_script_stay_as_they_are(text):
    assert visible(text) == text


def test_tables_fit_80_columns_and_cut_no_figure(pipeline):
    """With figures in the hundred thousands, and a name that does not end."""
    tally = tally_of(sides_of(pipeline), [line(1, seller={"id": "S" * 500}), line(2, market="M" * 500)])
    for counts in (tally.cells, tally.sellers):
        counts.update(dict.fromkeys(counts, 399999))
    out = io.StringIO()
    Console(file=out, width=80, highlight=False).print(shown(diff_of(ASKED, tally)))
    assert max(map(len, out.getvalue().splitlines())) <= 80
    for grid in grids(diff_of(ASKED, tally)):
        for _, *figures in grid.rows:
            assert " ".join(figures) in re.sub(" +", " ", out.getvalue())


def test_what_a_page_has_no_room_for_is_counted(pipeline):
    """Ten of each sort of group, ten sorts of change at a terminal and twenty in a page; the JSON holds them all."""
    rules = "\n".join(rule(f"{{listing.id: L-{n}}}", name=f"close-{n}") for n in range(25))
    sides = sides_of(pipeline)._replace(old=policies(policy("[]")), new=policies(policy(rules)))
    diff = diff_of(ASKED, tally_of(sides, [line(n, seller={"id": f"S-{n}"}) for n in range(26)], examples=0))
    out = io.StringIO()
    Console(file=out, width=80, highlight=False).print(shown(diff))
    assert "15 more sorts of change: `--json` has them all" in out.getvalue()
    assert "5 more sorts of change are in the JSON report." in markdown(diff)
    assert (len(diff.sorts), diff.sellers_changed, len(diff.groups.seller)) == (25, 25, 25)
    assert [grid.left_out for grid in grids(diff) if grid.theirs][-1] == "15 more with changes"
    assert sum(told.startswith("newly blocked, 1 listing: ") for told in out.getvalue().splitlines()) == 10


def test_a_title_is_cut_where_it_gets_long():
    assert re.fullmatch(r"x{59}…", visible("x" * 1_000_000))
