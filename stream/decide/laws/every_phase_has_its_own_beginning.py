"""No two phases of a policy take effect and are published at the same moments: nothing would tell which is in force."""

from collections.abc import Iterator

from stream.decide.policy import PolicySet
from stream.problems import Problem


def breaches(policies: PolicySet, _: tuple[str, ...] | None) -> Iterator[Problem]:
    for policy in policies.policies:
        first: dict[tuple[int, int], str] = {}
        for phase in policy.phases:
            other = first.setdefault((phase.effective, phase.published), phase.name)
            if other != phase.name:
                hint = "the one published later is in force; give each its own `published`"
                yield phase.place.problem(f"the phase takes effect together with the phase `{other}`", hint)
