"""The benchmark of deciding measures two ways to the same decisions."""

import json

from typer.testing import CliRunner

from benchmarks import deciding
from benchmarks.deciding import Costs, Load, rule_after_rule, rulings
from benchmarks.ten_policies import classified, listing_events, ten_policies


def test_both_ways_decide_alike():
    """Asking rule after rule and asking all at once give the same decision by the same rules, event by event."""
    policies, load = ten_policies(), Load(listing_events(300, 5), classified(300, 5))
    found = [
        (ruling.decision, [(reason["policy"], reason["rule"]) for reason in ruling.reasons])
        for ruling in rulings(policies, load)
    ]
    assert found == [tuple(matched) for matched in rule_after_rule(policies, load)]
    assert {decision for decision, _ in found} == {"allow", "block"}


def test_the_exit_code_holds_the_ratio(monkeypatch, tmp_path):
    """Deciding that is not so many times as quick as asking rule after rule fails the benchmark, figures written."""
    for naive, code in ((deciding.FEWEST_TIMES * 2 + 1, 0), (deciding.FEWEST_TIMES * 2 - 1, 1)):
        monkeypatch.setattr(deciding, "measure", lambda batches, naive=naive: Costs(20.0, 2.0, 1.9, 1.5, naive))
        ran = CliRunner().invoke(deciding.app, ["--output", str(tmp_path / "deciding.json")])
        assert (ran.exit_code, "error: expected at least" in ran.output) == (code, bool(code))
        assert json.loads((tmp_path / "deciding.json").read_text())["microseconds"]["naive"] == naive


def test_it_measures():
    """A small run gives figures for every way."""
    assert min(deciding.measure(batches=1, warming=1, rows=20)) > 0
