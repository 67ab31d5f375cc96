"""Rules and local prices name only clusters that the model assigns; without a model there is nothing to hold it to."""

from collections.abc import Iterator

from stream.decide.condition_reader import SCORE
from stream.decide.conditions import Condition, asks_in
from stream.decide.policy import Policy, PolicySet
from stream.problems import Problem, did_you_mean


def breaches(policies: PolicySet, clusters: tuple[str, ...] | None) -> Iterator[Problem]:
    if clusters is None:
        return
    known = ", ".join(f"`{cluster}`" for cluster in clusters)
    conditions = (condition for policy in policies.policies for condition in _conditions(policy))
    asks = (ask for condition in conditions for ask in asks_in(condition) if ask.fact.name in ("cluster", SCORE))
    for word in (word for ask in asks for word in ask.words if word.text not in clusters):
        near = did_you_mean(word.text, clusters)
        yield word.place.problem(f"unknown cluster `{word.text}`{near}", f"the model assigns {known}")


def _conditions(policy: Policy) -> Iterator[Condition]:
    yield from (rule.condition for phase in policy.phases for rule in phase.rules)
    if policy.local_prices:
        yield policy.local_prices.condition
