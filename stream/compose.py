"""The one place that composes: the environment in, settings and a pipeline of model and policies that fit out."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from stream.classify.artifact import load_model
from stream.classify.classifier import Model
from stream.decide.load import find_policies
from stream.decide.policy import PolicySet
from stream.pipeline import Pipeline
from stream.problems import BadSetup, Problem, gathered
from stream.settings import Settings, check_settings


def load(policies: Sequence[Path] = (), **overrides: object) -> tuple[Settings, Pipeline]:
    """Read the settings, then the model and the policies (those given, else the settings' own).

    Raises BadSetup with the problems of all three, so that one try shows whatever is to be mended.
    """
    settings, model, (policy_set,) = load_sets([policies], **overrides)
    return settings, Pipeline(model, policy_set)


def load_sets(
    sets: Sequence[Sequence[Path]], found: Iterable[Problem] = (), **overrides: object
) -> tuple[Settings, Model, list[PolicySet]]:
    """The same for several policy sets under one model. Problems that were found before are told with the others."""
    settings, model, loaded, problems = attempt(sets, **overrides)
    problems = [*found, *problems]
    if problems or model is None:
        raise BadSetup(dict.fromkeys(problems))
    return settings, model, loaded


def attempt(
    sets: Sequence[Sequence[Path]], **overrides: object
) -> tuple[Settings, Model | None, list[PolicySet], list[Problem]]:
    """Load what can be loaded, and find every problem: for whoever has more to check before refusing."""
    settings, problems = check_settings(**overrides)
    model = gathered(problems, lambda: load_model(settings.shelf, settings.model))
    clusters = model and model.clusters
    loaded = [find_policies(paths or [settings.policies], clusters) for paths in sets]
    return settings, model, [found for found, _ in loaded], problems + [one for _, wrong in loaded for one in wrong]
