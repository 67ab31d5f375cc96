"""Every refusal of a cases file, word for word: `golden/NAME.yaml` beside `golden/NAME.txt`.

To add one, write the cases; no Python is needed. `GOLDEN=write` writes the texts that are missing.
"""

import os
from pathlib import Path

import pytest

from stream.cases.load_cases import find_orphans, load_cases
from stream.cases.read_cases import Scope, read_cases
from stream.decide.load import load_policies
from stream.problems import BadSetup
from tests.decide.making import CLUSTERS
from tests.decide.test_refusals import calls_that_refuse, lines_that_refuse

GOLDEN = Path(__file__).parent / "golden"
WRITTEN = sorted(path for path in GOLDEN.glob("*.yaml") if path.stem != "policy")


@pytest.fixture
def held(monkeypatch):
    monkeypatch.chdir(GOLDEN)
    return load_policies(Path("policy.yaml"), CLUSTERS).policies[0]


def refusal(path: Path, held) -> str:
    problems = []
    read_cases(path.read_text(), path.name, Scope(held, CLUSTERS), problems)
    return "\n".join(map(str, problems)) + "\n"


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)
def test_refusal(path, held):
    """The problems of a cases file are told in these words, all at once."""
    expected, found = path.with_suffix(".txt"), refusal(path, held)
    if os.environ.get("GOLDEN") == "write" and not expected.exists():
        expected.write_text(found)
    assert found == expected.read_text()


def test_every_refusal_has_an_example(held, monkeypatch):
    """No line here refuses anything that the examples above do not show."""
    reached = lines_that_refuse(monkeypatch)
    for path in WRITTEN:
        refusal(path, held)
    read = ("read_cases.py", "event_parts.py", "given_scores.py", "expectations.py")
    calls = [call for call in calls_that_refuse(Path(__file__).parents[2] / "stream/cases") if call[0].endswith(read)]
    assert len(calls) > 15
    assert [call for call in calls if not any((call[0], at) in reached for at in range(call[1], call[2] + 1))] == []


def test_cases_that_cannot_be_read_as_text(tmp_path):
    """A file that is not UTF-8 is told by name, and nothing is read of it."""
    (tmp_path / "p.yaml").write_text((GOLDEN / "policy.yaml").read_text())
    (tmp_path / "p.cases.yaml").write_bytes(b"- name: caf\xe9\n")
    (policy,) = load_policies(tmp_path, CLUSTERS).policies
    with pytest.raises(BadSetup, match=r"`p\.cases\.yaml` is not UTF-8 at byte 11"):
        load_cases(policy, CLUSTERS)


def test_cases_without_a_policy_are_told(tmp_path):
    """A cases file whose policy was renamed must not be passed over in silence."""
    (tmp_path / "old-name.cases.yaml").write_text("[]")
    (problem,) = find_orphans([tmp_path])
    assert (problem.message, problem.hint) == ("cases without a policy", "there is no `old-name.yaml` beside it")
