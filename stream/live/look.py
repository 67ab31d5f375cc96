"""A classified run -> what is counted of some of its titles: the same for a worker's watch and for a profile."""

import numpy as np
from numpy.typing import NDArray

from stream.classify.classifier import Model
from stream.classify.unseen import unseen_shares
from stream.contract.fields import TITLE
from stream.drift.signals import Counts, count
from stream.pipeline import ClassifiedRun


def look(model: Model, said: NDArray[np.bool_], run: ClassifiedRun, rows: NDArray[np.int64]) -> Counts:
    """Count the titles of these rows of `run.events`, as the model classified them; `said` is `said_buckets` of it."""
    held = run.classifications
    titles = run.events.rows(rows).column(TITLE)
    likeliest = held.likeliest[rows]
    unseen = unseen_shares(said, titles, model.fold_table)
    return count(model.clusters, likeliest, held.scores[rows, likeliest], held.abstained[rows], unseen, titles)
