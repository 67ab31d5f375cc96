"""A model and labelled rows -> an Evaluation: everything that the gates, the card and the report say of the model.

Nothing is fitted on the rows but what is fitted on other sources and measured on the one held out, and that is kept
apart (`calibration.cross_fitted`). Knows no file: rows come read, and what comes out is a value.
"""

import hashlib
import time
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from stream.classify.classifier import Model, classify
from training.figures.answers import Answers, answers_of
from training.figures.blocks import SHARES, SHIPPED_RULE, BlockRule, blocks_of
from training.figures.cross_fit import calibration_of
from training.figures.evaluation import Disputed, Evaluation, Measured, Probes, Serving, WrongProbe
from training.figures.resample import RESAMPLES, SEED
from training.figures.slices import slice_of, slices_of
from training.figures.thresholds import thresholds_of
from training.rows import Row

TIMED_TITLES, TIMED_AT_MOST, TIMED_RUNS = 20_000, 40_000, 12


class Asked(NamedTuple):
    """How to measure: the block rule, the shares of closed goods, how often to resample and from which seed."""

    rule: BlockRule = SHIPPED_RULE
    shares: tuple[float, ...] = SHARES
    resamples: int = RESAMPLES
    seed: int = SEED


AS_SHIPPED = Asked()


def evaluate(
    model: Model,
    rows: Sequence[Row],
    *,
    countries: Sequence[str | None] = (),
    probes: Sequence[Row] = (),
    disputed: Collection[int] = (),
    asked: Asked = AS_SHIPPED,
) -> Evaluation:
    """Measure a model on labelled rows. Raises BadSetup without rows or with a cluster that the model lacks.

    `countries` is empty or one a row; `probes` are titles that must be told right whatever the rows are; `disputed` are
    indices of rows whose label somebody disputes: they count, and the figures without them stand beside. What only a
    caller knows (file, disguises, gates) is added with `evaluation.model_copy(update=...)`.
    """
    answers = answers_of(model, rows, countries)
    return evaluate_answers(model, answers, [row.text for row in rows], probes, disputed, asked)


def evaluate_answers(
    model: Model,
    answers: Answers,
    titles: Sequence[str],
    probes: Sequence[Row] = (),
    disputed: Collection[int] = (),
    asked: Asked = AS_SHIPPED,
) -> Evaluation:
    """The same from answers that are there already; `titles` only serve to time the model."""
    home = answers.home
    at_home = answers.where(home) if home.any() else None
    rule, shares, resamples, seed = asked
    return Evaluation(
        model=model.id,
        weights=hashlib.sha256(np.ascontiguousarray(model.weights).tobytes()).hexdigest(),
        clusters=list(model.clusters),
        measured=_measured(answers, asked),
        all=slice_of(answers, resamples, seed),
        indonesian=at_home and slice_of(at_home, resamples, seed),
        by=slices_of(answers, resamples, seed),
        blocks=blocks_of(answers, *asked),
        blocks_indonesian=at_home and blocks_of(at_home, *asked),
        thresholds=thresholds_of(answers, rule, shares),
        thresholds_indonesian=at_home and thresholds_of(at_home, rule, shares),
        calibration=calibration_of(answers, *asked),
        probes=ask_probes(model, probes),
        serving=Serving(bytes=serving_bytes(model), titles_a_cpu_second=time_titles(model, titles)),
        disputed=_without(answers, disputed, asked),
    )


def ask_probes(model: Model, probes: Sequence[Row]) -> Probes | None:
    """Ask the probes whose cluster the model knows; None where that is none."""
    known = [probe for probe in probes if probe.cluster in model.clusters]
    if not known:
        return None
    given = [answer.cluster for answer in classify(model, [probe.text for probe in known])]
    wrong = [
        WrongProbe(title=probe.text, cluster=cluster, expected=probe.cluster)
        for probe, cluster in zip(known, given, strict=True)
        if cluster != probe.cluster
    ]
    return Probes(asked=len(known), right=1 - len(wrong) / len(known), wrong=wrong)


def serving_bytes(model: Model) -> int:
    """Give the bytes of the arrays that serving holds for this model alone."""
    return model.weights.nbytes + model.bias.nbytes + model.abstain_below.nbytes


def time_titles(model: Model, titles: Sequence[str]) -> int:
    """Give titles a CPU-second, normalising included: the best of a dozen runs over at least 20,000 titles, since on a
    shared core a single run may take twice as long.
    """
    timed = list(titles[:TIMED_AT_MOST]) * -(-TIMED_TITLES // len(titles))
    seconds = []
    for _ in range(TIMED_RUNS):
        start = time.process_time()
        classify(model, timed)
        seconds.append(time.process_time() - start)
    return round(len(timed) / min(seconds))


def _measured(answers: Answers, asked: Asked) -> Measured:
    return Measured(
        data=None,
        sha256=None,
        rows=len(answers.truth),
        bad_rows=0,
        groups=len(np.unique(answers.groups)),
        resamples=asked.resamples,
        seed=asked.seed,
        closed=[cluster for cluster in asked.rule.closed if cluster in answers.clusters],
        block_at=asked.rule.at,
    )


def _without(answers: Answers, disputed: Collection[int], asked: Asked) -> Disputed | None:
    if not disputed:
        return None
    kept = np.ones(len(answers.truth), bool)
    kept[list(disputed)] = False
    rest, at_home = answers.where(kept), answers.where(kept & answers.home)
    return Disputed(
        rows=len(disputed),
        all=slice_of(rest, asked.resamples, asked.seed),
        indonesian=slice_of(at_home, asked.resamples, asked.seed) if len(at_home.truth) else None,
        blocks=blocks_of(rest, *asked),
        blocks_indonesian=blocks_of(at_home, *asked) if len(at_home.truth) else None,
    )
