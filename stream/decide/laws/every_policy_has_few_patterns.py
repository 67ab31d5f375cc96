"""A policy has at most 500 different patterns: each keeps up to a quarter of a megabyte of what it has seen."""

from collections.abc import Iterator

from stream.decide.asks import HasMatch, Matches, PathMatches
from stream.decide.conditions import asks_in
from stream.decide.policy import PolicySet
from stream.problems import Problem

MAX_PATTERNS = 500


def breaches(policies: PolicySet, _: tuple[str, ...] | None) -> Iterator[Problem]:
    for policy in policies.policies:
        rules = (rule for phase in policy.phases for rule in phase.rules)
        questions = (ask.question for rule in rules for ask in asks_in(rule.condition))
        held = [each.values for each in questions if isinstance(each, Matches | PathMatches | HasMatch)]
        found = len(frozenset().union(*held))
        if found > MAX_PATTERNS:
            message = f"the policy has {found} different patterns, at most {MAX_PATTERNS} are taken"
            yield policy.place.problem(message, "join patterns with `|`, or name plain values in a list")
