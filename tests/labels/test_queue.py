"""The order of a review queue: doubt first, age counts, sellers take turns, the same for the same seed."""

from itertools import groupby
from random import Random

from hypothesis import given as for_all
from hypothesis import strategies as st

from stream.labels.queue import DAY, IN_A_ROW, Waiting, ask_next, doubt


def waits(listing, best=0.9, seller="S-1", since=0):
    return Waiting(listing, seller, {"craft": best, "other": round(1 - best, 4), "culinary": 0.0}, since)


def ids(asked):
    return [each.listing_id for each in asked]


def test_what_the_model_doubts_most_is_asked_first():
    assert ids(ask_next([waits("sure", 0.99), waits("torn", 0.5), waits("likely", 0.8)], 0)) == [
        "torn",
        "likely",
        "sure",
    ]


def test_below_its_threshold_a_classification_is_more_in_doubt():
    scores = {"craft": 0.7, "other": 0.3}
    assert doubt(scores, {"craft": 0.9}) > doubt(scores, {"craft": 0.7}) == doubt(scores)


def test_age_counts_so_that_nothing_waits_for_ever():
    """A certain one overtakes a torn one that came 20 days later."""
    now = 30 * DAY
    assert ids(ask_next([waits("torn", 0.5, since=now), waits("old", 0.99, since=9 * DAY)], now)) == ["old", "torn"]
    assert ids(ask_next([waits("torn", 0.5, since=now), waits("new", 0.99, since=29 * DAY)], now)) == ["torn", "new"]


def test_a_clock_that_is_behind_makes_nothing_less_urgent():
    assert ids(ask_next([waits("torn", 0.5, since=9 * DAY), waits("sure", 0.99)], 0)) == ["torn", "sure"]


@for_all(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.5, 1)), max_size=60), st.integers(0, 3))
def test_every_one_is_asked_once_and_no_seller_too_often_in_a_row_while_another_waits(given, seed):
    waiting = [waits(f"L-{n}", best, seller) for n, (seller, best) in enumerate(given)]
    asked = ask_next(waiting, 0, seed=seed)
    assert sorted(ids(asked)) == sorted(ids(waiting))
    done = 0
    for seller, run in groupby(asked, key=lambda each: each.seller_id):
        length = len(list(run))
        rest = asked[done + min(length, IN_A_ROW) :]
        assert length <= IN_A_ROW or {each.seller_id for each in rest} == {seller}
        done += length


def test_the_order_depends_on_the_seed_and_not_on_how_they_come():
    waiting = [waits(f"L-{n}", 0.7, f"S-{n}") for n in range(30)]
    shuffled = Random(3).sample(waiting, 30)
    assert ask_next(waiting, 0, seed=4) == ask_next(shuffled, 0, seed=4) != ask_next(waiting, 0, seed=5)
