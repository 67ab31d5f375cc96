"""Policies of other countries, invented, each with cases: what docs/policy.md explains is enough to write them.

`elsewhere/NAME.yaml` is a policy and `elsewhere/NAME.cases.yaml` what it is meant to decide; no Python is needed to add one.
"""

from pathlib import Path

import pytest

from stream.cases.load_cases import load_cases
from stream.cases.run import reached_rules, run_cases
from stream.decide.load import load_policies
from tests.decide.making import CLUSTERS

POLICIES = load_policies(Path(__file__).parent / "elsewhere", CLUSTERS).policies
CASES = [(policy, case) for policy in POLICIES for case in load_cases(policy, CLUSTERS)]


@pytest.mark.parametrize(("policy", "case"), CASES, ids=[f"{policy.name}: {case.name}" for policy, case in CASES])
def test_case(policy, case, pipeline):
    """The policy decides as its case says, in every part that the case names."""
    (ran,) = run_cases(policy, [case], pipeline.model)
    assert ran.differences == []


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_every_rule_is_in_a_case(policy, pipeline):
    """No rule of these policies is there unseen."""
    rules = {(phase.name, rule.name) for phase in policy.phases for rule in phase.rules}
    assert reached_rules(policy, load_cases(policy, CLUSTERS), pipeline.model) == rules
