"""The policies that ship: AKAR alone is live, and every one is cited, marked as unverified and tried by cases."""

from pathlib import Path

import pytest

from stream.cases.load_cases import load_cases
from stream.cases.run import reached_rules, run_cases
from stream.decide.load import load_policies
from stream.decide.policy import Policy
from tests.conftest import ROOT

SHIPPED = load_policies([ROOT / "policies", ROOT / "policies/examples"], None).policies
by_name = pytest.mark.parametrize("policy", SHIPPED, ids=lambda policy: policy.name)


def test_what_is_live_by_default_is_akar_alone(pipeline):
    """What lies in the folder is live, what lies below it is not."""
    assert [policy.name for policy in pipeline.policies.policies] == ["id-akar"]
    assert [policy.name for policy in SHIPPED] == ["id-akar", "id-shopee", "id-tiktok-shop", "id-tkdn"]


@by_name
def test_its_cases_pass_and_reach_every_rule(policy: Policy, pipeline):
    """Every rule matches in some case, and every case is decided as it expects."""
    cases = load_cases(policy, pipeline.model.clusters)
    assert [ran.case.name for ran in run_cases(policy, cases, pipeline.model) if ran.differences] == []
    rules = {(phase.name, rule.name) for phase in policy.phases for rule in phase.rules}
    assert reached_rules(policy, cases, pipeline.model) == rules


@by_name
def test_it_says_where_it_comes_from_and_that_nobody_verified_it(policy: Policy):
    """A reader of any of them is told that it is press, not law, and what each phase cites."""
    assert policy.document["note"].startswith("Unverified, from press reports, not legal advice.")
    assert all(len(phase.citation) > 20 for phase in policy.phases)
    assert all({"id", "en"} <= set(rule.text) for phase in policy.phases for rule in phase.rules)


def test_every_cases_file_belongs_to_a_policy_that_ships():
    """None is left over from a policy that was renamed."""
    files = {Path(policy.place.file).stem for policy in SHIPPED}
    assert {path.name.split(".")[0] for path in (ROOT / "policies").rglob("*.cases.yaml")} == files


def test_the_thirteen_categories_are_thirteen():
    """Shopee's announcement names 13 categories, and the list beside the policy holds as many."""
    (shopee,) = (policy for policy in SHIPPED if policy.name == "id-shopee")
    assert len(shopee.lists["closed-categories"].rows) == 13
