"""A currency that a phase compares money in has a rate on every day of the phase, up to the last day of its table.

Of the table's own base, which needs none, some other currency has.
"""

from collections.abc import Iterator

from stream.decide.laws.given import Given
from stream.decide.local_time import said_at
from stream.decide.policy import PolicySet
from stream.decide.thresholds import Threshold, thresholds
from stream.problems import Problem


def breaches(policies: PolicySet, _: Given) -> Iterator[Problem]:
    for threshold in thresholds(policies):
        gaps = list(_gaps(threshold))
        if gaps:
            since, until = (said_at(moment, threshold.policy.zone) for moment in gaps[0])
            more = ("", ", and once more")[len(gaps) > 1] if len(gaps) < 3 else f", and {len(gaps) - 1} times more"
            quoted = "" if threshold.currency == threshold.table.base else f" for `{threshold.currency}`"
            at = f"in the table `{threshold.table.name}` from {since} until {until}{more}"
            hint = "add the days that lack, or let a rate hold longer with `valid_for`"
            yield threshold.place.warning(f"no rate{quoted} {at}", hint)


def _gaps(threshold: Threshold) -> Iterator[tuple[int, int]]:
    """Give when no rate holds while the phase does, each from and until."""
    since, until = threshold.span.since, threshold.span.until
    for rate in threshold.rates:
        end = rate.since if until is None else min(rate.since, until)
        if since < end:
            yield since, end
        since = max(since, rate.until)
