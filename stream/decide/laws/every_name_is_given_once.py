"""Policies, the phases of a policy and the rules of a phase have names of their own, so that an id means one thing."""

from collections.abc import Iterable, Iterator

from stream.decide.policy import Phase, Policy, PolicySet
from stream.decide.rules import Rule
from stream.problems import Problem


def breaches(policies: PolicySet, _: tuple[str, ...] | None) -> Iterator[Problem]:
    yield from _repeated("policy", policies.policies)
    for policy in policies.policies:
        yield from _repeated("phase", policy.phases)
        for phase in policy.phases:
            yield from _repeated("rule", phase.rules)


def _repeated(what: str, named: Iterable[Policy | Phase | Rule]) -> Iterator[Problem]:
    first: dict[str, Policy | Phase | Rule] = {}
    for each in named:
        before = first.setdefault(each.name, each)
        if before is not each:
            where = f"{before.place.file}:{before.place.line}" if before.place.line else before.place.file
            yield each.place.problem(
                f"the {what} `{each.name}` is given twice, first in {where}", "give each a name of its own"
            )
