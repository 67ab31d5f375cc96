"""Answers and rows -> the worst mistakes: where the model was surest of a wrong cluster."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from training.figures.answers import Answers
from training.rows import Row

AT_MOST, OF_ONE_SOURCE = 80, 8


class Mistake(NamedTuple):
    """A title given a wrong cluster, with all its scores. `alike` counts the wrong near-duplicates it stands for."""

    title: str
    source: str
    language: str
    place: str
    truth: str
    given: str
    scores: dict[str, float]
    alike: int


def worst_mistakes(
    answers: Answers, rows: Sequence[Row], at_most: int = AT_MOST, of_one_source: int = OF_ONE_SOURCE
) -> list[Mistake]:
    """Give the surest mistakes first: one of a group of near-duplicates, few of one source, so that all are seen."""
    wrong = np.flatnonzero(~answers.right)
    order = wrong[np.argsort(-answers.best[wrong], kind="stable")]
    alike = Counter(answers.groups[wrong].tolist())
    seen: set[int] = set()
    of_source: Counter[str] = Counter()
    mistakes = []
    for i in order.tolist():
        group, source = int(answers.groups[i]), rows[i].source
        if group in seen or of_source[source] >= of_one_source or len(mistakes) >= at_most:
            continue
        seen.add(group)
        of_source[source] += 1
        mistakes.append(_mistake(answers, rows[i], i, alike[group]))
    return mistakes


def _mistake(answers: Answers, row: Row, i: int, alike: int) -> Mistake:
    return Mistake(
        row.text,
        row.source,
        row.language or "",
        row.place.rsplit("/", 1)[-1],
        row.cluster,
        answers.clusters[answers.likeliest[i]],
        dict(zip(answers.clusters, answers.scores[i].tolist(), strict=True)),
        alike,
    )
