"""What stands on `reviews` is what stands on `decisions` and asks for a person: whoever replaces it takes it away."""

import gc
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from stream.contract.outcome import Kind, Outcome
from stream.contract.record import FileRecord
from stream.engines.asked import Asked
from stream.engines.outputs import Topics, route

TOPICS = Topics("decisions", "dead", "reviews")


def decision(review=False, key=b"L-1"):
    return Outcome(Kind.DECISION, key, b'{"review":%s}' % (b"true" if review else b"false"), review=review)


def tombstone(key=b"L-1"):
    return Outcome(Kind.TOMBSTONE, key, None)


def answered(asked, *outcomes):
    return [outcome.answered for outcome in asked.take(outcomes)]


def test_a_decision_that_asks_nothing_answers_the_one_that_asked_and_a_removal_too():
    asked = Asked()
    assert answered(asked, decision(review=True), decision(), decision()) == [False, True, False]
    assert answered(asked, decision(review=True), decision(review=True), tombstone(), tombstone()) == [
        False,
        False,
        True,
        False,
    ]


def test_listings_do_not_answer_for_each_other_nor_does_what_is_superseded():
    asked = Asked()
    asked.take([decision(review=True)])
    assert answered(asked, decision(key=b"L-2"), Outcome(Kind.SUPERSEDED, b"L-1", None)) == [False, False]
    assert len(asked) == 1


def test_after_a_restart_it_is_known_who_was_asked():
    asked = Asked()
    spoken = [decision(review=True), decision(review=True, key=b"L-2"), tombstone(b"L-2")]
    asked.restore([FileRecord(o.value, o.key) for o in spoken])
    assert answered(asked, decision(), decision(key=b"L-2")) == [True, False]


def test_words_that_look_like_the_flag_and_bytes_that_cannot_be_read_ask_nothing():
    asked = Asked()
    values = (b'{"review":false,"annotations":[{"review":true}]}', b'{"review":true', b'\xff"review":true')
    asked.restore([FileRecord(value, b"L-%d" % number) for number, value in enumerate(values)])
    assert len(asked) == 0


def test_an_answer_is_a_tombstone_on_reviews_beside_what_gives_it():
    (given,) = Asked().take([decision()])
    assert "reviews" not in route([given], TOPICS)
    routed = route([given._replace(answered=True)], TOPICS)
    assert [(o.key, o.value) for o in routed["reviews"]] == [(b"L-1", None)]
    assert [o.value for o in routed["decisions"]] == [given.value]


@given(st.lists(st.tuples(st.sampled_from("arn"), st.integers(0, 3))))
def test_it_holds_the_listings_whose_last_outcome_asks_and_no_others(steps):
    made = {"a": lambda key: decision(True, key), "r": tombstone, "n": lambda key: decision(False, key)}
    asked, last = Asked(), {}
    for kind, number in steps:
        asked.take([made[kind](b"L-%d" % number)])
        last[number] = kind
    assert len(asked) == list(last.values()).count("a")


def test_a_key_takes_a_hundred_bytes_told_as_they_are_and_none_when_it_is_answered():
    count = 10_000
    tracemalloc.start()
    asked = Asked()
    asked.restore(FileRecord(b'{"review":true}', b"L-%012d" % number) for number in range(count))
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 120 * count
    assert 0.8 * held < asked.nbytes() < 1.2 * held
    asked.restore(FileRecord(None, b"L-%012d" % number) for number in range(count))
    assert len(asked) == 0
