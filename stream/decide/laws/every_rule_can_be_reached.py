"""A rule can match, and is not hidden whole behind earlier rules of its phase that decide.

Told only where it is certain for every event, at every moment and with every list of the phase.
"""

from collections.abc import Iterator, Sequence

from stream.decide.asks import Moment
from stream.decide.conditions import Condition, Every
from stream.decide.implied import World, impossible, listed, worlds
from stream.decide.policy import PolicySet
from stream.decide.rules import Rule
from stream.decide.search import NOT_TRUE, TRUE
from stream.decide.spans import moments_of
from stream.problems import Problem


def breaches(policies: PolicySet, clusters: tuple[str, ...] | None) -> Iterator[Problem]:
    for policy in policies.policies:
        for phase in policy.phases:
            moments = moments_of(policy, phase)
            for at, rule in enumerate(phase.rules) if moments else ():
                yield from _hidden(rule, phase.rules[:at], moments, worlds(policy, clusters))


def _hidden(rule: Rule, before: Sequence[Rule], moments: Sequence[Moment], held: Sequence[World]) -> Iterator[Problem]:
    ends = [each for each in before if each.then.decision]
    if _reached(rule, ends, moments, held):
        return
    if not _reached(rule, [], moments, held):
        hint = "its parts exclude each other, or it asks for another market"
        yield rule.place.problem("the rule never matches: no listing can meet its condition", hint)
        return
    behind = _least(rule, ends, moments, held)
    names = " and ".join(f"`{each.name}`" for each in behind)
    decide = "decides" if len(behind) == 1 else "decide"
    always = behind[0].condition == Every(())
    whatever = f"always {decide}" if always else f"{decide} on all that it would match"
    hint = f"move it up, or narrow {'the one' if len(behind) == 1 else 'those'} before it"
    yield rule.place.problem(f"the rule is never reached: {names} before it {whatever}", hint)


def _least(rule: Rule, ends: Sequence[Rule], moments: Sequence[Moment], held: Sequence[World]) -> list[Rule]:
    """Give the first rule that hides it alone, else as few as do together: leave out each without which it stays so."""
    alone = next((each for each in ends if not _reached(rule, [each], moments, held)), None)
    if alone:
        return [alone]
    kept = list(ends)
    for each in ends:
        fewer = [other for other in kept if other is not each]
        kept = kept if _reached(rule, fewer, moments, held) else fewer
    return kept


def _reached(rule: Rule, ends: Sequence[Rule], moments: Sequence[Moment], held: Sequence[World]) -> bool:
    asked = (_asked(rule.condition, ends, moment) for moment in moments)
    return any(not impossible(each, world) for each in asked for world in held)


def _asked(condition: Condition, ends: Sequence[Rule], moment: Moment) -> list[tuple[Condition, int]]:
    passed = [(listed(each.condition, moment), NOT_TRUE) for each in ends]
    return [(listed(condition, moment), TRUE), *passed]
