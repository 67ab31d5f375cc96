"""A phase's `until` is later than its `effective`."""

from collections.abc import Iterator

from stream.decide.policy import PolicySet
from stream.problems import Problem


def breaches(policies: PolicySet, _: tuple[str, ...] | None) -> Iterator[Problem]:
    for phase in (phase for policy in policies.policies for phase in policy.phases):
        if phase.until is not None and phase.until <= phase.effective:
            yield phase.place.problem("the phase ends before it begins", "`until` must be later than `effective`")
