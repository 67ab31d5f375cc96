"""The calendar that people see is the one that decides."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as some

from stream.contract.instant import instant_at
from stream.decide.asks import Moment
from stream.decide.phase_calendar import State, calendar_of
from tests.decide.making import policies, policy, rule

DAY = 86_400_000_000
FIRST = 18_628 * DAY  # 1 January 2021
TIMES = range(6)


@some.composite
def held_policies(draw):
    """A policy of one to five phases that begin, end and are published on six days, each beginning told from the others.

    Those published later supersede some of those published earlier.
    """
    begun = draw(
        some.lists(some.tuples(some.sampled_from(TIMES), some.sampled_from(TIMES)), min_size=1, max_size=5, unique=True)
    )
    phases, known = [], [published for _, published in begun]
    for at, (effective, published) in enumerate(begun):
        earlier = [f"p{other}" for other, then in enumerate(known) if then < published]
        over = draw(some.lists(some.sampled_from(earlier), max_size=2, unique=True)) if earlier else []
        until = draw(some.none() | some.integers(effective + 1, 8))
        times = {"effective": effective, "published": published, "until": until}
        lines = [f"    {name}: {instant_at(FIRST + day * DAY).text}" for name, day in times.items() if day is not None]
        phases.append(
            "\n".join(
                [
                    f"  - id: p{at}",
                    *lines,
                    f"    supersedes: [{', '.join(over)}]",
                    "    citation: none",
                    "    rules: []",
                ]
            )
        )
    head = "policy: p\nversion: 1\nmarket: ID\ntimezone: UTC\nreview_every: P1D\nphases:\n"
    return policies(head + "\n".join(phases) + "\n").policies[0]


MOMENTS = some.builds(
    lambda as_of, known_on: Moment(FIRST + as_of * DAY // 2, FIRST + known_on * DAY // 2),
    some.integers(-1, 18),
    some.integers(-1, 18),
)


@given(held_policies(), MOMENTS)
def test_what_is_in_force_is_what_decides(held, moment):
    """The span in force is the phase that `phase_at` gives, or there is none where it gives none."""
    span = calendar_of(held, moment).in_force
    assert (span and span.phase) == held.phase_at(moment)


@given(held_policies(), MOMENTS)
def test_the_next_change_is_the_next_change(held, moment):
    """Until then every half day has the same phase in force; at that moment it is the one that is told."""
    change = calendar_of(held, moment).next_change()
    end = change[0] if change else FIRST + 20 * DAY
    for as_of in range(moment.as_of, end, DAY // 2):
        assert held.phase_at(Moment(as_of, moment.known_on)) == held.phase_at(moment)
    if change:
        after = held.phase_at(Moment(change[0], moment.known_on))
        assert after == (change[1] and change[1].phase)
        assert after != held.phase_at(moment)


@given(held_policies(), MOMENTS)
def test_spans_follow_each_other_and_leave_none_out(held, moment):
    """Every phase known is there, none binds before the one before it ends, the others are counted."""
    calendar = calendar_of(held, moment)
    assert len({span.phase.name for span in calendar.spans}) + calendar.left_out == len(held.phases)
    bound = [span for span in calendar.spans if span.binds]
    assert all(one.ends is not None and one.ends <= other.begins for one, other in pairwise(bound))


@given(held_policies(), MOMENTS)
def test_what_is_superseded_is_so_by_name(held, moment):
    """A superseded phase does not bind now, and the phase that is named for it is known and names it."""
    for span in calendar_of(held, moment).spans:
        assert (span.state is not State.SUPERSEDED) or span.by
        assert span.state is not State.REPLACED or not span.by
        if span.by:
            assert span.by.replaces(span.phase)
            assert span.by.published <= moment.known_on
            assert not span.binds or span.ends == span.by.effective


def test_reviews_count_from_the_phase_in_force():
    """A phase that renews the policy begins the count anew; without one in force there is none."""
    held = policies(policy(rule("always"), "review_every: P10D")).policies[0]
    begun = held.phases[0].effective
    assert calendar_of(held, Moment(begun - 1, begun)).reviews is None
    assert not calendar_of(held, Moment(begun + 9 * DAY, begun)).review_due
    assert calendar_of(held, Moment(begun + 25 * DAY, begun)).reviews.times == 2
