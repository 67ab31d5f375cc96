"""The measure of a diff: every command that it times runs, and one that fails is no measurement."""

import pytest

from benchmarks.diff import COMMANDS, cpu_seconds
from tests.changes.making import EVENTS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_runs_and_costs_something(name):
    assert cpu_seconds([part.replace("{}", str(EVENTS)) for part in COMMANDS[name]]) > 0


def test_a_command_that_fails_is_not_measured():
    with pytest.raises(RuntimeError, match="ended with exit code 2"):
        cpu_seconds(["policy", "diff", "nope", "nope", "--on", "nope"])
