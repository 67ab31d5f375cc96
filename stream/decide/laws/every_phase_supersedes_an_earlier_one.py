"""A phase supersedes only phases of its policy that were published before it, so never itself, nor in a circle."""

from collections.abc import Iterator

from stream.decide.policy import Phase, Policy, PolicySet
from stream.decide.yaml_nodes import Scalar
from stream.problems import Problem, did_you_mean


def breaches(policies: PolicySet, _: tuple[str, ...] | None) -> Iterator[Problem]:
    for policy in policies.policies:
        for phase in policy.phases:
            for word in phase.supersedes:
                yield from _breach(policy, phase, word)


def _breach(policy: Policy, phase: Phase, word: Scalar) -> Iterator[Problem]:
    others = {other.name: other for other in policy.phases}
    other = others.get(word.text)
    if other is None:
        names = ", ".join(f"`{name}`" for name in others if name != phase.name) or "no other"
        near = did_you_mean(word.text, others)
        yield word.place.problem(f"unknown phase `{word.text}`{near}", f"the policy has {names}")
    elif other is phase:
        yield word.place.problem("the phase supersedes itself", "name the phase that it replaces")
    elif other.published >= phase.published:
        message = f"the phase supersedes `{other.name}`, which is not published before it"
        yield word.place.problem(message, "give each its own `published`; the later one supersedes the earlier one")
