"""Dead letters as lines: JSON lines hold all and are read back, rows hold one line each."""

from collections import Counter

import orjson
from hypothesis import given
from hypothesis import strategies as st

from stream.contract.dead_letter import DeadLetter, write_dead_letter
from stream.contract.dead_record import Place
from stream.contract.outcomes import outcomes_of
from stream.contract.record import FileRecord
from stream.dead.rows import HEADING, count_lines, count_rows, counted_by, line, read_line, row
from stream.engines.replay import dead_letter_lines
from tests.dead.making import TIME, letter_of

BYTES = st.none() | st.binary() | st.text().map(str.encode)
HEADERS = st.lists(st.tuples(st.text(), BYTES)).map(tuple)
LETTERS = st.builds(lambda *parts: letter_of()._replace(key=parts[0], value=parts[1], headers=parts[2], time=parts[3]), BYTES, BYTES, HEADERS, st.sampled_from([None, TIME]))  # fmt: skip


@given(LETTERS)
def test_a_json_line_read_back_is_the_letter(letter):
    assert read_line(line(letter), letter.at.topic, 0) == letter


@given(LETTERS)
def test_a_row_is_one_line_whatever_is_in_it(letter):
    assert len(row(letter).splitlines()) == 1
    assert row(letter).isprintable()


@given(st.binary(), st.sampled_from([None, TIME]))
def test_a_line_of_a_replay_is_read(value, as_of):
    """The file has no keys and no headers; the letter lies at its line."""
    why = DeadLetter("wrong-type", "why", "$.listing.title")
    outcome = write_dead_letter(FileRecord(value, topic="in.jsonl", offset=7), why, as_of)
    (line,) = dead_letter_lines(outcomes_of([outcome]))
    letter = read_line(line.removesuffix(b"\n"), "dead.jsonl", 3)
    assert letter == letter_of()._replace(
        at=Place("dead.jsonl", 0, 3), origin=Place("in.jsonl", 0, 7), code=why.code, reason="why", path=why.path, time=as_of, key=None, value=value
    )  # fmt: skip


@given(st.binary() | st.recursive(st.none() | st.integers(-9, 9) | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["headers", "value", "keran-code", "name", "partition"]), inner)).map(orjson.dumps))  # fmt: skip
def test_what_is_no_dead_letter_is_none_and_raises_nothing(content):
    assert read_line(content, "dead.jsonl", 0) is None


def test_columns_stand_under_their_heading():
    text = row(letter_of())
    for name, found in (("CODE", "wrong-type"), ("PATH", "$.listing.title"), ("FROM", "listings/3/17"), ("TIME", TIME.text), ("KEY", "L-1"), ("REASON", "expected `str`")):  # fmt: skip
        assert text.index(found) == HEADING.index(name)
    assert text.startswith("2:40 ")


def test_counts_are_the_greatest_first():
    letters = [letter_of(), letter_of(), letter_of(b"{")]
    counts = {by: Counter(counted_by(each, by) for each in letters) for by in ("reason", "path", "topic")}
    assert count_rows(counts["reason"]) == ["         2  wrong-type", "         1  not-json"]
    assert count_rows(counts["topic"]) == ["         3  listings"]
    assert [*map(orjson.loads, count_lines(counts["path"], "path"))] == [
        {"path": "$.listing.title", "count": 2},
        {"path": "$", "count": 1},
    ]
