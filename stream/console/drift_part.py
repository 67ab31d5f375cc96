"""The part *Drift* of the page Models: the newest kept decisions beside the live model's profile.

The console sees decisions and listings, and no worker's metrics: this is its own sample, whole listings where more come
than it keeps. What a worker watches is in its `keran_drift_*`.
"""

from typing import NamedTuple

import msgspec
import numpy as np

from stream.classify.classifier import Model
from stream.classify.unseen import said_buckets, unseen_shares
from stream.console.desk import Desk
from stream.drift.alarms import LIMIT, TITLES_AT_LEAST, Drifted, drifted
from stream.drift.signals import Counts, added, count, titles_in
from stream.live.reference import Reference, find_reference
from stream.problems import Problem

LOOKED_AT = 2_000


class Classified(msgspec.Struct):
    """What a decision says of its classification."""

    cluster: str
    scores: dict[str, float]
    abstained: bool
    model: str


class _Decision(msgspec.Struct):
    classification: Classified


class DriftPart(NamedTuple):
    """What the page shows: `signals` is empty below `at_least` titles, and where there is no profile."""

    reference: Reference | None
    problems: tuple[Problem, ...]
    titles: int
    signals: list[Drifted]
    limit: float = LIMIT
    at_least: int = TITLES_AT_LEAST


_decode = msgspec.json.Decoder(_Decision).decode


def drift_part(desk: Desk) -> DriftPart:
    """Measure what is kept of the live model's decisions."""
    model = desk.serving.live.pipeline.model
    found = find_reference(model, desk.shelf, desk.profile)
    if found.reference is None:
        return DriftPart(None, found.problems, 0, [])
    counts = _counted(model, desk)
    signals = drifted(found.reference.profile, counts, {})
    return DriftPart(found.reference, (), titles_in(counts), signals)


def _counted(model: Model, desk: Desk) -> Counts:
    read = [(_read(value), title) for value, title in desk.board.questions.decided(LOOKED_AT)]
    rows = [(said, title) for said, title in read if said and said.model == model.id and said.cluster in said.scores]
    if not rows:
        return added([], model.clusters)
    titles = [title for _, title in rows]
    scores = np.array([round(said.scores[said.cluster] * 10_000) for said, _ in rows])
    likeliest = np.array([model.clusters.index(said.cluster) for said, _ in rows])
    abstained = np.array([said.abstained for said, _ in rows])
    unseen = unseen_shares(said_buckets(model), titles, model.fold_table)
    return count(model.clusters, likeliest, scores, abstained, unseen, titles)


def _read(value: bytes) -> Classified | None:
    try:
        return _decode(value).classification
    except msgspec.MsgspecError:  # others may write to a topic too
        return None
