"""No rule that decides is hidden in part by an earlier one that decides otherwise.

Told only with a listing that both match. An earlier rule that lies within the later one is no breach: it is how an
exception is written, the narrow before the wide.
"""

from collections.abc import Iterator, Sequence
from itertools import product

from stream.decide.asks import Moment
from stream.decide.implied import World, impossible, listed, worlds
from stream.decide.laws.given import Given
from stream.decide.policy import PolicySet
from stream.decide.rules import Rule
from stream.decide.search import NOT_TRUE, TRUE
from stream.decide.situations import Asking, Situation, reached, shown_by
from stream.decide.spans import deciding_moments
from stream.problems import Problem

TRIED_MOMENTS = 3
TRIED_MARKETS = 3
MOST_NAMED = 3


def breaches(policies: PolicySet, given: Given) -> Iterator[Problem]:
    for policy in policies.policies:
        held = worlds(policy, given.clusters)[:TRIED_MARKETS]
        for phase in policy.phases:
            tried = list(product(deciding_moments(policy, phase)[:TRIED_MOMENTS], held))
            deciding = [rule for rule in phase.rules if rule.then.decision]
            for at, rule in enumerate(deciding):
                yield from _hidden(rule, deciding[:at], tried)


def _hidden(rule: Rule, before: Sequence[Rule], tried: Sequence[tuple[Moment, World]]) -> Iterator[Problem]:
    """Tell of the rules before one that take a part of it, with a listing for the first of them."""
    found: dict[str, Situation] = {}
    for at, other in enumerate(before):
        if other.then.decision != rule.then.decision and len(found) < MOST_NAMED:
            shared = (_shared(other, rule, before[:at], *each) for each in tried)
            example = next(filter(None, shared), None)
            found |= {other.name: example} if example else {}
    if found:
        names, decide = " and ".join(f"`{name}`" for name in found), "decides" if len(found) == 1 else "decide"
        first, situation = next(iter(found.items()))
        hint = (
            f"`{first}` takes {situation.in_words()}; say in an `except` which gives way, or put the narrow one first"
        )
        yield rule.place.warning(f"the rule is hidden in part: {names} before it {decide} otherwise", hint)


def _shared(one: Rule, other: Rule, before: Sequence[Rule], moment: Moment, world: World) -> Situation | None:
    """Find a listing that both match, where the first does not lie within the other."""
    asked = reached(one.condition, before)
    within = _ruled_out([*asked, (other.condition, NOT_TRUE)], moment, world)
    both = [*asked, (other.condition, TRUE)]
    return None if within or _ruled_out(both, moment, world) else shown_by(both, moment, world)


def _ruled_out(asked: Asking, moment: Moment, world: World) -> bool:
    return impossible([(listed(condition, moment), truths) for condition, truths in asked], world)
