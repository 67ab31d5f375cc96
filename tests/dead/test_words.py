"""One dead letter in words: the whole value, the caret at its field, no byte that a terminal would obey."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.contract.dead_record import Place
from stream.dead.values import MOST_CHARACTERS, value_lines
from stream.dead.words import can_be_read, in_words
from tests.conftest import event_with, value_with
from tests.dead.making import letter_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(blacklist_categories=["Cs"]), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(blacklist_categories=["Cs"]), max_size=8), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def over_caret(lines: list[str]) -> str:
    """What the caret stands under, from there to the end of its line."""
    (number,) = [n for n, text in enumerate(lines) if text.strip() == "^"]
    return lines[number - 1][lines[number].index("^") :]


@pytest.mark.parametrize(
    ("value", "path", "found"),
    [
        (value_with(listing__title=["tas"]), "$.listing.title", "["),
        (value_with(occurred_at="2021-08-03T09:00:00"), "$.occurred_at", '"2021-08-03T09:00:00",'),
        (value_with(listing__revision=10**30), "$.listing.revision", f"{10**30},"),
        (value_with(listing__category_path=["a", 3]), "$.listing.category_path[1]", "3"),
        (json.dumps({k: v for k, v in event_with().items() if k != "seller"}).encode(), "$.seller", "{"),
        (b'{"a": {"x": NaN}}', "$.a.x", "NaN"),
        (b'{"a": "\\ud800s"}', "$.a", '"\\ud800s"'),
        (b"{tas}", "$", "tas}"),
        (b'{"a": 1,\n "b": tas}', "$.b", "tas}"),
        (b'{"a": "' + b"x" * 500 + b'\xff"}', "$.a", '\\xff"}'),
        ('{"\u05d0": "é\xff'.encode() + b"\xff", "$", "\\xff"),
        (b"[]", "$", "[]"),
    ],
)
def test_the_caret_is_at_the_field(value, path, found):
    assert over_caret(value_lines(value, path)) == found


def test_nothing_to_point_at_has_no_caret():
    assert value_lines(None, "key") == ["(null)"]
    assert value_lines(b"", "$") == ["(empty)"]
    assert value_lines(b'{"a": 1}', "key") == ["{", '  "a": 1', "}"]


@given(JSON)
def test_json_laid_out_is_the_same_json(found):
    """Apart from what is escaped: the layout adds no text and loses none."""
    value = json.dumps(found).encode()
    lines = [text for text in value_lines(value, "$.none.such") if text.strip() != "^"]
    plain = all(text.isascii() and text.isprintable() for text in json.dumps(found, ensure_ascii=False))
    assert not plain or json.loads("\n".join(lines)) == found


@given(
    st.binary() | JSON.map(lambda found: json.dumps(found, ensure_ascii=False).encode()),
    st.sampled_from(["$", "key", "$.a"]),
)
def test_every_value_can_be_laid_out_and_nothing_unseen_is_left(value, path):
    assert all(text.isprintable() for text in value_lines(value, path))


def test_a_very_long_value_says_what_is_left_out():
    value = b'{"a": [' + b", ".join(b"%d" % n for n in range(20_000)) + b'], "b": "' + b"x" * 50_000 + b'"}'
    lines = value_lines(value, "$.a[9000]")
    assert over_caret(lines) == "9000,"
    assert lines[0].endswith("lines before)")
    assert lines[-1].endswith("lines more)")
    assert sum(map(len, lines)) < 2 * MOST_CHARACTERS
    assert value_lines(b'"' + b"x" * 50_000 + b'"', "$")[0].endswith("… (50,002 characters)")


def test_deep_nesting_is_laid_out_as_far_as_it_can_be():
    assert "[…]" in value_lines(b"[" * 900 + b"]" * 900, "$")[62]
    assert value_lines(b"[" * 100_000, "$")[0].startswith("[[[")


def test_a_letter_in_words():
    letter = letter_of(
        b'{"schema": "keran.listing/0"}', b"L-\xff\x1b", (("trace", b"00-1"), ("none", None), ("e", b""))
    )
    assert in_words(letter, Place("listings.dead", 2, 44)) == (
        "dead letter  listings.dead/2/40\n"
        "original     listings/3/17\n"
        "time         2021-08-03T02:00:01Z\n"
        "reason       unknown-schema: expected `keran.listing/1`, got `keran.listing/0` - at `$.schema` (and 6 more)\n"
        "today        unknown-schema: expected `keran.listing/1`, got `keran.listing/0` - at `$.schema` (and 6 more)\n"
        "replayed     yes, marked at listings.dead/2/44\n"
        "headers      trace: 00-1\n"
        "             none: (null)\n"
        "             e: (empty)\n"
        "key          L-\\xff\\x1b\n"
        "value        29 bytes\n"
        "  {\n"
        '    "schema": "keran.listing/0"\n'
        "              ^\n"
        "  }"
    )


def test_a_foreign_key_has_the_caret_under_the_key():
    lines = in_words(letter_of(value_with(), b"L-2"), None).splitlines()
    assert lines[lines.index("key          L-2") + 1] == "             ^"
    assert "replayed     no" in lines


def test_what_today_s_contract_reads_is_said():
    assert not can_be_read(letter_of())
    assert can_be_read(letter_of()._replace(value=value_with()))
    assert "today        can be read" in in_words(letter_of()._replace(value=value_with()), None)
