"""`keran policy test` as its users meet it: exit codes, all problems at once, a cases file named by itself."""

import shutil

import pytest

from tests.conftest import ROOT
from tests.test_cli import keran


@pytest.fixture
def folder(tmp_path):
    """A folder with the shipped AKAR and its cases."""
    for name in ("id-akar.yaml", "id-akar.cases.yaml"):
        shutil.copy(ROOT / "policies" / name, tmp_path)
    return tmp_path


@pytest.mark.parametrize("paths", [(), ("policies/examples",), ("policies/id-akar.cases.yaml",)])
def test_what_ships_passes(paths):
    """By default the live policies' cases; else those of the files and folders named, by either file's name."""
    run = keran("policy", "test", *paths)
    assert (run.returncode, run.stderr) == (0, b"")
    assert b"failed: 0" in run.stdout.splitlines()[-1]


def test_a_case_that_fails_exits_with_1(folder):
    """The answer is no: the difference is shown with its file and line."""
    cases = folder / "id-akar.cases.yaml"
    cases.write_text(
        cases.read_text().replace("{decision: block, review: false,", "{decision: allow, review: false,", 1)
    )
    run = keran("policy", "test", str(folder))
    assert run.returncode == 1
    assert "expected decision `allow`, got `block`" in run.stdout.decode()
    assert (
        f"--> {cases}:6, case `a dress from a cross-border seller is closed`, `expect.decision`" in run.stdout.decode()
    )


def test_a_policy_without_cases_exits_with_1(folder):
    """Nothing tried is not a pass."""
    (folder / "id-akar.cases.yaml").unlink()
    assert keran("policy", "test", str(folder)).returncode == 1


def test_bad_setup_shows_every_problem_and_exits_with_2(folder):
    """Settings, another policy's mistakes, a cases file's own and one without a policy, in one go."""
    (folder / "id-akar.cases.yaml").write_text("- name: one\n  as_off: 2021-09-01\n  expect: {decision: block}\n")
    (folder / "gone.cases.yaml").write_text("[]")
    (folder / "broken.yaml").write_text("policy: broken\nversion: 1\nmarket: ID\ntimezone: Asia/Jakarta\nphases: []\n")
    run = keran("policy", "test", str(folder), KERAN_RUN_ROWS="many")
    shown = run.stderr.decode()
    assert (run.returncode, run.stdout) == (2, b"")
    assert "Traceback" not in shown
    for problem in (
        "`KERAN_RUN_ROWS`",
        "expected a list of phases",
        "unknown field `as_off`, did you mean `as_of`?",
        "cases without a policy",
    ):
        assert problem in shown


def test_cases_are_no_policies(folder):
    """A folder's policies load as before, with cases beside them."""
    run = keran("policy", "check", str(folder))
    assert (run.returncode, run.stdout) == (0, b"1 policy, no problems\n")
