"""Running cases: policies with their cases in, what each case found out; the same `decide` that decides on the stream.

A case is decided by its own policy alone. It refuses to know how results are shown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from stream.cases.case import Case
from stream.cases.expectations import found_in
from stream.cases.load_cases import find_cases, find_orphans
from stream.classify.classifier import Model, classify
from stream.compose import attempt
from stream.contract.classification import Classification, Classifications
from stream.decide.decide import decide
from stream.decide.files import cases_file, policy_file
from stream.decide.policy import Policy, PolicySet
from stream.decide.ruling import Ruling, matched_rules
from stream.decide.trace import values_said
from stream.problems import BadSetup, Problem


@dataclass(frozen=True, slots=True)
class Ran:
    """A case and the ruling that it came to; `silent` are the declared attributes of which its event says nothing."""

    case: Case
    ruling: Ruling
    silent: frozenset[str] = frozenset()

    @property
    def differences(self) -> list[str]:
        """The parts of the ruling that are not as expected, by name."""
        found = found_in(self.ruling)
        return [name for name, expected in self.case.expected.items() if found[name] != expected.value]


@dataclass(frozen=True, slots=True)
class RanPolicy:
    """A policy with what its cases came to; one without cases has not passed."""

    policy: Policy
    ran: tuple[Ran, ...]

    @property
    def passed(self) -> bool:
        return bool(self.ran) and not any(ran.differences for ran in self.ran)


def run_policies(paths: Sequence[Path], **overrides: object) -> list[RanPolicy]:
    """Run the cases of policies, those given, else the settings' own.

    Raises BadSetup with every problem of settings, model, policies and cases.
    """
    named = [policy_file(path) for path in paths]
    settings, model, (policies,), problems = attempt([named], **overrides)
    problems += find_orphans(named or [settings.policies])
    found = []
    for policy in policies.policies:
        cases, wrong = find_cases(policy, model.clusters if model else ())
        problems += wrong if model else []
        found.append((policy, cases))
    if problems or model is None:
        raise BadSetup(problems)
    return [RanPolicy(policy, tuple(run_cases(policy, cases, model))) for policy, cases in found]


def run_cases(policy: Policy, cases: Iterable[Case], model: Model) -> list[Ran]:
    """Decide every case by the policy; the model reads the titles of those that ask for it."""
    alone = PolicySet((policy,))
    return [_ran(alone, case, model) for case in cases]


def reached_rules(policy: Policy, cases: Iterable[Case], model: Model) -> frozenset[tuple[str, str]]:
    """Give the rules that matched in at least one case, each as phase and rule."""
    ran = run_cases(policy, cases, model)
    return frozenset((phase, rule) for each in ran for _, phase, rule in matched_rules(each.ruling))


def reached_by_cases(policies: PolicySet, model: Model) -> tuple[dict[str, frozenset[tuple[str, str]]], list[Problem]]:
    """Give by policy file, for those with cases beside them, the rules that these reach, and what is wrong with cases.

    The problems are warnings: cases keep no worker from starting.
    """
    reached, doubtful = {}, []
    for policy in policies.policies:
        file = policy.place.file
        if cases_file(Path(file)).is_file():
            cases, problems = find_cases(policy, model.clusters)
            reached[file] = reached_rules(policy, cases, model)
            doubtful += [replace(problem, level="warning") for problem in problems]
    return reached, doubtful


def _ran(alone: PolicySet, case: Case, model: Model) -> Ran:
    given = case.classification
    classifications = _one(given) if given else classify(model, [case.event.listing.title])
    (ruling,) = decide(alone, [case.event], classifications, [case.as_of], case.as_known_on)
    value_of = values_said(case.event, classifications)
    declared = alone.policies[0].attributes
    return Ran(case, ruling, frozenset(name for name, fact in declared.items() if value_of(fact) is None))


def _one(given: Classification) -> Classifications:
    scores = np.array([given.scores], np.int32)
    likeliest = np.array([given.clusters.index(given.cluster)])
    return Classifications(given.clusters, scores, likeliest, np.array([given.abstained]), given.model)
