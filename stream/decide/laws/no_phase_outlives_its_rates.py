"""A phase that compares money is not in force for longer than its rates.

A phase that ends may not go on past the table's last day; one without an end may not be in force today past it.
"""

from collections.abc import Iterator

from stream.decide.laws.given import Given
from stream.decide.local_time import said_at
from stream.decide.policy import PolicySet
from stream.decide.thresholds import Threshold, thresholds
from stream.problems import Problem


def breaches(policies: PolicySet, given: Given) -> Iterator[Problem]:
    for threshold in thresholds(policies):
        last, until = _last(threshold), threshold.span.until
        goes_on = given.as_of if until is None else until
        if last is not None and goes_on is not None and threshold.span.since < goes_on and last < goes_on:
            zone = threshold.policy.zone
            still = "is in force still" if until is None else f"goes on until {said_at(until, zone)}"
            message = (
                f"the rates of the table `{threshold.table.name}` end on {said_at(last, zone)}, and the phase {still}"
            )
            yield threshold.place.warning(message, "add newer rates; without them the comparison is unknown")


def _last(threshold: Threshold) -> int | None:
    """Give when the currency's last rate ends; for the table's own base, when the last of all does."""
    return max((rate.until for rate in threshold.rates), default=None)
