"""Filters of dead letters: each asks one thing, together they ask all, and what means nothing is refused, all at once."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.contract.dead_letter import Code
from stream.contract.dead_record import DeadRecord, Place
from stream.contract.instant import instant_at
from stream.dead.escaping import spelled
from stream.dead.filters import Filters, asked_for, read_filters
from stream.problems import BadSetup
from tests.dead.making import TIME, letter_of

PATHS = ("$", "key", "$.listing", "$.listing.title", "$.listings", "$.listing[0]", "$.listing.title.x")
MICROS = st.integers(0, 4)
LETTERS = st.builds(
    DeadRecord,
    st.just(Place("listings.dead", 0, 1)),
    st.builds(Place, st.sampled_from(("a", "b")), st.integers(0, 2), st.integers(0, 9)),
    st.sampled_from(get_args(Code)[:3]),
    st.just("why"),
    st.sampled_from(PATHS),
    st.none() | MICROS.map(instant_at),
    st.none() | st.sampled_from((b"", b"L-1", b"\xff", b"\\xff")),
    st.just(b""),
    st.just(()),
)
ASKED = {
    "codes": st.lists(st.sampled_from(get_args(Code)[:3]), max_size=2),
    "path": st.none() | st.sampled_from(PATHS),
    "topic": st.none() | st.sampled_from(("a", "b")),
    "partition": st.none() | st.integers(0, 2),
    "since": st.none() | MICROS.map(instant_at),
    "until": st.none() | MICROS.map(instant_at),
    "key": st.none() | st.sampled_from(("", "L-1", "\\xff")),
}


@given(LETTERS, st.fixed_dictionaries(ASKED))
def test_together_filters_ask_what_each_asks_by_itself(letter, asked):
    each = [asked_for(letter, Filters(**{name: value})) for name, value in asked.items()]
    assert asked_for(letter, Filters(**asked)) == all(each)


@given(LETTERS)
def test_no_filter_asks_nothing_and_a_letter_s_own_parts_ask_for_it(letter):
    assert asked_for(letter, Filters())
    key = None if letter.key is None else spelled(letter.key)
    assert asked_for(letter, Filters((letter.code,), letter.path, *letter.origin[:2], letter.time, None, key))


@given(LETTERS, MICROS)
def test_every_letter_with_a_time_is_before_a_moment_or_from_it_on(letter, micros):
    """`--since` takes its moment and `--until` does not: two spans that meet share no letter and miss none."""
    moment = instant_at(micros)
    sides = asked_for(letter, Filters(until=moment)), asked_for(letter, Filters(since=moment))
    assert sum(sides) == (letter.time is not None)


def test_a_path_takes_what_lies_below_it():
    below = [path for path in PATHS if asked_for(letter_of()._replace(path=path), Filters(path="$.listing"))]
    assert below == ["$.listing", "$.listing.title", "$.listing[0]", "$.listing.title.x"]


def test_a_letter_without_a_key_is_of_no_key():
    assert not asked_for(letter_of(b"x", key=None), Filters(key=""))
    assert asked_for(letter_of(b"x", key=b""), Filters(key=""))


def test_options_become_filters():
    filters = read_filters(codes=["empty"], path="$", since="2021-08-03T09:00:01+07:00")
    assert (filters.codes, filters.path, filters.since.micros) == (["empty"], "$", TIME.micros)


def test_every_option_that_means_nothing_is_told_at_once():
    with pytest.raises(BadSetup) as refused:
        read_filters(codes=["wrong-tipe", "empty"], since="yesterday", until="2021-08-03T09:00:00")
    codes = ", ".join(get_args(Code))
    assert str(refused.value) == (
        "error: unknown reason `wrong-tipe`, did you mean `wrong-type`?\n  --> command line, `--reason`\n"
        f"  hint: one of: {codes}\n"
        "error: expected an RFC 3339 time with an offset, got `yesterday`\n  --> command line, `--since`\n"
        "  hint: such as `2021-08-03T09:00:00+07:00`\n"
        "error: expected an RFC 3339 time with an offset, got `2021-08-03T09:00:00`\n  --> command line, `--until`\n"
        "  hint: such as `2021-08-03T09:00:00+07:00`"
    )


def test_a_span_that_holds_nothing_is_refused():
    with pytest.raises(BadSetup) as refused:
        read_filters(since="2021-08-03T09:00:00Z", until="2021-08-03T09:00:00Z")
    assert str(refused.value) == (
        "error: `--until` must be later than `--since`, got `2021-08-03T09:00:00Z` and `2021-08-03T09:00:00Z`\n"
        "  --> command line, `--until`\n  hint: a span begins with `--since` and ends before"
    )
