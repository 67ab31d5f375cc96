"""Tracking: what a run was given and what came of it reach the tracker; without MLflow it is said how to get it."""

import sys

import pytest

from stream.problems import BadSetup
from tests.training.shops import quiet, shop_rows
from training.measure import measure
from training.read_rows import ReadRows
from training.tracking import record, tracker_at
from training.train import Recipe, train


class FakeTracker:
    """A tracker that remembers."""

    def __init__(self):
        self.params, self.metrics, self.files = {}, {}, []

    def log_params(self, params):
        self.params |= params

    def log_metrics(self, metrics):
        self.metrics |= metrics

    def log_artifact(self, local_path):
        self.files.append(local_path.rpartition("/")[2])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    rows = shop_rows()
    folder = tmp_path_factory.mktemp("tracked")
    found = train(Recipe("tiny-1", corpus=False, seed=3), folder, ReadRows(list(rows), [], [None] * len(rows)), progress=quiet())  # fmt: skip
    return found, measure(found, None, quiet())


def test_inputs_figures_and_files_are_recorded(run):
    found, evaluation = run
    tracker = FakeTracker()
    record(tracker, found.place, evaluation)
    assert (tracker.params["seed"], tracker.params["rows.rows"], tracker.params["rows.sources"]) == (3, len(shop_rows()), 5)  # fmt: skip
    assert tracker.metrics["macro_f1"] == evaluation.all.macro_f1
    assert tracker.metrics["f1.craft"] == evaluation.all.clusters["craft"].f1
    assert tracker.metrics["drop.typos"] == evaluation.evasion["typos"]["drop"]["all"]
    assert tracker.metrics["held_out.folds"] == 5
    assert "indonesian.macro_f1" not in tracker.metrics
    assert tracker.files == ["card.md", "manifest.json", "tiny-1.evaluation.json"]


def test_where_mlflow_is_not_installed_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with (
        pytest.raises(BadSetup, match=r"`mlflow` is not installed\n.*\n  hint: pip install 'keran\[track\]'"),
        tracker_at("sqlite:///runs.db", "tiny-1"),
    ):
        pass


def test_without_an_address_nothing_is_tracked_and_mlflow_not_asked_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with tracker_at(None, "tiny-1") as tracker:
        assert tracker is None
