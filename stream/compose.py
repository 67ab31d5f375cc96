"""The one place that composes: the environment in, settings and a pipeline of model and policies that fit out."""

from collections.abc import Sequence
from pathlib import Path

from stream.classify.artifact import load_model
from stream.classify.classifier import Model
from stream.decide.load import find_policies
from stream.decide.policy import PolicySet
from stream.pipeline import Pipeline
from stream.problems import BadSetup, Problem
from stream.settings import Settings, check_settings


def load(policies: Sequence[Path] = (), **overrides: object) -> tuple[Settings, Pipeline]:
    """Read the settings, then the model and the policies (those given, else the settings' own).

    Raises BadSetup with the problems of all three, so that one try shows whatever is to be mended.
    """
    settings, model, policy_set, problems = attempt(policies, **overrides)
    if problems or model is None:
        raise BadSetup(problems)
    return settings, Pipeline(model, policy_set)


def attempt(
    policies: Sequence[Path] = (), **overrides: object
) -> tuple[Settings, Model | None, PolicySet, list[Problem]]:
    """Load what can be loaded, and find every problem: for whoever has more to check before refusing."""
    settings, problems = check_settings(**overrides)
    model = None
    try:
        model = load_model(settings.shelf, settings.model)
    except BadSetup as bad:
        problems += bad.problems
    found, wrong = find_policies(policies or [settings.policies], model and model.clusters)
    return settings, model, found, problems + wrong
