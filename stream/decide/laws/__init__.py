"""Laws: what must hold for policies that could be read. One law a file, named as the law.

A policy set and the clusters of its model (None where there is no model to check against) go in, problems come out.
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
    every_rule_names_a_known_cluster,
)
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


def problems_of(policies: PolicySet, clusters: tuple[str, ...] | None) -> Iterator[Problem]:
    """Give every breach of every law."""
    for law in LAWS:
        yield from law.breaches(policies, clusters)
