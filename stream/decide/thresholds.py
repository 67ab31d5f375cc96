"""Thresholds in money: the rate tables that a phase compares with, and while the phase is in force.

Policies come in, each threshold's table, currency and time out; what is wrong with them the laws know.
"""

from collections.abc import Iterator
from typing import NamedTuple

from stream.decide.asks import IsFarBelow, IsPriced
from stream.decide.conditions import asks_in
from stream.decide.money import DatedRate, RateTable
from stream.decide.policy import Policy, PolicySet
from stream.decide.spans import InForceSpan, spans
from stream.decide.yaml_nodes import Place


class Threshold(NamedTuple):
    """A currency in which a phase compares money by a table, in rules or local prices; `place` is the first of them."""

    policy: Policy
    span: InForceSpan
    table: RateTable
    currency: str
    place: Place

    @property
    def rates(self) -> tuple[DatedRate, ...]:
        """The currency's rates, oldest first; for the table's own base, which has none, those of all currencies."""
        of_all = (rate for rates in self.table.rates.values() for rate in rates)
        return self.table.rates.get(self.currency) or tuple(sorted(of_all))


def thresholds(policies: PolicySet) -> Iterator[Threshold]:
    """Give every table and currency that a phase in force compares money in, once a phase."""
    for policy in policies.policies:
        for span in (span for span in spans(policy) if span.phase):
            asks = (ask for each in policy.asked_in(span.phase) for ask in asks_in(each))
            first: dict[tuple[str, str], Threshold] = {}
            for question, place in ((ask.question, ask.words[0].place) for ask in asks if ask.words):
                if isinstance(question, IsPriced | IsFarBelow) and question.table:
                    table, currency = question.table, question.currency
                    first.setdefault((table.name, currency), Threshold(policy, span, table, currency, place))
            yield from first.values()
