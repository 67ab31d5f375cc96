"""The one place that composes: the environment in, settings and a pipeline of model and policies that fit out."""

from collections.abc import Sequence
from pathlib import Path

from stream.classify.artifact import load_model
from stream.decide.load import load_policies
from stream.pipeline import Pipeline
from stream.problems import BadSetup
from stream.settings import Settings, check_settings


def load(policies: Sequence[Path] = (), **overrides: object) -> tuple[Settings, Pipeline]:
    """Read the settings, then the model and the policies (those given, else the settings' own).

    Raises BadSetup with the problems of all three, so that one try shows whatever is to be mended.
    """
    settings, problems = check_settings(**overrides)
    model = policy_set = None
    try:
        model = load_model(settings.shelf, settings.model)
    except BadSetup as bad:
        problems += bad.problems
    try:
        policy_set = load_policies(policies or [settings.policies], model and model.clusters)
    except BadSetup as bad:
        problems += bad.problems
    if problems or model is None or policy_set is None:
        raise BadSetup(problems)
    return settings, Pipeline(model, policy_set)
