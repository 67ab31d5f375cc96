"""Policies of other countries, invented, each with cases: what docs/policy.md explains is enough to write them.

`elsewhere/NAME.yaml` is a policy and `elsewhere/NAME.cases.yaml` what it is meant to decide; no Python is needed to add one.
"""

from pathlib import Path

import pytest
import yaml

from stream.contract.instant import parse_instant
from stream.decide.load import load_policies
from tests.decide.making import CLUSTERS, classified, event, fired, ruling

FOLDER = Path(__file__).parent / "elsewhere"
CASES = [
    pytest.param(path.with_suffix("").with_suffix(".yaml"), case, id=f"{path.name.partition('.')[0]}: {case['name']}")
    for path in sorted(FOLDER.glob("*.cases.yaml"))
    for case in yaml.safe_load(path.read_text())
]
ALL_OTHER = {"scores": {"other": 1}}


def said(paths):
    """Give an event by its dotted paths."""
    parts = {"market": paths["market"]}
    for path, value in paths.items():
        owner, _, name = path.partition(".")
        if name:
            parts.setdefault(owner, {})[name] = value
    return event(**parts)


def time(case, name):
    """Read a time of a case; YAML has made of it what it makes of times."""
    return parse_instant(case[name].isoformat()) if name in case else None


def annotated(found):
    return {a["name"]: f"{a['percent']}%" if "percent" in a else f"{a['amount']} {a['currency']}" for a in found}


@pytest.mark.parametrize(("file", "case"), CASES)
def test_case(file, case):
    """The policy decides as its case says, in every part that the case names."""
    scored = case.get("classification", ALL_OTHER)
    given = classified(scored["scores"], abstained=scored.get("abstained", False))
    held = load_policies(file, CLUSTERS)
    found = ruling(held, said(case["event"]), given, time(case, "as_of"), time(case, "as_known_on"))
    parts = {"decision": found.decision, "review": found.review, "rules": fired(found), "advice": list(found.advice)}
    parts |= {"evidence": list(found.evidence), "annotations": annotated(found.annotations)}
    assert {name: parts[name] for name in case["expect"]} == case["expect"]


def test_every_policy_has_cases_and_every_rule_is_in_one():
    """No rule of these policies is there unseen."""
    for file in sorted(path for path in FOLDER.glob("*.yaml") if ".cases" not in path.name):
        (held,) = load_policies(file, CLUSTERS).policies
        rules = {rule.name for phase in held.phases for rule in phase.rules}
        seen = {
            name for param in CASES if param.values[0] == file for name in param.values[1]["expect"].get("rules", ())
        }
        assert rules == seen
