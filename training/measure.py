"""A trained candidate -> its evaluation, written beside it, against the published model where there is one."""

from pathlib import Path

from rich.progress import Progress

from stream.classify import artifact
from training.figures.comparison import Comparison
from training.figures.evaluation import Evaluation
from training.judge import compare_with
from training.publish import evaluation_file
from training.train import Trained, say


def measure(trained: Trained, champion: Path | None, progress: Progress) -> Evaluation:
    """Compare a candidate with a published model where one is given, and write its evaluation beside it."""
    evaluation = trained.evaluation
    if champion and (comparison := _compare(trained, champion, progress)):
        evaluation = evaluation.model_copy(update={"champion": comparison})
    evaluation_file(trained.place).write_text(evaluation.as_json(), encoding="utf-8")
    return evaluation


def _compare(trained: Trained, champion: Path, progress: Progress) -> Comparison | None:
    manifest, _ = artifact.read_manifest(champion)
    learnt = manifest.training.get("rows", {}).get("sources", {})
    if isinstance(learnt, int):
        say(progress, f"not compared with `{manifest.id}`: it learnt from {learnt:,} sources and names none")
        return None
    if set(manifest.clusters) != set(trained.model.clusters):
        say(progress, f"not compared with `{manifest.id}`: its clusters are {', '.join(manifest.clusters)}")
        return None
    model = artifact.load_model(champion.parent, champion.name)
    comparison = compare_with(model, list(learnt), trained.model, trained.judged)
    if comparison is None:
        say(progress, f"not compared with `{manifest.id}`: it learnt from every source of these rows")
    return comparison
