"""Thresholds in money: the rate tables that the rules of a phase compare with, and while the phase is in force.

Policies come in, each threshold's table, currency and time out; what is wrong with them the laws know.
"""

from collections.abc import Iterator
from typing import NamedTuple

from stream.decide.asks import IsPriced
from stream.decide.conditions import asks_in
from stream.decide.money import DatedRate, RateTable
from stream.decide.policy import Policy, PolicySet
from stream.decide.spans import InForceSpan, spans
from stream.decide.yaml_nodes import Place


class Threshold(NamedTuple):
    """A currency in which a phase's rules compare money by a table; `place` is where the first of them does."""

    policy: Policy
    span: InForceSpan
    table: RateTable
    currency: str
    place: Place

    @property
    def rates(self) -> tuple[DatedRate, ...]:
        """The currency's rates, oldest first; none where it is the table's own base."""
        return self.table.rates.get(self.currency, ())


def thresholds(policies: PolicySet) -> Iterator[Threshold]:
    """Give every table and currency that a phase in force compares money in, once a phase."""
    for policy in policies.policies:
        for span in (span for span in spans(policy) if span.phase):
            seen = set()
            for ask in (ask for rule in span.phase.rules for ask in asks_in(rule.condition)):
                asked = ask.question
                if isinstance(asked, IsPriced) and asked.table and (asked.table.name, asked.currency) not in seen:
                    seen.add((asked.table.name, asked.currency))
                    yield Threshold(policy, span, asked.table, asked.currency, ask.words[0].place)
