"""No rule stands behind one that always matches and decides."""

from collections.abc import Iterator

from stream.decide.conditions import Every
from stream.decide.policy import PolicySet
from stream.problems import Problem


def breaches(policies: PolicySet, _: tuple[str, ...] | None) -> Iterator[Problem]:
    for phase in (phase for policy in policies.policies for phase in policy.phases):
        ends = [at for at, rule in enumerate(phase.rules) if rule.condition == Every(()) and rule.then.decision]
        for rule in phase.rules[ends[0] + 1 :] if ends else ():
            message = f"the rule is never reached: `{phase.rules[ends[0]].name}` before it always decides"
            yield rule.place.problem(message, "move it up, or narrow the one before it")
