"""docs/training.md: every command in it runs and ends as the page says, and its tables are complete."""

import re
import shlex
from typing import get_args

import pytest

from tests.conftest import ROOT
from tests.test_cli import keran
from training.row_files import COLUMNS, Reason

PAGE = (ROOT / "docs/training.md").read_text(encoding="utf-8")


@pytest.mark.timeout(900)
def test_every_command_runs_and_ends_as_the_page_says(tmp_path):
    """In their order, as written but for where files go; a block marked so exits with 1."""
    (gates,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "gates.yaml").write_text(gates)
    commands = re.findall(r"(<!-- exits with 1 -->\n)?^    (keran .+)$", PAGE, re.MULTILINE)
    assert len(commands) == 8
    for refused, command in commands:
        run = keran(*shlex.split(command.replace("build/", f"{tmp_path}/"))[1:])
        assert run.returncode == (1 if refused else 0), f"{command}\n{run.stderr.decode()}"
        assert b"gate `all-macro-f1` refuses `first-try#" in run.stderr or not refused
    assert (tmp_path / "shelf/second-try/card.md").exists()


def test_the_tables_name_every_column_and_every_reason():
    first = re.findall(r"^\| ([^|]+) \|", PAGE, re.MULTILINE)
    named = {name for cell in first for name in re.findall(r"`([^`]+)`", cell)}
    assert set(COLUMNS) <= named
    assert set(get_args(Reason)) <= named


def test_every_link_leads_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
