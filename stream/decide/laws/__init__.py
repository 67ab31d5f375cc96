"""Laws: what must hold for policies that could be read, and what should. One law a file, named as the law.

A policy set and the clusters of its model (None where there is no model to check against) go in, problems come out. A
breach of one of the LAWS is an error and stops the start; one of the COUNSELS is a warning, which only checking shows:
they take longer, and want to know the time and what cases reach.
"""

from collections.abc import Iterator

from stream.decide.laws import (
    every_currency_has_a_rate,
    every_name_is_given_once,
    every_phase_ends_after_it_begins,
    every_phase_has_its_own_beginning,
    every_phase_supersedes_an_earlier_one,
    every_policy_has_few_patterns,
    every_rule_can_be_reached,
    every_rule_is_reached_by_a_case,
    every_rule_names_a_known_cluster,
    every_threshold_has_a_rate_every_day,
    no_phase_outlives_its_rates,
    no_rate_jumps,
    phases_leave_no_gap,
    policies_do_not_contradict_each_other,
    rules_that_disagree_do_not_overlap,
)
from stream.decide.laws.given import Given
from stream.decide.policy import PolicySet
from stream.problems import Problem

LAWS = (
    every_name_is_given_once,
    every_phase_ends_after_it_begins,
    every_phase_has_its_own_beginning,
    every_phase_supersedes_an_earlier_one,
    every_rule_names_a_known_cluster,
    every_currency_has_a_rate,
    every_policy_has_few_patterns,
    every_rule_can_be_reached,
)
COUNSELS = (
    rules_that_disagree_do_not_overlap,
    policies_do_not_contradict_each_other,
    phases_leave_no_gap,
    every_threshold_has_a_rate_every_day,
    no_rate_jumps,
    no_phase_outlives_its_rates,
    every_rule_is_reached_by_a_case,
)


def problems_of(policies: PolicySet, clusters: tuple[str, ...] | None) -> Iterator[Problem]:
    """Give every breach of every law."""
    for law in LAWS:
        yield from law.breaches(policies, clusters)


def warnings_of(policies: PolicySet, given: Given) -> Iterator[Problem]:
    """Give what is doubtful in policies that break no law."""
    for counsel in COUNSELS:
        yield from dict.fromkeys(counsel.breaches(policies, given))
