"""A currency that money is compared in has a rate in the table it is compared with, on one day at least."""

from collections.abc import Iterator

from stream.decide.asks import IsPriced
from stream.decide.conditions import asks_in
from stream.decide.policy import PolicySet
from stream.problems import Problem


def breaches(policies: PolicySet, _: tuple[str, ...] | None) -> Iterator[Problem]:
    rules = (rule for policy in policies.policies for phase in policy.phases for rule in phase.rules)
    for ask in (ask for rule in rules for ask in asks_in(rule.condition)):
        priced = ask.question
        if not isinstance(priced, IsPriced) or priced.table is None:
            continue
        quoted = {priced.table.base, *priced.table.rates}
        if priced.currency not in quoted:
            message = f"no rate for `{priced.currency}` in the table `{priced.table.name}`"
            yield ask.words[0].place.problem(message, f"the table quotes {', '.join(f'`{c}`' for c in sorted(quoted))}")
