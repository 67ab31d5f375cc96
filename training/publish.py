"""A candidate and its evaluation -> an entry of the shelf, whole or not at all, if every gate lets it pass.

The entry is copied beside its place and moved there at once. A name that is taken is refused: decisions name the model
that made them for ever, so a published entry is never written over.
"""

import shutil
from pathlib import Path

from pydantic import ValidationError

from stream.classify import artifact
from stream.problems import BadSetup, Problem
from training.figures.evaluation import Evaluation
from training.gates import SHIPPED, Gates, check_gates, load_gates

# A model of the corpus alone is measured on subjects that it has not seen, which are harder than shops.
CORPUS_GATES = Path(__file__).with_name("gates_corpus.yaml")


def publish(candidate: Path, shelf: Path) -> Path:
    """Move a candidate to the shelf, proven there as a worker would load it. Raises BadSetup if its name is taken or it
    fails; asks no gate.
    """
    check_name_is_free(shelf, candidate.name)
    place, beside = shelf / candidate.name, shelf / f".{candidate.name}.new"
    shutil.rmtree(beside, ignore_errors=True)
    try:
        shutil.copytree(candidate, beside / candidate.name)
        artifact.load_model(beside, candidate.name)
        (beside / candidate.name).rename(place)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    shutil.rmtree(candidate)
    return place


def check_name_is_free(shelf: Path, model_id: str) -> None:
    """Refuse a name that the shelf has. Raises BadSetup."""
    if (shelf / model_id).exists():
        message, hint = f"model `{model_id}` is already published", "choose another id; a published model never changes"
        raise BadSetup([Problem(message, str(shelf / model_id), hint)])


def ask_gates(candidate: Path, gates_file: Path | None = None) -> list[Problem]:
    """Name every gate that refuses a candidate; none if it may be published.

    The gates are those of `gates_file`, else of `training/gates.yaml` for a model that learnt from labelled rows and of
    `training/gates_corpus.yaml` for one of the corpus alone. Raises BadSetup if the candidate was not measured.
    """
    evaluation = read_evaluation(candidate)
    return check_gates(evaluation, gates_for(candidate, gates_file), evaluation.champion)


def gates_for(candidate: Path, gates_file: Path | None = None) -> Gates:
    """Load the gates that a candidate has to pass. Raises BadSetup."""
    manifest, _ = artifact.read_manifest(candidate)
    return load_gates(gates_file or (SHIPPED if "rows" in manifest.training else CORPUS_GATES))


def evaluation_file(candidate: Path) -> Path:
    """Say where a candidate's evaluation lies: beside its folder, since what was timed is not part of an entry."""
    return candidate.with_name(f"{candidate.name}.evaluation.json")


def read_evaluation(candidate: Path) -> Evaluation:
    """Read a candidate's evaluation. Raises BadSetup if there is none, or one of another model."""
    place, hint = evaluation_file(candidate), "train it anew: `keran train`"
    _, digest = artifact.read_manifest(candidate)
    try:
        evaluation = Evaluation.from_json(place.read_bytes())
    except FileNotFoundError:
        raise BadSetup([Problem(f"candidate `{candidate.name}` was not measured", str(place), hint)]) from None
    except ValidationError as error:
        raise BadSetup([Problem(f"not an evaluation: {error.errors()[0]['msg']}", str(place), hint)]) from None
    if evaluation.model != f"{candidate.name}#{digest[:8]}":
        message = f"expected the evaluation of `{candidate.name}#{digest[:8]}`, got that of `{evaluation.model}`"
        raise BadSetup([Problem(message, str(place), hint)])
    return evaluation


def find_candidate(candidates: Path, name: str) -> Path:
    """Find a candidate by its id, or by its folder. Raises BadSetup."""
    folder = Path(name)
    if (folder / artifact.MANIFEST).is_file():
        return folder
    return artifact.find_entry(candidates, name)
