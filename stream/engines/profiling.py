"""A file of listing events -> the profile that drift is measured from: what the model makes of one's own listings."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from stream.classify.classifier import Model
from stream.classify.unseen import said_buckets
from stream.drift.alarms import TITLES_AT_LEAST
from stream.drift.profile import Profile, profile_of
from stream.drift.signals import Counts, added, titles_in
from stream.engines.replay import open_file, runs_of
from stream.live.look import look
from stream.pipeline import classify_run
from stream.problems import BadSetup, Problem


def profile_lines(
    model: Model, source: str, run_rows: int = 2_000, progress: Callable[[int], None] = lambda read: None
) -> Profile:
    """Profile the listing events of a file, one a line, `-` for standard input; removals and what cannot be read are
    passed over. Raises BadSetup where it cannot be opened, or has too few to tell chance from drift.
    """
    said, counts = said_buckets(model), added([], model.clusters)
    with ExitStack() as stack:
        for run in runs_of(open_file(stack, source, "rb"), source, run_rows):
            counts = added([counts, _counted(model, said, run)], model.clusters)
            progress(sum(len(record.value) + 1 for record in run))
    return profile_of(model.id, model.clusters, counts, _of(source, titles_in(counts)))


def _counted(model: Model, said: np.ndarray, records: list) -> Counts:
    run = classify_run(model, records)
    return look(model, said, run, np.arange(len(run.classifications)))


def _of(source: str, titles: int) -> str:
    if titles < TITLES_AT_LEAST:
        hint = "a week of them, all hours and days, is what the stream will be held beside"
        raise BadSetup([Problem(f"expected {TITLES_AT_LEAST:,} listing events or more, got {titles:,}", source, hint)])
    name = "standard input" if source == "-" else Path(source).name
    return f"{titles:,} listing events of {name}"
