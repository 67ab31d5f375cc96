"""A candidate and what its siblings made of held-out titles -> its evaluation, which the gates ask.

A model that learnt from all rows cannot be measured on them. Its siblings, each fitted without one fold, answer for it:
every figure of titles is theirs, at the candidate's temperature and thresholds. Probes, disguises and speed are asked
of the candidate itself.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from stream.classify.classifier import Model
from stream.contract.classification import TEN_THOUSAND
from training.calibrate import Calibration, HeldOut
from training.compare import compare_answers
from training.evaluate import evaluate_answers
from training.evasion.measure import measure_evasion
from training.figures.answers import UNKNOWN, Answers, answers_of, length_of
from training.figures.comparison import Comparison
from training.figures.evaluation import Evaluation
from training.hard_pairs import read_hard_pairs
from training.held_out import Plan
from training.material import Material
from training.rows import Row

# Figures are given for the largest sources by name; each of these slices costs a pass over the rows.
NAMED_SOURCES, OTHERS = 40, "others"
# Disguises are written letter by letter: a share of the rows tells as much.
DISGUISED_ROWS = 20_000


class Judged(NamedTuple):
    """The rows that the candidate is judged by, with their countries, and its siblings' answers to them."""

    rows: Sequence[Row]
    countries: Sequence[str | None]
    answers: Answers


def judge_by(
    material: Material, plan: Plan, held_out: HeldOut, calibration: Calibration, countries: Sequence[str | None] = ()
) -> Judged:
    """Give the siblings' answers to the labelled rows, or to the corpus's titles where there are none.

    `countries` is empty or one a labelled row.
    """
    labelled = plan.measured >= material.titles
    chosen = labelled if labelled.any() else ~labelled
    rows = [material.examples[i] for i in plan.measured[chosen]]
    places = countries if labelled.any() and countries else [None] * len(rows)
    return Judged(rows, places, _answers(material, plan, held_out, calibration, chosen, rows, places))


def evaluate_candidate(model: Model, judged: Judged, strengths: Mapping[str, float]) -> Evaluation:
    """Measure a candidate by its siblings' answers, and itself by probes, disguises (how strong, by name) and speed."""
    evaluation = evaluate_answers(model, judged.answers, [row.text for row in judged.rows], read_hard_pairs())
    some = slice(None, None, -(-len(judged.rows) // DISGUISED_ROWS))
    evasion = measure_evasion(model, judged.rows[some], strengths, countries=judged.countries[some])
    return evaluation.model_copy(update={"evasion": evasion})


def compare_with(champion: Model, learnt: Sequence[str], model: Model, judged: Judged) -> Comparison | None:
    """Compare with the model that is published now, on rows of sources that neither learnt from; None if no row is.

    `learnt` names the sources of the champion. Raises BadSetup if the two have other clusters.
    """
    unseen = np.array([row.source not in set(learnt) for row in judged.rows])
    if not unseen.any():
        return None
    rows = [row for row, new in zip(judged.rows, unseen, strict=True) if new]
    countries = [country for country, new in zip(judged.countries, unseen, strict=True) if new]
    return compare_answers(
        (champion.id, answers_of(champion, rows, countries)), (model.id, judged.answers.where(unseen))
    )


def _answers(
    material: Material,
    plan: Plan,
    held_out: HeldOut,
    calibration: Calibration,
    chosen: NDArray[np.bool_],
    rows: Sequence[Row],
    countries: Sequence[str | None],
) -> Answers:
    values, own = held_out.values[chosen], plan.measured[chosen]
    scores = np.round(softmax(values / calibration.temperature, axis=1), 4)
    likeliest = values.argmax(axis=1)
    thresholds = np.array([calibration.abstain_below[cluster] for cluster in held_out.clusters])
    regardless = (np.diff(material.features.indptr)[own] == 0) | _led(held_out, calibration, chosen)
    doubtful = np.rint(scores.max(axis=1) * TEN_THOUSAND) < np.rint(thresholds[likeliest] * TEN_THOUSAND)
    return Answers(
        clusters=held_out.clusters,
        truth=held_out.truth[chosen],
        likeliest=likeliest,
        scores=scores,
        abstained=doubtful | regardless,
        values=values,
        regardless=regardless,
        weights=material.own[own],
        groups=plan.groups[chosen],
        source=np.array(name_sources([_source(row) for row in rows]), object),
        language=np.array([row.language or UNKNOWN for row in rows], object),
        country=np.array([country or UNKNOWN for country in countries], object),
        length=np.array([length_of(row.text) for row in rows], object),
    )


def _led(held_out: HeldOut, calibration: Calibration, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    if held_out.leads is None or calibration.abstain_lead is None:
        return np.zeros(chosen.sum(), bool)
    return held_out.leads[chosen] / calibration.temperature >= calibration.abstain_lead


def name_sources(sources: Sequence[str], at_most: int = NAMED_SOURCES) -> list[str]:
    """Keep the names of the largest sources and call the rest `others`.

    >>> name_sources(["a", "a", "b", "c"], 1)
    ['a', 'a', 'others', 'others']
    """
    names, sizes = np.unique(sources, return_counts=True)
    if len(names) <= at_most:
        return list(sources)
    kept = set(names[np.argsort(-sizes, kind="stable")[:at_most]].tolist())
    return [source if source in kept else OTHERS for source in sources]


def _source(row: Row) -> str:
    # Subjects of the corpus hold one cluster each and are hundreds: they are told by language.
    return f"corpus/{row.language}" if row.source.startswith("corpus/") else row.source
