"""The reference run: corpus and labelled rows -> material -> held-out scores -> calibration -> pipeline -> candidate.

One recipe, one seed, the same bytes on the same machine and lock. Publishing is another step (training/publish.py);
what a candidate was measured to be lies beside it, since that times the machine too.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from rich.progress import Progress

from stream.classify import artifact
from stream.classify.classifier import Model
from stream.drift.profile import PROFILE, write_profile
from stream.problems import BadSetup, Problem
from training.calibrate import Calibration, HeldOut, calibrate
from training.candidate import model_of, write_candidate
from training.card import write_card
from training.entries import CORPUS, Entry, read_entries
from training.facts import facts_of
from training.figures.evaluation import Evaluation
from training.fit import quantise
from training.gates_file import load_gates
from training.held_out import Plan, classify_held_out, plan
from training.judge import Judged, evaluate_candidate, judge_by
from training.material import WEIGHT_ROWS, Material, fit_examples, gather
from training.profile import held_out_profile
from training.read_rows import ReadRows
from training.rows import Row
from training.titles import SHARES, write_titles

PROBE_TITLES = Path(__file__).with_name("probe_titles.txt")
MEASURED = Path(__file__).with_name("measured.json")
DRESSED = 1
NO_ROWS = ReadRows([], [], [])
# A cluster that hardly anyone labelled can be neither learnt nor measured.
ROWS_A_CLUSTER = 10


@dataclass(frozen=True, slots=True)
class Recipe:
    """What decides a model beside its rows: does it learn from the corpus, how much do rows count beside it, chance."""

    model_id: str
    corpus: bool = True
    weight_rows: float = WEIGHT_ROWS
    seed: int = 1


class Trained(NamedTuple):
    """A candidate, where it lies, and what its siblings made of the titles that it is judged by, counted."""

    place: Path
    model: Model
    material: Material
    plan: Plan
    held_out: HeldOut
    calibration: Calibration
    judged: Judged
    evaluation: Evaluation


def train(
    recipe: Recipe,
    candidates: Path,
    read: ReadRows = NO_ROWS,
    corpus: Path | None = None,
    *,
    progress: Progress,
    strengths: Mapping[str, float] | None = None,
) -> Trained:
    """Train by a recipe on the corpus (the project's own, or the folder `corpus`) and on labelled rows, and write the
    candidate `candidates/ID`. Disguises are worn as strongly as `strengths` says, by default as the shipped gates do.

    Raises BadSetup on a contradiction in the corpus, and where there is too little to learn a cluster from.
    """
    entries, titles = write_corpus(recipe, corpus)
    check_clusters(titles, read.rows)
    say(progress, f"{len(entries):,} entries, {len(titles):,} titles; {len(read.rows):,} labelled rows")
    material = gather(titles, read.rows)
    folds = plan(material)
    held_out = classify_held_out(material, folds, progress, recipe.weight_rows, recipe.seed)
    calibration = calibrate(held_out)
    say(progress, f"held out: macro-F1 {calibration.macro_f1:.3f}, calibration error {calibration.error:.3f}")
    pipeline = fit_examples(material, material.every, recipe.weight_rows, recipe.seed)
    say(progress, "fitted")
    judged = judge_by(material, folds, held_out, calibration, read.countries)
    unnamed = model_of(recipe.model_id, quantise(pipeline), calibration)
    evaluation = evaluate_candidate(unnamed, judged, strengths or load_gates().strengths)
    say(progress, "measured")
    learnt = recipe.model_id, material, len(entries), read.bad, recipe.weight_rows
    card = write_card(*learnt, folds, held_out, calibration, evaluation, measured_elsewhere(evaluation))
    facts = facts_of(len(entries), titles, read, recipe.weight_rows, recipe.seed, folds, calibration)
    place = write_candidate(candidates, recipe.model_id, pipeline, calibration, read_probe_titles(), card, facts)
    model = artifact.load_model(candidates, recipe.model_id)
    profile = held_out_profile(model.id, material, folds, held_out, calibration)
    (place / PROFILE).write_text(write_profile(profile), encoding="utf-8")
    evaluation = evaluation.model_copy(update={"model": model.id})
    return Trained(place, model, material, folds, held_out, calibration, judged, evaluation)


def measured_elsewhere(evaluation: Evaluation, file: Path = MEASURED) -> Evaluation | None:
    """Read what these very weights were measured to do on rows that are no part of the project; None for any others.

    `file` is what `keran evaluate --data FILE --json training/measured.json --evasion` wrote, so that the card of the
    shipped entry can say it and still comes from one command, byte for byte.
    """
    if not file.is_file():
        return None
    found = Evaluation.from_json(file.read_bytes())
    return found if found.weights == evaluation.weights else None


def write_corpus(recipe: Recipe, corpus: Path | None = None) -> tuple[list[Entry], list[Row]]:
    """Read the corpus and write its titles; nothing of either where the recipe goes without."""
    entries = read_entries(corpus or CORPUS) if recipe.corpus else []
    return entries, write_titles(entries, DRESSED, recipe.seed)


def check_clusters(titles: Sequence[Row], rows: Sequence[Row]) -> None:
    """Refuse what no model can be fitted to. Raises BadSetup."""
    counts = Counter(row.cluster for row in [*titles, *rows])
    problems = [
        Problem(
            f"cluster `{cluster}` has {count} rows, expected at least {ROWS_A_CLUSTER}",
            next(row.place for row in rows if row.cluster == cluster),
            "label more, or name the clusters that there are with `--cluster`",
        )
        for cluster, count in sorted(counts.items())
        if count < ROWS_A_CLUSTER
    ]
    if len(counts) < 2:
        found = ", ".join(f"`{cluster}`" for cluster in counts) or "none"
        problems.append(
            Problem(f"expected rows of two clusters or more, got {found}", "command line, `--rows`", "add rows")
        )
    if problems:
        raise BadSetup(problems)


def known_clusters(recipe: Recipe, named: Collection[str] | None) -> set[str] | None:
    """Say which clusters a row may have: those named, the corpus's where it is learnt from, else (None) any."""
    if named:
        return set(named) | (set(SHARES) if recipe.corpus else set())
    return set(SHARES) if recipe.corpus else None


def read_probe_titles() -> list[str]:
    """Read the titles that every entry is probed with: each cluster, each language, each disguise, and odd ones."""
    lines = PROBE_TITLES.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def say(progress: Progress, text: str) -> None:
    """Tell of a step, above the bars."""
    progress.console.print(text, highlight=False, markup=False, soft_wrap=True)
