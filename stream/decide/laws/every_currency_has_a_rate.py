"""A currency that money is compared in has a rate in the table it is compared with, on one day at least."""

from collections.abc import Iterator

from stream.decide.asks import IsFarBelow, IsPriced
from stream.decide.conditions import Ask, asks_in
from stream.decide.policy import Policy, PolicySet
from stream.problems import Problem


def breaches(policies: PolicySet, _: tuple[str, ...] | None) -> Iterator[Problem]:
    for policy in policies.policies:
        conditions = (rule.condition for phase in policy.phases for rule in phase.rules)
        for ask in (ask for condition in conditions for ask in asks_in(condition)):
            if isinstance(ask.question, IsPriced):
                yield from _breach(ask)
        yield from _of_local_prices(policy)


def _of_local_prices(policy: Policy) -> Iterator[Problem]:
    """Tell it once: all prices of a table are in one currency."""
    asks = asks_in(policy.local_prices.condition) if policy.local_prices else ()
    first = next((ask for ask in asks if isinstance(ask.question, IsFarBelow)), None)
    yield from _breach(first) if first else ()


def _breach(ask: Ask) -> Iterator[Problem]:
    table, currency = ask.question.table, ask.question.currency
    quoted = {table.base, *table.rates} if table else {currency}
    if currency not in quoted:
        message = f"no rate for `{currency}` in the table `{table.name}`"
        yield ask.words[0].place.problem(message, f"the table quotes {', '.join(f'`{c}`' for c in sorted(quoted))}")
