"""Material -> what models that never saw a title's source make of it: what calibration, gates and label errors go by.

A model tells nothing about its doubt on titles that it learnt from. So the examples are split (training/splits.py), and
each fold is classified by a model fitted to the others, with the rounded weights that would serve.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress

from stream.classify.classifier import Model, leads_of, sums_of
from stream.classify.fold_table import load_fold_table
from stream.classify.unseen import said_buckets, unseen_shares
from stream.problems import BadSetup, Problem
from training.calibrate import HeldOut
from training.fit import Quantised, quantise
from training.lead import Read
from training.material import WEIGHT_ROWS, Indices, Material, fit_examples, weigh
from training.splits import FOLDS, By, Split, near_duplicate_groups, split, splittable_by
from training.stuffed import goods_of, squat, stuff

# With fewer labelled rows than these the corpus's own subjects are held out beside them: thresholds want numbers.
ROWS_AT_LEAST, ROWS_A_CLUSTER_AT_LEAST = 1_000, 50
FOLDS_AT_A_TIME = 2


class Plan(NamedTuple):
    """Which examples are measured, and the splits that do it; `groups` are near-duplicates of the measured ones."""

    measured: Indices
    groups: Indices
    by: By
    splits: list[Split]

    @property
    def set_aside(self) -> int:
        """How many titles were left out of a fold since a title measured there is nearly the same."""
        return sum(len(fold.set_aside) for fold in self.splits)


def plan(material: Material) -> Plan:
    """Decide what is held out: labelled rows if there are enough of every cluster, else titles of the corpus and rows.

    Rows are held out by source where every cluster can still be learnt, else by groups of near-duplicates.
    """
    rows = material.every[material.titles :]
    measured = rows if _enough(material, rows) else material.every
    titles, labelled = material.examples[: material.titles], material.examples[material.titles :]
    by = splittable_by(labelled, titles) if len(measured) == len(rows) else "source"
    groups = _groups(material, measured)
    always = np.setdiff1d(material.every, measured)
    splits = [
        Split(np.concatenate([always, measured[train]]), measured[test], measured[aside])
        for train, test, aside in split([material.examples[i] for i in measured], groups, FOLDS, by)
    ]
    return Plan(measured, groups, by, splits)


def classify_held_out(
    material: Material, plan: Plan, progress: Progress, weight_rows: float = WEIGHT_ROWS, seed: int = 1
) -> HeldOut:
    """Classify every measured example by a model fitted without its fold, in the order of `plan.measured`: as it is,
    and with words of other goods in it.

    Raises BadSetup where a cluster cannot be learnt without one of the folds.
    """
    for fold in plan.splits:
        check_learnable(material, fold)

    goods = goods_of(material.examples)

    def classify(fold: Split) -> tuple[list[Read], NDArray[np.float64]]:
        model = _serve(quantise(fit_examples(material, fold.train, weight_rows, seed)))
        rows = [material.examples[i] for i in fold.test]
        texts = [row.text for row in rows], stuff(rows, goods, seed), squat(rows, goods, seed)
        return [_read(model, written) for written in texts], unseen_shares(said_buckets(model), texts[0])

    n, k = len(material.examples), len(material.clusters)
    reads, unseen = [Read(np.empty((n, k)), np.empty(n)) for _ in range(3)], np.empty(n)
    # The compiled passes let go of the interpreter, so that two folds are fitted at a time.
    with ThreadPoolExecutor(FOLDS_AT_A_TIME) as pool:
        found = progress.track(pool.map(classify, plan.splits), len(plan.splits), description="held out, fold by fold")
        for fold, (of_fold, unseen[fold.test]) in zip(plan.splits, found, strict=True):
            for read, own in zip(reads, of_fold, strict=True):
                read.values[fold.test], read.leads[fold.test] = own
    plain, *worn = (Read(*(array[plan.measured] for array in read)) for read in reads)
    weights = weigh(material, plan.measured, weight_rows)
    truth, unseen = material.truth[plan.measured], unseen[plan.measured]
    return HeldOut(material.clusters, plain.values, truth, weights, plain.leads, tuple(worn), unseen)


def held_out_words(material: Material, plan: Plan) -> str:
    """Say which titles are held out, for the card and the profile."""
    labelled = int((plan.measured >= material.titles).sum())
    parts = []
    if labelled < len(plan.measured):
        parts.append(f"{len(plan.measured) - labelled:,} corpus titles of subjects held out whole")
    if labelled:
        whole = "sources held out whole" if plan.by == "source" else "groups of near-duplicates held out whole"
        parts.append(f"{labelled:,} labelled rows of {whole}")
    text = f"{' and '.join(parts)}, in {len(plan.splits)} folds"
    return f"{text}, {plan.set_aside:,} near-duplicates set aside" if plan.set_aside else text


def _serve(fitted: Quantised) -> Model:
    # At temperature 1: a lead is in the unit of the values.
    k = len(fitted.clusters)
    facts = fitted.clusters, fitted.weights, fitted.scale, fitted.bias
    return Model("held-out", *facts, 1.0, np.zeros(k, np.int32), load_fold_table())


def _read(model: Model, texts: Sequence[str]) -> Read:
    sums, counts = sums_of(model, texts)
    return Read(sums * model.scale / np.sqrt(np.maximum(counts, 1))[:, None] + model.bias, leads_of(model, texts))


def _enough(material: Material, rows: Indices) -> bool:
    counts = np.bincount(material.truth[rows], minlength=len(material.clusters))
    return material.titles == 0 or (len(rows) >= ROWS_AT_LEAST and counts.min() >= ROWS_A_CLUSTER_AT_LEAST)


def _groups(material: Material, measured: Indices) -> NDArray[np.int64]:
    # Titles of the corpus are no two listings of the same goods: each stands for itself.
    labelled = near_duplicate_groups([material.examples[i] for i in measured[measured >= material.titles]])
    titles = np.arange((measured < material.titles).sum())
    return np.concatenate([titles, labelled + len(titles)])


def check_learnable(material: Material, fold: Split) -> None:
    """Refuse a fold without which a cluster cannot be learnt. Raises BadSetup."""
    learnt = set(material.truth[fold.train].tolist())
    problems = [
        Problem(
            f"cluster `{cluster}` cannot be held out: without one fold no row of it is left",
            _place(material, cluster),
            "give more rows of it, of other sources, or train with the corpus",
        )
        for k, cluster in enumerate(material.clusters)
        if k not in learnt
    ]
    if problems:
        raise BadSetup(problems)


def _place(material: Material, cluster: str) -> str:
    return next(row.place for row in material.examples if row.cluster == cluster)
