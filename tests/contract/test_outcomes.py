"""Outcomes as columns are the outcomes that they were made of, whatever is chosen, put or superseded."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stream.contract.outcome import Kind, Outcome, Place
from stream.contract.outcomes import Outcomes, digests_of, names_of, outcomes_of

BYTES = st.binary(max_size=20)
_DIGESTS = st.binary(min_size=16, max_size=16).filter(any)
IDS = st.just(b"") | _DIGESTS.map(lambda digest: digest.hex().encode())
PLACES = st.builds(Place, st.integers(0, 2**63 - 1), st.integers(-(2**63), 2**63 - 1), BYTES, IDS)
HEADERS = st.lists(st.tuples(st.text(max_size=5), st.none() | BYTES), max_size=2).map(tuple)
OUTCOMES = st.builds(
    Outcome,
    st.sampled_from(list(Kind)),
    st.none() | BYTES,
    st.none() | BYTES,
    HEADERS,
    st.booleans(),
    st.sampled_from(["", "allow", "block", "empty"]),
    st.none() | PLACES,
    st.booleans(),
)
RUNS = st.lists(OUTCOMES, max_size=8)


@given(RUNS)
def test_columns_give_back_what_they_were_made_of(made):
    """All, one, some in another order, and the counts; columns are equal to any sequence of the same."""
    held = outcomes_of(made)
    assert held == made
    assert list(held) == made == [held[row] for row in range(len(made))]
    assert held[1:-1] == made[1:-1]
    assert held.rows(range(len(made) - 1, -1, -1)) == made[::-1]
    assert held.counts() == Counter((outcome.kind, outcome.tally) for outcome in made)
    assert outcomes_of(held) is held


@given(RUNS, st.data())
def test_others_take_the_place_of_the_rows_that_name_them(made, data):
    others = data.draw(st.dictionaries(st.sampled_from(range(len(made))), OUTCOMES)) if made else {}
    assert outcomes_of(made).put(others) == [others.get(row, outcome) for row, outcome in enumerate(made)]


@given(st.lists(st.tuples(OUTCOMES, st.integers(0, 2)), max_size=8))
def test_of_what_is_superseded_the_key_is_left_and_why(made):
    why = np.array([code for _, code in made], np.uint8)
    held = outcomes_of([outcome for outcome, _ in made]).supersede(why, ("", "older", "removed"))
    words = ("", "older", "removed")
    assert held == [
        Outcome(Kind.SUPERSEDED, outcome.key, None, tally=words[code]) if code else outcome for outcome, code in made
    ]


@given(st.lists(st.tuples(OUTCOMES, IDS), max_size=8))
def test_what_a_decision_replaces_is_named_behind_its_headers(made):
    held = outcomes_of([outcome for outcome, _ in made]).replacing(digests_of([name for _, name in made]))
    assert held == [
        outcome._replace(headers=(*outcome.headers, ("keran-supersedes", name))) if name.strip(b"0") else outcome
        for outcome, name in made
    ]


@given(st.lists(IDS))
def test_ids_of_decisions_come_back_as_they_were(names):
    assert names_of(digests_of(names)) == [name if name.strip(b"0") else b"" for name in names]


def test_a_sequence_without_outcomes_has_columns_too():
    assert isinstance(outcomes_of([]), Outcomes)
    assert outcomes_of([]) == []
