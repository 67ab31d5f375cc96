"""Figures come from the runs: medians of rates, targets beside what was measured, and a word for each that is missed."""

import pytest

from benchmarks.contenders import CONTENDERS, KERAN
from benchmarks.contest import Run
from benchmarks.report import TARGETS, broken, rates_of, rows_of, targets_of, write_chart


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


REACHED = {
    "copy-limit": 500_000.0,
    "keran-worker": 100_000.0,
    "handwritten-confluent-sklearn": 20_000.0,
    "quix-sklearn": 4_000.0,
    "quix-keran-classifier": 60_000.0,
    "bytewax-sklearn": 10_000.0,
    "bytewax-keran-classifier": 50_000.0,
    "faust-textbook": 2_000.0,
    "faust-take": 20_000.0,
}


def test_every_target_names_contenders_that_there_are():
    assert {other for target in TARGETS for other in target.others} == {*CONTENDERS} - {KERAN}


def test_targets_that_are_just_reached_are_reached():
    assert broken(REACHED) == []


@pytest.mark.parametrize(
    ("other", "rate", "told"),
    [
        ("copy-limit", 600_000.0, "`keran-worker`: 0.167 of the copy limit, expected 0.2"),
        ("handwritten-confluent-sklearn", 25_000.0, "`keran-worker`: 4 times the handwritten loop, expected 5"),
        ("bytewax-sklearn", 20_000.0, "`keran-worker`: 5 times the best peer with its own pipeline, expected 10"),
        (
            "quix-keran-classifier",
            80_000.0,
            "`keran-worker`: 1.25 times the best peer given our classifier, expected 1.5",
        ),
        ("faust-textbook", 4_000.0, "`keran-worker`: 25 times textbook Faust, expected 50"),
        ("faust-take", 25_000.0, "`keran-worker`: 4 times Faust with `take`, expected 5"),
    ],
)
def test_a_target_that_is_missed_is_told_with_both_figures(other, rate, told):
    assert broken({**REACHED, other: rate}) == [told]


def test_a_slower_worker_misses_the_figure_of_its_own():
    assert "`keran-worker`: 99,000 events per CPU-second, expected 100,000" in broken({**REACHED, KERAN.name: 99_000.0})


def test_of_several_peers_the_best_counts_and_one_that_cannot_be_installed_may_be_missing():
    without = {name: rate for name, rate in REACHED.items() if name != "bytewax-sklearn"}
    assert broken(without) == []
    assert len(broken({**without, "quix-sklearn": 11_000.0})) == 1


def test_a_target_that_was_not_measured_is_an_error():
    without = {name: rate for name, rate in REACHED.items() if name != "faust-textbook"}
    with pytest.raises(KeyError):
        broken(without)


def test_the_table_has_a_line_a_target():
    assert targets_of(
        rates_of(rows_of([run(name, 1_000, 1_000 / rate, 1.0) for name, rate in REACHED.items()]))
    ).row_count == len(TARGETS)


def test_the_chart_names_every_contender(tmp_path):
    write_chart(rows_of(RUNS), tmp_path / "chart.svg")
    drawn = (tmp_path / "chart.svg").read_text()
    assert all(f"<!-- {name} -->" in drawn for name in ("keran-worker", "faust-textbook", "faust-take"))
