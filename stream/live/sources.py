"""Where pairs come from: a worker's own folders, or a control record with the shelf beside it; made ready here.

A pair that cannot be used is refused with every reason. A shadow that cannot be used is left out, and its reasons come
along: what only watches must not keep anybody from deciding.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from stream.classify.artifact import read_manifest
from stream.contract.control import Control, Shadow
from stream.contract.instant import Instant
from stream.live.load import (
    disk_that_may_change,
    load_pair,
    load_shadow,
    read_live_model,
    read_pair,
    read_policies_whole,
    warm,
)
from stream.live.pair import Pair, pair_in
from stream.live.reference import Found, find_reference
from stream.live.serving import Ready, Serving, ready
from stream.problems import BadSetup, Problem, gathered


class Folders(NamedTuple):
    """What a worker has on its own disk: a shelf, policies, what of them is live and what is the shadow, and the
    profile of its own listings.
    """

    shelf: Path
    model: str | None
    policies: Path
    shadow_model: str | None = None
    shadow_policies: Path | None = None
    profile: Path | None = None


class Loaded(NamedTuple):
    """What can be live from now on, why its shadow cannot be, where it cannot, and its model's profile."""

    serving: Serving
    shadow_problems: tuple[Problem, ...] = ()
    reference: Found = Found()


def load_folders(folders: Folders, as_of: Instant) -> Loaded:
    """Load what lies in the folders, warmed. Raises BadSetup with all problems of the pair."""
    pair, pipeline = read_pair(folders.shelf, folders.model, [folders.policies])
    return _beside(Serving(ready(pair, pipeline)), folders, None, "settings", as_of)


def load_control(control: Control, folders: Folders, as_of: Instant) -> Loaded:
    """Load what a control record names, warmed. Raises BadSetup with all problems of the pair."""
    return _named(pair_in(control), control.control_id, folders, control.shadow, as_of)


def load_replaced(control: Control, folders: Folders, as_of: Instant) -> Loaded:
    """Load what was live before a control record: the pair that it replaced, or the folders. Raises BadSetup."""
    if control.replaced is None:
        return load_folders(folders, as_of)
    return _named(pair_in(control.replaced), control.replaced.control_id, folders, None, as_of)


def _named(pair: Pair, control_id: str, folders: Folders, shadow: Shadow | None, as_of: Instant) -> Loaded:
    source = f"control {control_id}"
    pipeline = load_pair(pair, folders.shelf, source)
    return _beside(Serving(ready(pair, pipeline), control_id), folders, shadow, source, as_of)


def _beside(serving: Serving, folders: Folders, shadow: Shadow | None, source: str, as_of: Instant) -> Loaded:
    warm(serving.live.pipeline, as_of)
    found = find_reference(serving.live.pipeline.model, folders.shelf, folders.profile)
    try:
        beside = _ready_shadow(serving.live, folders, shadow, source)
    except BadSetup as bad:
        return Loaded(serving, bad.problems, found)
    if beside is None:
        return Loaded(serving, (), found)
    warm(beside.pipeline, as_of)
    return Loaded(Serving(serving.live, serving.control_id, beside), (), found)


def _ready_shadow(live: Ready, folders: Folders, shadow: Shadow | None, source: str) -> Ready | None:
    wanted = shadow or _shadow_of(folders, live.pipeline.model.clusters)
    if wanted is None:
        return None
    return ready(*load_shadow(wanted, live.pair, live.pipeline, folders.shelf, source))


def _shadow_of(folders: Folders, clusters: Sequence[str]) -> Shadow | None:
    policies = [folders.shadow_policies] if folders.shadow_policies else []
    if folders.shadow_model is None and not policies:
        return None
    return name_shadow(folders.shelf, folders.shadow_model, policies, clusters)


@disk_that_may_change()
def name_shadow(shelf: Path, model_id: str | None, policies: Sequence[Path], clusters: Sequence[str] | None) -> Shadow:
    """Name a shadow as a control record holds it, its policies checked. Raises BadSetup with all problems.

    `clusters` are the live model's, which a shadow without a model of its own decides on; None where that is unknown.
    """
    problems: list[Problem] = []
    model = None
    if model_id is not None:
        model = gathered(problems, lambda: read_live_model(shelf, model_id))
        clusters = model and read_manifest(shelf / model.id)[0].clusters
    whole = gathered(problems, lambda: read_policies_whole(policies, clusters)[0]) if policies else None
    if problems:
        raise BadSetup(problems)
    return Shadow(model=model, policies=whole)
