"""What the contenders of `benchmarks.classifiers` learnt, answered and took -> rows of medians, the table, and whether
what must hold does.
"""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from rich.table import Table
from sklearn.metrics import f1_score

from benchmarks.learners import FASTTEXT, FASTTEXT_SUBWORDS, OURS, TFIDF
from training import metrics

# Our titles per CPU-second, in those of another contender. In macro-F1 none may be ahead, by however little: the
# interval of the difference stands in the table for whoever reads it, and excuses nothing.
MUST_HOLD = {TFIDF.name: 50.0, FASTTEXT.name: 5.0, FASTTEXT_SUBWORDS.name: 5.0}

CAVEATS = """\
Before the figures:
- {rows:,} titles of {sources} sources, {letters:.0f} letters on average; learnt: {learn}. Most sources hold one or two
  clusters, so this measures the step to a shop never seen: macro-F1 is far below what a random split would show.
- CPU is this process, user and system, on one thread, from batches of {batch:,} titles in memory to an answer for each:
  normalising, lower-casing and hashing are inside. Median over runs through all folds; learning: over folds.
- Ours answers with calibrated scores, the others with a cluster. Ours balances clusters and sources by its own recipe,
  scikit-learn's is given the rows' weights, fastText knows none.
- The others' settings did best of a few tried on real rows (docs/why/007-kernel.md), and ours were chosen there too
  (training/LOG.md): neither side's macro-F1 is that of untouched rows.
- "ours ahead" is the 95 % interval of the difference of macro-F1, rows resampled {resamples:,} times."""


class Trained(NamedTuple):
    """A contender learnt so many titles in so many CPU seconds."""

    learner: str
    titles: int
    cpu_seconds: float


class Classified(NamedTuple):
    """A contender classified a fold's titles in so many CPU seconds, in one of several runs."""

    learner: str
    run: int
    titles: int
    cpu_seconds: float


# A contender's answers for every held-out title, and the truth.
Answers = dict[str, tuple[list[str], list[str]]]
RESAMPLES, SEED = 1_000, 1


def rows_of(trained: Sequence[Trained], classified: Sequence[Classified], answers: Answers) -> list[dict[str, Any]]:
    """Give a row a contender, in the order of the answers: its F1, by how much ours is ahead, and medians of what it
    took.
    """
    ours, truth = answers[OURS.name]
    return [
        {
            "contender": name,
            **_f1(truth, found),
            "ours_ahead": ahead(truth, ours, found),
            **_rates(name, trained, classified),
            "n": len(truth),
        }
        for name, (found, _) in answers.items()
    ]


def ahead(truth: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> list[float]:
    """Give the 95 % interval of our macro-F1 less theirs, the same rows resampled for both."""
    clusters, index = np.unique([*truth, *ours, *theirs], return_inverse=True)
    k = len(clusters)
    known, own, other = index.reshape(3, -1)
    counts = np.bincount((known * k + own) * k + other, minlength=k**3)
    drawn = np.random.Generator(np.random.PCG64(SEED)).multinomial(counts.sum(), counts / counts.sum(), RESAMPLES)
    drawn = drawn.reshape(-1, k, k, k).astype(float)
    of_ours, of_theirs = (metrics.mean(metrics.f1(drawn.sum(axis=axis))) for axis in (-1, -2))
    return [round(float(end), 4) for end in metrics.interval(of_ours - of_theirs)]


def broken(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say in words what does not hold that must."""
    ours = _ours(rows)
    return [words for row in rows if row is not ours for words in (*_too_slow(ours, row), *_worse(ours, row))]


def _too_slow(ours: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    name = other["contender"]
    times, least = ours["titles_per_cpu_second"] / other["titles_per_cpu_second"], MUST_HOLD[name]
    if times < least:
        yield f"`{OURS.name}` has {times:.1f} times the titles per CPU-second of `{name}`, expected {least:.0f}"


def _worse(ours: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    own, others = ours["macro_f1"], other["macro_f1"]
    if own < others:
        yield f"`{OURS.name}` has macro-F1 {own:.4f}, expected that of `{other['contender']}`, {others:.4f}"


def table_of(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Give the table: a contender's figures, and how many times faster ours is."""
    table = Table("contender", "macro-F1", "ours ahead", "titles a CPU-s", "x", "learning CPU-s", "x", "titles", "runs")
    for column in table.columns[1:]:
        column.justify = "right"
    ours = _ours(rows)
    for row in rows:
        rate, learning = row["titles_per_cpu_second"], row["train_cpu_seconds"]
        table.add_row(
            row["contender"],
            f"{row['macro_f1']:.4f}",
            "" if row is ours else "{:+.4f} to {:+.4f}".format(*row["ours_ahead"]),
            f"{rate:,.0f}",
            f"{ours['titles_per_cpu_second'] / rate:.1f}",
            f"{learning:.1f}",
            f"{learning / ours['train_cpu_seconds']:.1f}",
            f"{row['n']:,}",
            str(row["runs"]),
        )
    return table


def _ours(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return next(row for row in rows if row["contender"] == OURS.name)


def _f1(truth: Sequence[str], found: Sequence[str]) -> dict[str, Any]:
    clusters = sorted(set(truth))
    f1 = f1_score(truth, found, labels=clusters, average=None, zero_division=0)
    by_cluster = {cluster: round(float(value), 4) for cluster, value in zip(clusters, f1, strict=True)}
    return {"macro_f1": round(float(f1.mean()), 4), "f1": by_cluster}


def _rates(name: str, trained: Sequence[Trained], classified: Sequence[Classified]) -> dict[str, Any]:
    runs = [[c for c in classified if (c.learner, c.run) == (name, run)] for run in sorted({c.run for c in classified})]
    rates = [sum(c.titles for c in run) / sum(c.cpu_seconds for c in run) for run in runs]
    return {
        "titles_per_cpu_second": round(median(rates), 1),
        "train_cpu_seconds": round(median(run.cpu_seconds for run in trained if run.learner == name), 2),
        "runs": len(rates),
    }
