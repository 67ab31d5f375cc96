"""`python -m benchmarks.classifiers`, tiny: whoever is installed learns the same rows and answers for all held-out ones."""

import json
import subprocess
import sys

import pytest

from benchmarks.classifier_report import MUST_HOLD, Classified, Trained, ahead, broken, rows_of
from benchmarks.classifiers import Learn, _splits
from benchmarks.learners import LEARNERS, OURS, TFIDF
from tests.conftest import ROOT
from training.read_rows import read_rows

ROWS = ROOT / "tests/training/labelled_rows.jsonl"


def test_a_quick_run_writes_a_row_a_contender_and_shows_caveats_first(tmp_path):
    output = tmp_path / "classifiers.json"
    command = [sys.executable, "-m", "benchmarks.classifiers", "--rows", str(ROWS), "--quick", "--output", str(output)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("Before the figures:")
    figures = json.loads(output.read_text())
    assert figures.keys() == {"machine", "rows"}
    names = [row["contender"] for row in figures["rows"]]
    assert {OURS.name, TFIDF.name} <= set(names) <= {learner.name for learner in LEARNERS}
    for row in figures["rows"]:
        assert row["n"] == len(read_rows([ROWS]).rows)
        assert row["titles_per_cpu_second"] > 0
        assert row["macro_f1"] == pytest.approx(sum(row["f1"].values()) / len(row["f1"]), abs=1e-4)


def test_rows_that_cannot_be_read_are_bad_setup(tmp_path):
    command = [sys.executable, "-m", "benchmarks.classifiers", "--rows", str(tmp_path / "none.jsonl"), "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")


def test_no_source_is_both_learnt_and_measured_and_every_row_is_measured_once():
    rows = read_rows([ROWS]).rows
    folds = _splits(rows, Learn.ROWS, 5)
    for fold in folds:
        assert not {rows[i].source for i in fold.train} & {rows[i].source for i in fold.test}
    assert sorted(i for fold in folds for i in fold.test) == list(range(len(rows)))


def test_what_is_learnt_from_the_corpus_alone_is_measured_on_every_row():
    rows = read_rows([ROWS]).rows
    (fold,) = _splits(rows, Learn.CORPUS, 5)
    assert (len(fold.train), fold.test.tolist()) == (0, list(range(len(rows))))


def test_figures_are_medians_over_runs_through_all_folds_and_the_mean_of_the_clusters_f1():
    trained = [Trained(OURS.name, 10, 1.0), Trained(OURS.name, 10, 5.0), Trained(OURS.name, 10, 2.0)]
    folds = [(0, 10, 1.0), (0, 30, 1.0), (1, 10, 0.1), (1, 30, 0.1), (2, 10, 1.0), (2, 30, 3.0)]
    classified = [Classified(OURS.name, *fold) for fold in folds]
    answers = {OURS.name: (["x", "x", "y", "y"], ["x", "x", "x", "y"])}
    (row,) = rows_of(trained, classified, answers)
    assert (row["train_cpu_seconds"], row["titles_per_cpu_second"]) == (2.0, 20.0)
    assert row["f1"] == {"x": 0.8, "y": 0.6667}
    assert row["macro_f1"] == 0.7333
    assert (row["n"], row["runs"], row["ours_ahead"]) == (4, 3, [0.0, 0.0])


def test_being_ahead_is_told_from_chance():
    """Of 1,000 rows, 30 more right is ahead and the other way behind; one more right may be chance."""
    truth = ["x", "y"] * 500
    wrong = {n: ["z" if i < n else t for i, t in enumerate(truth)] for n in (100, 101, 130)}
    assert ahead(truth, wrong[100], wrong[130])[0] > 0
    assert ahead(truth, wrong[130], wrong[100])[1] < 0
    low, high = ahead(truth, wrong[101], wrong[100])
    assert low <= 0 <= high


def test_a_contender_that_is_too_near_or_ahead_is_told():
    """Ahead is ahead: an interval that holds 0 excuses nothing."""
    row = {"contender": TFIDF.name, "titles_per_cpu_second": 10.0, "macro_f1": 0.5, "ours_ahead": [-0.02, 0.01]}
    rate = 10.0 * MUST_HOLD[TFIDF.name]
    ours = {"contender": OURS.name, "titles_per_cpu_second": rate, "macro_f1": 0.5, "ours_ahead": [0.0, 0.0]}
    assert broken([ours, row]) == []
    assert broken([{**ours, "titles_per_cpu_second": 490.0}, row]) == [
        f"`keran` has 49.0 times the titles per CPU-second of `{TFIDF.name}`, expected 50"
    ]
    assert broken([ours, {**row, "macro_f1": 0.502}]) == [
        f"`keran` has macro-F1 0.5000, expected that of `{TFIDF.name}`, 0.5020"
    ]
