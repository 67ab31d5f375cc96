"""What the tests of measuring share: rows of our own writing, and answers made by hand."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from stream.classify.artifact import list_entries, load_model
from stream.classify.classifier import Model
from tests.conftest import ROOT
from training.figures.answers import Answers, answers_of
from training.rows import Row

LABELLED = Path(__file__).with_name("labelled_rows.jsonl")
CLUSTERS = ("craft", "culinary", "other", "textile_fashion")


@cache
def shipped() -> Model:
    """The shipped model."""
    return load_model(ROOT / "models", list_entries(ROOT / "models")[-1])


@cache
def labelled() -> tuple[list[Row], list[str]]:
    """212 rows in nine sources and five languages, and their countries."""
    found = [json.loads(line) for line in LABELLED.read_text(encoding="utf-8").splitlines()]
    rows = [
        Row(r["title"], r["cluster"], r["source"], r["language"], place=f"rows:{n}") for n, r in enumerate(found, 1)
    ]
    return rows, [r["country"] for r in found]


@cache
def answered() -> Answers:
    """What the shipped model makes of them."""
    return answers_of(shipped(), *labelled())


def worse(model: Model) -> Model:
    """The same model with its lean to `other` made far too strong."""
    bias = model.bias.copy()
    bias[model.clusters.index("other")] += 3
    return replace(model, id="worse#00000000", bias=bias)


def answers(truth, scores, *, groups=None, source=None, country=None, weights=None, abstained=None) -> Answers:
    """Answers made by hand: `truth` are indices of CLUSTERS, `scores` (n, 4)."""
    truth, scores = np.array(truth), np.array(scores, float)
    n = len(truth)

    def names(given, default):
        return np.array(given if given is not None else [default] * n, object)

    return Answers(
        CLUSTERS,
        truth,
        scores.argmax(axis=1),
        scores,
        np.array(abstained if abstained is not None else [False] * n),
        np.log(np.maximum(scores, 1e-6)),
        np.zeros(n, bool),
        np.array(weights if weights is not None else [1.0] * n),
        np.array(groups if groups is not None else range(n)),
        names(source, "shop"),
        names(None, "id"),
        names(country, "ID"),
        names(None, "11-20"),
    )


def sure_of(given, score=0.97):
    """Scores (n, 4) that give each row the cluster of this index."""
    scores = np.full((len(given), len(CLUSTERS)), (1 - score) / (len(CLUSTERS) - 1))
    scores[np.arange(len(given)), given] = score
    return scores
