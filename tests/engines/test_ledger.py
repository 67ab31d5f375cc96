"""The ledger: what may be handed over, and what may be committed."""

from hypothesis import given
from hypothesis import strategies as st

from stream.engines.ledger import Ledger


def test_nothing_is_committable_before_the_first_run_is_decided():
    ledger = Ledger(10)
    ledger.hand_over(object(), 20)
    assert ledger.committable() is None


def test_a_decided_run_behind_an_undecided_one_is_not_committable():
    first = object()
    ledger = Ledger(0)
    ledger.hand_over(first, 10)
    ledger.hand_over(object(), 20, decided=True)
    assert ledger.committable() is None
    ledger.note_decided(first)
    assert ledger.committable() == 20


def test_what_is_committable_stays_so_until_more_is_decided():
    ledger = Ledger(0)
    ledger.hand_over(object(), 10, decided=True)
    ledger.hand_over(object(), 20)
    assert [ledger.committable(), ledger.committable()] == [10, 10]


def test_a_message_that_is_another_s_changes_nothing():
    """Messages that are equal are not the same one."""
    ledger = Ledger(0)
    ledger.hand_over([0], 10)
    ledger.note_decided([0])
    assert ledger.committable() is None


def test_a_run_is_decided_only_when_those_before_it_are_in_work():
    """And one that was handed over elsewhere, or forgotten, is nobody's next."""
    first, empty, second, third = object(), object(), object(), object()
    ledger = Ledger(0)
    ledger.hand_over(first, 10)
    ledger.hand_over(empty, 12, decided=True)
    ledger.hand_over(second, 20)
    ledger.hand_over(third, 30)
    assert [ledger.begin(second), ledger.begin(object())] == [False, None]
    assert [ledger.begin(first), ledger.begin(third), ledger.begin(second), ledger.begin(third)] == [
        True,
        False,
        True,
        True,
    ]
    ledger.note_decided(first)
    assert ledger.committable() == 12
    assert [ledger.begin(first), ledger.begin(object())] == [None, None]


def test_a_run_joins_only_where_the_last_one_ended():
    ledger = Ledger(10)
    assert [ledger.joins(9), ledger.joins(10), ledger.joins(11)] == [False, True, False]
    ledger.hand_over(object(), 15)
    assert [ledger.joins(10), ledger.joins(15)] == [False, True]


@given(st.lists(st.tuples(st.integers(1, 5), st.booleans())), st.data())
def test_committable_is_the_end_of_the_longest_decided_prefix(runs, data):
    """Whatever the order in which runs are decided, and however often it is asked."""
    ledger, handed, decided, end = Ledger(0), [], set(), 0
    for length, ask in runs:
        end += length
        ledger.hand_over(message := object(), end)
        handed.append((message, end))
        undecided = [message for message, _ in handed if message not in decided]
        if undecided and data.draw(st.booleans()):
            decided.add(chosen := data.draw(st.sampled_from(undecided)))
            ledger.note_decided(chosen)
        if ask:
            ledger.committable()
    prefix = 0
    for message, run_end in handed:
        if message not in decided:
            break
        prefix = run_end
    assert (ledger.committable() or 0) == prefix
