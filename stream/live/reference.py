"""The reference profile that a live model's stream is held beside: the deployment's own, or the entry's."""

from pathlib import Path
from typing import NamedTuple

from stream.classify.classifier import Model
from stream.drift.profile import PROFILE, Profile, load_profile, read_profile
from stream.problems import BadSetup, Problem


class Reference(NamedTuple):
    """A profile. `own` says whether it is of this deployment's listings: beside an entry's, which is of held-out
    training titles, every shop has drifted, and nobody should be woken.
    """

    profile: Profile
    own: bool


class Found(NamedTuple):
    """The profile of a model, None where there is none, and why one that there is cannot be used."""

    reference: Reference | None = None
    problems: tuple[Problem, ...] = ()


def find_reference(model: Model, shelf: Path, own: Path | None) -> Found:
    """Load the deployment's own profile where it is of this model, else the one that lies in the model's entry.

    A profile only watches: one that cannot be used is told, and keeps no model from being live.
    """
    try:
        if own is not None and read_profile(own).model == model.id:
            return Found(Reference(load_profile(own, model.id, model.clusters), own=True))
        beside = shelf / model.id.partition("#")[0] / PROFILE
        if not beside.is_file():
            return Found()
        return Found(Reference(load_profile(beside, model.id, model.clusters), own=False))
    except BadSetup as bad:
        return Found(problems=bad.problems)
