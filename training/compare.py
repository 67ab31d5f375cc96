"""Two models and the same rows -> which is better, and whether that is more than chance.

Both answer every row, so what is resampled is the pair of answers: the interval of the difference is far narrower than
the two intervals side by side would suggest.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stream.classify.classifier import Model
from stream.problems import BadSetup, Problem
from training import metrics
from training.figures.answers import Answers, answers_of, parts_of
from training.figures.comparison import CompareSlice, Comparison, Difference, Disagreement
from training.figures.resample import RESAMPLES, SEED, resample
from training.rows import Row


def compare(
    champion: Model,
    challenger: Model,
    rows: Sequence[Row],
    *,
    countries: Sequence[str | None] = (),
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Comparison:
    """Compare on the same rows. Raises BadSetup if the two do not have the same clusters, or the rows others."""
    old, new = answers_of(champion, rows, countries), answers_of(challenger, rows, countries)
    return compare_answers((champion.id, old), (challenger.id, new), resamples, seed)


def compare_answers(
    champion: tuple[str, Answers], challenger: tuple[str, Answers], resamples: int = RESAMPLES, seed: int = SEED
) -> Comparison:
    """The same from the two models' ids and answers to the same rows."""
    (old_id, old), (new_id, new) = champion, challenger
    _check_clusters(old_id, old, new_id, new)
    given = _reordered(old, new.clusters)

    def on(rows: NDArray[np.bool_] | NDArray[np.int64]) -> CompareSlice:
        return _slice(given[rows], new.where(rows), resamples, seed)

    home = new.home
    return Comparison(
        champion=old_id,
        challenger=new_id,
        all=on(np.ones(len(home), bool)),
        indonesian=on(home) if home.any() else None,
        by_source={source: on(rows) for source, rows in parts_of(new.source)},
    )


def _slice(old: NDArray[np.int64], new: Answers, resamples: int, seed: int) -> CompareSlice:
    k = len(new.clusters)
    cells = (new.truth * k + old) * k + new.likeliest
    counts = np.bincount(cells, new.weights, k**3).reshape(k, k, k)
    drawn = resample(new.groups, cells, new.weights, k**3, resamples, seed).reshape(-1, k, k, k)
    f1, drawn_f1 = _f1_of_both(counts), _f1_of_both(drawn)
    several = (counts.sum(axis=(1, 2)) > 0).sum() > 1
    macro, drawn_macro = metrics.mean(f1), metrics.mean(drawn_f1)
    nothing = Difference(champion=None, challenger=None, difference=None, interval=None)
    return CompareSlice(
        macro_f1=_difference(macro, drawn_macro) if several else nothing,
        disagreement=_disagreement(old == new.truth, new.right),
        clusters={c: _difference(f1[:, i], drawn_f1[..., i]) for i, c in enumerate(new.clusters)},
    )


def _f1_of_both(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give F1 as (..., 2, k), champion first, from counts by (..., truth, champion, challenger)."""
    return np.stack([metrics.f1(counts.sum(axis=-1)), metrics.f1(counts.sum(axis=-2))], axis=-2)


def _difference(both: NDArray[np.float64], drawn: NDArray[np.float64]) -> Difference:
    low, high = metrics.interval(drawn[..., 1] - drawn[..., 0])
    return Difference(
        champion=both[0],
        challenger=both[1],
        difference=both[1] - both[0],
        interval=None if np.isnan(low) else (low, high),
    )


def _disagreement(old: NDArray[np.bool_], new: NDArray[np.bool_]) -> Disagreement:
    only_old, only_new = int((old & ~new).sum()), int((new & ~old).sum())
    return Disagreement(
        rows=only_old + only_new,
        only_champion=only_old,
        only_challenger=only_new,
        p=metrics.mcnemar(only_old, only_new),
    )


def _reordered(answers: Answers, clusters: tuple[str, ...]) -> NDArray[np.int64]:
    return np.array([clusters.index(cluster) for cluster in answers.clusters])[answers.likeliest]


def _check_clusters(old_id: str, old: Answers, new_id: str, new: Answers) -> None:
    if set(old.clusters) == set(new.clusters):
        return
    message = f"expected the clusters of `{old_id}` ({', '.join(old.clusters)}), got {', '.join(new.clusters)}"
    hint = "models are compared cluster by cluster; measure them apart with `keran evaluate`"
    raise BadSetup([Problem(message, f"model `{new_id}`", hint)])
