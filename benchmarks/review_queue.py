"""Do labels in the queue's order teach faster than at random? Titles of held-out subjects in, macro-F1 out.

`python -m benchmarks.review_queue`: Indonesian titles of half the subjects wait, those of the other half measure. Both
orders begin with the same labels drawn at random, then label `STEP` titles at a time and fit anew. It knows no listing:
every title is a seller's of its own and as old as the others, so that doubt alone decides.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from stream.labels.queue import Waiting, ask_next
from training.entries import read_entries
from training.material import Indices, Material, fit_examples, gather
from training.metrics import f1
from training.titles import write_titles

# A model that knows little yet, and one that knows more; labels of a step; steps; one corpus entry in so many.
STARTS, STEP, ROUNDS, SEEDS, EVERY = (100, 1_000), 200, 4, 5, 4
Order = Callable[[Material, Indices, np.ndarray, int], Indices]


class Halves(NamedTuple):
    """Examples that may be labelled, and those that measure, of other subjects."""

    pool: Indices
    test: Indices


def by_doubt(material: Material, left: Indices, margins: np.ndarray, seed: int) -> Indices:
    """Take what the queue puts first."""
    scores = np.exp(margins[left] - margins[left].max(axis=1, keepdims=True))
    scores /= scores.sum(axis=1, keepdims=True)
    rows = zip(left.tolist(), scores.tolist(), strict=True)
    waiting = [Waiting(str(n), str(n), dict(zip(material.clusters, row, strict=True)), 0) for n, row in rows]
    return np.array([int(each.listing_id) for each in ask_next(waiting, 0, seed=seed)[:STEP]])


def at_random(material: Material, left: Indices, margins: np.ndarray, seed: int) -> Indices:
    """Take any."""
    return np.random.Generator(np.random.PCG64(seed)).choice(left, STEP, replace=False)


def curve(material: Material, halves: Halves, order: Order, start: int, seed: int) -> list[float]:
    """Give macro-F1 after the first labels and after every step."""
    taken = np.random.Generator(np.random.PCG64(seed)).choice(halves.pool, start, replace=False)
    figures = []
    for step in range(ROUNDS + 1):
        regression = fit_examples(material, np.sort(taken), seed=seed)["regression"]
        margins = regression.decision_function(material.features)
        figures.append(_macro_f1(material, halves.test, margins[halves.test].argmax(axis=1)))
        left = np.setdiff1d(halves.pool, taken)
        taken = np.concatenate([taken, order(material, left, margins, 1_000 * seed + step)])
    return figures


def split(material: Material, seed: int) -> Halves:
    """Deal subjects to two halves."""
    sources = np.array([row.source for row in material.examples])
    names = np.unique(sources)
    chosen = np.random.Generator(np.random.PCG64(seed)).permutation(names)[: len(names) // 2]
    waits = np.isin(sources, chosen)
    return Halves(np.flatnonzero(waits), np.flatnonzero(~waits))


def learn() -> Material:
    """Give a quarter of the corpus's Indonesian titles, dressed and bare."""
    entries = [entry for entry in read_entries() if entry.language == "id"]
    return gather([], write_titles(entries[::EVERY], seed=7))


def main() -> None:
    """Measure both orders on the same halves and starts, and show the means."""
    material = learn()
    halves = [split(material, seed) for seed in range(SEEDS)]
    table = Table("labels", "by doubt", "at random", "difference", "seeds in which doubt is ahead")
    for start in STARTS:
        doubt, chance = (
            np.array([curve(material, half, order, start, seed) for seed, half in enumerate(halves)])
            for order in (by_doubt, at_random)
        )
        for step, gain in enumerate((doubt - chance).T):
            means = f"{doubt[:, step].mean():.3f}", f"{chance[:, step].mean():.3f}", f"{gain.mean():+.3f}"
            table.add_row(f"{start + STEP * step:,}", *means, f"{int((gain > 0).sum())} of {SEEDS}")
        table.add_section()
    Console().print(f"{len(material.examples):,} titles, {SEEDS} seeds", table)


def _macro_f1(material: Material, rows: Indices, given: Indices) -> float:
    k = len(material.clusters)
    counts = np.bincount(material.truth[rows] * k + given, minlength=k * k).reshape(1, k, k).astype(float)
    return float(f1(counts).mean())


if __name__ == "__main__":
    main()
