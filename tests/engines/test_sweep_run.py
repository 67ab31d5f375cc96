"""When a scheduled sweep runs: at the second at which another phase binds, said by name."""

import pytest

from stream.contract.instant import parse_instant
from stream.engines.sweep_run import _default_name, _in_force, _next_phase
from stream.problems import BadSetup

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
