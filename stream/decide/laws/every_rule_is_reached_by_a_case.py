"""Every rule matches in at least one of the cases that lie beside its policy."""

from collections.abc import Iterator
from pathlib import Path

from stream.decide.files import cases_file
from stream.decide.laws.given import Given
from stream.decide.policy import Policy, PolicySet
from stream.problems import Problem


def breaches(policies: PolicySet, given: Given) -> Iterator[Problem]:
    for policy in policies.policies if given.reached is not None else ():
        file = cases_file(Path(policy.place.file)).name
        if policy.place.file not in given.reached:
            yield policy.place.warning("no case shows what the policy decides", f"write some beside it, in `{file}`")
            continue
        reached = given.reached[policy.place.file]
        yield from _unreached(policy, reached, f"add one to `{file}`")


def _unreached(policy: Policy, reached: frozenset[tuple[str, str]], hint: str) -> Iterator[Problem]:
    for phase in policy.phases:
        for rule in phase.rules:
            if (phase.name, rule.name) not in reached:
                yield rule.place.warning(f"no case reaches the rule in the phase `{phase.name}`", hint)
