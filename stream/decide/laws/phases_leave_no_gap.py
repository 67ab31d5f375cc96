"""Between two phases of a policy something is in force: `until` does not end one before the next begins."""

from collections.abc import Iterator
from itertools import pairwise

from stream.decide.laws.given import Given
from stream.decide.local_time import said_at
from stream.decide.policy import PolicySet
from stream.decide.spans import spans
from stream.problems import Problem


def breaches(policies: PolicySet, _: Given) -> Iterator[Problem]:
    for policy in policies.policies:
        turns = [(span.phase, span.since) for span in spans(policy)]
        for ((before, _since), (phase, since)), (after, until) in zip(pairwise(turns), turns[2:], strict=False):
            if phase is None and before and after:
                gap = f"from {said_at(since, policy.zone)} until {said_at(until, policy.zone)}"
                message = f"nothing is in force {gap}, when the phase `{after.name}` begins"
                yield before.place.warning(message, "leave out `until`, or say it is meant by a phase with `rules: []`")
