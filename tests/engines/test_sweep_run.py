"""When a scheduled sweep runs: at the second at which another phase binds, said by name."""

import subprocess
import sys

import pytest

from stream.contract.instant import parse_instant
from stream.engines.sweep_run import _default_name, _in_force, _next_phase
from stream.problems import BadSetup
from tests.conftest import ROOT

BEGINS = parse_instant("2021-08-02T17:00:00Z")


def test_the_next_phase_is_where_another_one_binds(pipeline, capsys):
    """Also one that is published in that very second."""
    found = _next_phase(pipeline.policies, parse_instant("2021-08-01T00:00:00Z"))
    assert found == BEGINS
    assert capsys.readouterr().err == "phase `2021-08` of policy `id-akar` starts at 2021-08-02T17:00:00Z\n"


def test_no_next_phase_is_bad_setup(pipeline):
    with pytest.raises(BadSetup, match="no phase of a live policy is known to start or end"):
        _next_phase(pipeline.policies, BEGINS)


def test_each_phase_has_a_sweep_of_its_own_name(pipeline):
    """A run again goes on; the next phase, or another pair, is another sweep."""
    before, after = (_in_force(pipeline.policies, at) for at in (parse_instant("2021-08-01T00:00:00Z"), BEGINS))
    assert before == []
    assert _default_name("f" * 16, before) != _default_name("f" * 16, after) == f"{'f' * 16}-2021-08"


def test_a_sweep_needs_the_catalogue_extra():
    """A worker's machine has no Arrow: it is told what to install, beside whatever else is wrong."""
    without = "import sys; sys.modules['pyarrow'] = None; from stream.cli import main; main()"
    run = subprocess.run(
        [sys.executable, "-c", without, "sweep", "--name", "a b"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == (
        "error: expected a name of letters, digits, `.`, `_` and `-`, got `a b`\n"
        "  --> command line, `--name`\n  hint: such as `phase-2`\n\n"
        "error: `keran sweep` needs pyarrow\n  --> this environment\n  hint: pip install 'keran[catalogue]'\n"
    )
