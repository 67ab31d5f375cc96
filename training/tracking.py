"""A finished training run -> a record of it in MLflow, for teams that keep theirs there. Nothing else knows MLflow.

MLflow is the extra `track`, imported only where somebody asks for it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from stream.classify import artifact
from stream.problems import BadSetup, Problem
from training.figures.evaluation import Evaluation
from training.publish import evaluation_file

EXPERIMENT = "keran"


class Tracker(Protocol):
    """What keeps a run: its inputs, its figures, its files. The module `mlflow` is one."""

    def log_params(self, params: Mapping[str, Any]) -> Any: ...

    def log_metrics(self, metrics: Mapping[str, float]) -> Any: ...

    def log_artifact(self, local_path: str) -> Any: ...


@contextmanager
def tracker_at(uri: str | None, model_id: str) -> Iterator[Tracker | None]:
    """Open a run named after the model at an MLflow tracking URI, such as `sqlite:///runs.db` or a server's address;
    without one there is no tracker. Raises BadSetup where MLflow is not installed or cannot be reached there.
    """
    if uri is None:
        yield None
        return
    try:
        import mlflow
    except ModuleNotFoundError:
        problem = Problem("`mlflow` is not installed", "command line, `--track`", "pip install 'keran[track]'")
        raise BadSetup([problem]) from None
    try:
        mlflow.set_tracking_uri(uri)
        mlflow.set_experiment(EXPERIMENT)
    except mlflow.exceptions.MlflowException as error:
        problem = Problem(
            f"no runs can be kept at `{uri}`: {error}", "command line, `--track`", "such as `sqlite:///runs.db`"
        )
        raise BadSetup([problem]) from None
    with mlflow.start_run(run_name=model_id):
        yield mlflow


def record(tracker: Tracker, candidate: Path, evaluation: Evaluation) -> None:
    """Log a candidate: the manifest's training facts as parameters, figures as metrics, card, manifest and evaluation
    as files.
    """
    manifest, _ = artifact.read_manifest(candidate)
    flat = dict(_flatten(manifest.training))
    tracker.log_params({name: value for name, value in flat.items() if not name.startswith("held_out.")})
    tracker.log_metrics({**_numbers(flat), **figures_of(evaluation)})
    for file in (candidate / "card.md", candidate / "manifest.json", evaluation_file(candidate)):
        tracker.log_artifact(str(file))


def figures_of(evaluation: Evaluation) -> dict[str, float]:
    """Give the figures of an evaluation that runs are compared by; those that could not be measured are left out."""
    figures: dict[str, float | None] = {"accuracy": evaluation.all.accuracy, "macro_f1": evaluation.all.macro_f1}
    figures |= {f"f1.{cluster}": figure.f1 for cluster, figure in evaluation.all.clusters.items()}
    if evaluation.indonesian:
        figures["indonesian.macro_f1"] = evaluation.indonesian.macro_f1
    figures["calibration_error"] = evaluation.calibration.as_shipped.ece
    figures |= {f"drop.{name}": figure["drop"]["all"] for name, figure in (evaluation.evasion or {}).items()}
    return {name: float(figure) for name, figure in figures.items() if figure is not None}


def _numbers(flat: Mapping[str, Any]) -> dict[str, float]:
    held_out = {name: value for name, value in flat.items() if name.startswith("held_out.")}
    return {name: float(value) for name, value in held_out.items() if isinstance(value, int | float)}


def _flatten(facts: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in facts.items():
        if isinstance(value, Mapping) and name != "sources":
            yield from _flatten(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", len(value) if name == "sources" and isinstance(value, Mapping) else value
