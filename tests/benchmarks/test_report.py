"""Figures come from the runs: medians of rates, ratios of medians, and a word for each ratio that does not hold."""

import pytest

from benchmarks.contest import Run
from benchmarks.report import broken, ratios_of, rows_of


def run(contender: str, events: int, cpu: float, wall: float) -> Run:
    return Run(contender, events, cpu, wall, {"e-1": "allow"})


RUNS = [
    run("keran-worker", 90_000, 3.0, 6.0),
    run("faust-textbook", 1_000, 1.0, 2.0),
    run("faust-take", 6_000, 1.5, 2.0),
    run("keran-worker", 90_000, 2.0, 4.0),
    run("faust-textbook", 1_000, 2.0, 4.0),
    run("faust-take", 6_000, 1.0, 2.0),
    run("keran-worker", 90_000, 1.0, 5.0),
    run("faust-textbook", 1_000, 1.0, 1.0),
    run("faust-take", 6_000, 2.0, 2.0),
]


def test_a_row_holds_the_medians_of_its_runs_rates():
    assert rows_of(RUNS) == [
        {
            "contender": "keran-worker",
            "events_per_cpu_second": 45_000.0,
            "events_per_second": 18_000.0,
            "n": 90_000,
            "runs": 3,
        },
        {
            "contender": "faust-textbook",
            "events_per_cpu_second": 1_000.0,
            "events_per_second": 500.0,
            "n": 1_000,
            "runs": 3,
        },
        {
            "contender": "faust-take",
            "events_per_cpu_second": 4_000.0,
            "events_per_second": 3_000.0,
            "n": 6_000,
            "runs": 3,
        },
    ]


def test_ratios_are_of_measured_events_per_cpu_second():
    assert ratios_of(rows_of(RUNS)) == {"faust-textbook": 45.0, "faust-take": 11.25}


def test_a_ratio_that_must_hold_and_does_not_is_told_with_both_figures():
    assert broken({"faust-textbook": 20.0, "faust-take": 5.0}) == []
    (told,) = broken({"faust-textbook": 19.9, "faust-take": 5.0})
    assert "19.9" in told
    assert "`faust-textbook`" in told
    assert "expected 20" in told


def test_a_ratio_that_must_hold_and_was_not_measured_is_an_error():
    with pytest.raises(KeyError):
        broken({"faust-textbook": 30.0})
