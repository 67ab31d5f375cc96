"""No rate that a phase compares money by differs from the one before it by more than a tenth.

Such a jump is mostly a slip. Every currency of the table counts, since prices come in all of them.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from stream.decide.laws.given import Given
from stream.decide.local_time import said_at
from stream.decide.money import DatedRate
from stream.decide.policy import PolicySet
from stream.decide.thresholds import Threshold, thresholds
from stream.problems import Problem

LARGEST_CHANGE = Fraction(1, 10)


def breaches(policies: PolicySet, _: Given) -> Iterator[Problem]:
    told = set()
    for threshold in thresholds(policies):
        for problem in _jumps(threshold):
            jump = threshold.policy.name, problem.message
            if jump not in told:  # once, though several phases and currencies compare by it
                told.add(jump)
                yield problem


def _jumps(threshold: Threshold) -> Iterator[Problem]:
    for currency, rates in sorted(threshold.table.rates.items()):
        for before, after in pairwise(rates):
            change = after.worth / before.worth - 1
            if abs(change) > LARGEST_CHANGE and _matters(threshold, before, after):
                by = f"{float(change * 100):+.1f} %, {_shown(threshold, before)}, {_shown(threshold, after)}"
                message = f"the rate of `{currency}` in the table `{threshold.table.name}` jumps by {by}"
                yield threshold.place.warning(message, "check the decimal point, and the column `units`")


def _matters(threshold: Threshold, before: DatedRate, after: DatedRate) -> bool:
    """Tell whether the phase is in force while either rate holds."""
    since, until = threshold.span.since, threshold.span.until
    return since < after.until and (until is None or before.since < until)


def _shown(threshold: Threshold, rate: DatedRate) -> str:
    return f"{float(rate.worth):g} on {said_at(rate.since, threshold.policy.zone)}"
