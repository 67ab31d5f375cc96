"""A model and labelled rows -> what each disguise costs: macro-F1 lost, and listings that would slip through.

Every row is disguised, by a chance of its own that only the seed, the disguise and its title decide; so a row is
disguised alike in any file. `keran evaluate --evasion` prints the table.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream.classify.classifier import Model, classify
from stream.contract.classification import TEN_THOUSAND, Classifications
from training import metrics
from training.evasion.registry import DISGUISES, disguise
from training.figures.blocks import SHIPPED_RULE, BlockRule
from training.rows import Row

HOME = "ID"


def measure_evasion(
    model: Model,
    rows: Sequence[Row],
    strengths: Mapping[str, float],
    seed: int = 1,
    *,
    countries: Sequence[str | None] = (),
    rule: BlockRule = SHIPPED_RULE,
) -> dict[str, dict[str, Any]]:
    """Measure each disguise at its strength, all rows wearing it.

    `countries` is empty or one a row. For each disguise: `strength`, `reversible`; `macro_f1` and its `drop` from the
    plain titles, over `all` rows and `indonesian` ones (None if there are none); and, taking every row for a
    cross-border listing, of those closed goods that the rule blocks when they are plain (`blocked`, a count) the shares
    `still_blocked` and `reviewed`, which is neither blocked nor let through unseen, and `held`, the sum of both (None
    if there are none).
    """
    slices = {
        "all": np.ones(len(rows), bool),
        "indonesian": np.array([c == HOME for c in countries] or [False] * len(rows)),
    }
    truth = np.array([model.clusters.index(row.cluster) for row in rows])
    plain = classify(model, [row.text for row in rows])
    blocked = _blocks(plain, rule) & np.isin(truth, _closed(plain, rule))
    plain_f1 = {name: _macro_f1(plain, truth, rows, where) for name, where in slices.items()}
    figures = {}
    for name, strength in strengths.items():
        worn = classify(model, disguise_rows(rows, name, strength, seed))
        macro_f1 = {part: _macro_f1(worn, truth, rows, where) for part, where in slices.items()}
        figures[name] = {
            "strength": strength,
            "reversible": DISGUISES[name].reversible,
            "macro_f1": macro_f1,
            "drop": {part: _minus(plain_f1[part], macro_f1[part]) for part in slices},
            **_held(worn, blocked, rule),
        }
    return figures


def disguise_rows(rows: Sequence[Row], name: str, strength: float, seed: int) -> list[str]:
    """Give the rows' titles, each disguised by a chance of its own."""
    return [
        disguise(row.text, name, strength, Random(f"{seed} {name} {row.text}"), cluster=row.cluster) for row in rows
    ]


def _closed(given: Classifications, rule: BlockRule) -> list[int]:
    return [k for k, cluster in enumerate(given.clusters) if cluster in rule.closed]


def _blocks(given: Classifications, rule: BlockRule) -> NDArray[np.bool_]:
    return given.scores[:, _closed(given, rule)].sum(axis=1) >= round(rule.at * TEN_THOUSAND)


def _held(worn: Classifications, blocked: NDArray[np.bool_], rule: BlockRule) -> dict[str, float | int | None]:
    still = _blocks(worn, rule)[blocked]
    reviewed = worn.abstained[blocked] & ~still
    shares = (_share(still), _share(reviewed), _share(still | reviewed))
    return {"blocked": int(blocked.sum()), **dict(zip(("still_blocked", "reviewed", "held"), shares, strict=True))}


def _share(marks: NDArray[np.bool_]) -> float | None:
    return float(round(marks.mean(), 6)) if len(marks) else None


def _macro_f1(
    given: Classifications, truth: NDArray[np.int64], rows: Sequence[Row], where: NDArray[np.bool_]
) -> float | None:
    if not where.any():
        return None
    weights = np.array([row.weight for row in rows])[where]
    counts = metrics.confusion(truth[where], given.likeliest[where], weights, len(given.clusters))
    return float(metrics.mean(metrics.f1(counts)).round(6))


def _minus(plain: float | None, worn: float | None) -> float | None:
    return None if plain is None or worn is None else round(plain - worn, 6)
