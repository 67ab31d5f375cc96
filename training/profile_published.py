"""A published model of the corpus alone -> its reference profile, as `keran train` would have written it.

    python -m training.profile_published ID      # writes models/ID/profile.json

The entry stays as it is: its siblings are fitted again, and must come to the calibration that its manifest has.
"""

import sys
from pathlib import Path

from rich.progress import Progress

from stream.classify.artifact import Manifest, read_manifest
from stream.drift.profile import PROFILE, Profile, write_profile
from stream.problems import BadSetup, Problem
from training.calibrate import Calibration, calibrate
from training.facts import digest_of
from training.held_out import classify_held_out, plan
from training.material import gather
from training.profile import held_out_profile
from training.train import Recipe, write_corpus

SHELF = Path(__file__).parents[1] / "models"


def profile_published(shelf: Path, model_id: str, progress: Progress) -> Profile:
    """Profile a published model of the corpus alone as `keran train` would have. Raises BadSetup for any other, and
    where the corpus or what is fitted to it has changed since.
    """
    manifest, digest = read_manifest(shelf / model_id)
    recipe = Recipe(model_id, seed=manifest.training["seed"])
    _, titles = write_corpus(recipe)
    _check_same("corpus", digest_of(titles), manifest.training.get("corpus_sha256"), shelf / model_id)
    _check_same("rows", None, manifest.training.get("rows"), shelf / model_id)
    material = gather(titles, [])
    folds = plan(material)
    held_out = classify_held_out(material, folds, progress, recipe.weight_rows, recipe.seed)
    calibration = calibrate(held_out)
    _check_same("calibration", _fitted(calibration), _published(manifest), shelf / model_id)
    return held_out_profile(f"{model_id}#{digest[:8]}", material, folds, held_out, calibration)


def _fitted(calibration: Calibration) -> tuple[object, ...]:
    return calibration.temperature, calibration.abstain_below, calibration.abstain_lead


def _published(manifest: Manifest) -> tuple[object, ...]:
    return manifest.temperature, manifest.abstain_below, manifest.abstain_lead


def _check_same(what: str, found: object, expected: object, entry: Path) -> None:
    if found != expected:
        hint = "profile it by listings instead: `keran profile LISTINGS.jsonl --output FILE`"
        raise BadSetup([Problem(f"expected {what} `{expected}`, got `{found}`", str(entry), hint)])


if __name__ == "__main__":
    with Progress() as bars:
        written = profile_published(SHELF, sys.argv[1], bars)
    (SHELF / sys.argv[1] / PROFILE).write_text(write_profile(written), encoding="utf-8")
