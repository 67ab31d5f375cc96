"""One phase superseding another by name, as tables: who knows of it, as of when, and which phase is in force."""

import pytest

from stream.contract.instant import parse_instant
from stream.decide.asks import Moment
from tests.decide.making import policies

HEAD = "policy: p\nversion: 1\nmarket: ID\ntimezone: Asia/Jakarta\nphases:\n"


def at(day):
    return parse_instant(f"{day}T12:00:00+07:00").micros


def held(**phases):
    """Give a policy of phases, each by its `published` and `effective` days and what it supersedes."""
    lines = [
        f"  - {{id: {name}, published: {known}, effective: {since}, supersedes: [{', '.join(over)}], citation: none, rules: []}}\n"
        for name, (known, since, *over) in phases.items()
    ]
    return policies(HEAD + "".join(lines)).policies[0]


OLD = {"old": ("2021-01-01", "2021-01-01")}
# A phase that lies ahead is replaced by one that takes effect later: it never takes effect.
POSTPONED = held(**OLD, a=("2021-02-01", "2021-07-01"), b=("2021-03-01", "2021-09-01", "a"))
# The same, but the new one takes effect earlier: without `supersedes` the old one would take over.
BROUGHT_FORWARD = held(**OLD, a=("2021-02-01", "2021-07-01"), b=("2021-03-01", "2021-06-01", "a"))
# One in force is replaced from before it began.
RETROACTIVE = held(**OLD, a=("2021-02-01", "2021-03-01"), b=("2021-05-01", "2021-02-01", "a"))
# One in force is replaced by one that is announced: it ends when that takes effect, and not before.
ANNOUNCED = held(**OLD, a=("2021-02-01", "2021-03-01"), b=("2021-05-01", "2021-09-01", "a"))
# The replacement is itself replaced before it begins: what it would have ended goes on.
REPLACED_AGAIN = held(
    **OLD, a=("2021-02-01", "2021-03-01"), b=("2021-05-01", "2021-07-01", "a"), c=("2021-06-01", "2021-09-01", "b")
)
# What never took effect stays so, also where the phase that replaced it is replaced.
NOT_REVIVED = held(
    **OLD, a=("2021-02-01", "2021-07-01"), b=("2021-03-01", "2021-08-01", "a"), c=("2021-04-01", "2021-10-01", "b")
)
SEVERAL = held(
    **OLD, a=("2021-02-01", "2021-07-01"), b=("2021-02-02", "2021-08-01"), c=("2021-03-01", "2021-06-01", "a", "b")
)
WITHOUT = held(**OLD, a=("2021-02-01", "2021-07-01"), b=("2021-03-01", "2021-06-01"))
CASES = [
    (POSTPONED, "2021-08-01", "2021-02-15", "a"),
    (POSTPONED, "2021-08-01", "2021-08-01", "old"),
    (POSTPONED, "2021-09-02", "2021-09-02", "b"),
    (BROUGHT_FORWARD, "2021-06-15", "2021-02-15", "old"),
    (BROUGHT_FORWARD, "2021-06-15", "2021-06-15", "b"),
    (BROUGHT_FORWARD, "2021-08-01", "2021-08-01", "b"),
    (RETROACTIVE, "2021-04-01", "2021-04-01", "a"),
    (RETROACTIVE, "2021-04-01", "2021-05-02", "b"),
    (RETROACTIVE, "2021-02-15", "2021-05-02", "b"),
    (RETROACTIVE, "2021-01-15", "2021-05-02", "old"),
    (RETROACTIVE, "2021-06-01", "2021-06-01", "b"),
    (ANNOUNCED, "2021-06-01", "2021-06-01", "a"),
    (ANNOUNCED, "2021-09-02", "2021-04-01", "a"),
    (ANNOUNCED, "2021-09-02", "2021-09-02", "b"),
    (REPLACED_AGAIN, "2021-08-01", "2021-05-15", "b"),
    (REPLACED_AGAIN, "2021-08-01", "2021-08-01", "a"),
    (REPLACED_AGAIN, "2021-09-02", "2021-09-02", "c"),
    (NOT_REVIVED, "2021-09-01", "2021-03-15", "b"),
    (NOT_REVIVED, "2021-09-01", "2021-09-01", "old"),
    (NOT_REVIVED, "2021-10-02", "2021-10-02", "c"),
    (SEVERAL, "2021-09-01", "2021-09-01", "c"),
    (SEVERAL, "2021-09-01", "2021-02-15", "b"),
    (WITHOUT, "2021-08-01", "2021-08-01", "a"),
]


@pytest.mark.parametrize(("policy", "as_of", "known_on", "expected"), CASES)
def test_phase_in_force(policy, as_of, known_on, expected):
    """A superseded phase is out of force for who knows of it, and in force for who does not."""
    assert policy.phase_at(Moment(at(as_of), at(known_on))).name == expected


def test_nothing_changes_between_the_policys_moments():
    """What is in force is compiled once between two moments, so supersession may change it at those alone."""
    for policy in (POSTPONED, RETROACTIVE, ANNOUNCED, REPLACED_AGAIN, NOT_REVIVED, SEVERAL):
        moments = sorted(policy.moments())
        for as_of in moments:
            for known in moments:
                seen = {
                    policy.phase_at(Moment(as_of + a, known + k))
                    for a in (0, 1, min((m for m in moments if m > as_of), default=as_of + 9) - as_of - 1)
                    for k in (0, 1, min((m for m in moments if m > known), default=known + 9) - known - 1)
                }
                assert len(seen) == 1
