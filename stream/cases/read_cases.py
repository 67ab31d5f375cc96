"""Reading cases: the text of a cases file and the policy that it lies beside in, cases out, or every problem it has.

Grammar: docs/policy.md. It refuses to know folders and models, but for the clusters that a model assigns.
"""

from collections.abc import Sequence
from typing import NamedTuple

from stream.cases.case import Case
from stream.cases.event_parts import Written, read_event
from stream.cases.expectations import read_expectations
from stream.cases.given_scores import no_matter, read_classification
from stream.contract.classification import Classification
from stream.contract.instant import Instant, instant_at
from stream.decide.asks import Moment
from stream.decide.condition_reader import SCORE
from stream.decide.conditions import asks_in
from stream.decide.fields import check_fields, read_flag, read_one_line
from stream.decide.local_time import read_time
from stream.decide.plainest import plainest
from stream.decide.policy import Policy
from stream.decide.unreadable import Unreadable
from stream.decide.yaml_nodes import Fields, Items, Node, Scalar, read_yaml, shown
from stream.problems import Problem

FIELDS = ("name", "as_of", "as_known_on", "event", "classification", "classify", "expect", "note")
NEEDED = ("name", "as_of", "expect")
CLASSIFIED = ("cluster", "abstained", SCORE)


class Scope(NamedTuple):
    """What a case is read with: its policy, and the clusters of the model."""

    policy: Policy
    clusters: Sequence[str]


def read_cases(text: str, file: str, scope: Scope, problems: list[Problem]) -> list[Case]:
    """Read the cases of a policy: those that are sound, with all that is wrong added to `problems`."""
    node = read_yaml(text, file, {"": "case"}, problems)
    if node is None:
        return []
    if not isinstance(node, Items) or not node.nodes:
        message = f"expected a list of cases, found {'an empty one' if isinstance(node, Items) else shown(node)}"
        problems.append(node.place.problem(message, "each begins with `- name:`"))
        return []
    cases = [case for each in node.nodes if (case := _case(each, scope, problems))]
    problems += _given_twice(cases)
    return cases


def _given_twice(cases: Sequence[Case]) -> list[Problem]:
    lines: dict[str, int] = {}
    return [
        case.place.problem(f"the name is given twice, first in line {line}", "a name tells a case from the others")
        for case in cases
        if (line := lines.setdefault(case.name, case.place.line)) != case.place.line
    ]


def _case(node: Node, scope: Scope, problems: list[Problem]) -> Case | None:
    before = len(problems)
    if not isinstance(node, Fields):
        return problems.append(node.place.problem(f"expected a case, found {shown(node)}", "it begins with `- name:`"))
    if not check_fields(node, "a case", FIELDS, NEEDED, problems):
        return None
    name = read_one_line(node.get("name"), problems)
    expected = read_expectations(node.get("expect"), scope.policy, problems)
    as_of, known = (_instant(node.get(field), scope.policy, problems) for field in ("as_of", "as_known_on"))
    if as_of is None:
        return None
    plain, policy = plainest(scope.policy.market, as_of.micros), scope.policy
    written = Written(policy.zone, {name: fact.kind.name for name, fact in policy.attributes.items()})
    event = read_event(node.get("event"), plain, written, problems)
    moment = Moment(as_of.micros, (known or as_of).micros)
    classification = _classification(node, scope, moment, problems)
    if len(problems) > before or event is None:
        return None
    return Case(name, as_of, known, event, classification, expected, node.place)


def _instant(node: Node | None, policy: Policy, problems: list[Problem]) -> Instant | None:
    """Read a date or time in the policy's zone."""
    if node is None:
        return None
    if not isinstance(node, Scalar):
        return problems.append(node.place.problem(f"expected a date or a time, found {shown(node)}"))
    try:
        return instant_at(read_time(node.text, policy.zone))
    except Unreadable as reason:
        return problems.append(node.place.problem(reason.message, reason.hint))


def _classification(node: Fields, scope: Scope, moment: Moment, problems: list[Problem]) -> Classification | None:
    """Give what the case says the model says; None where the model is to say it."""
    given, asked = node.get("classification"), node.get("classify")
    if asked is not None:
        return _by_the_model(node, asked, problems)
    if given is not None:
        return read_classification(given, scope.clusters, problems)
    if words := _classified(scope.policy, moment):
        message = (
            f"the policy asks for {', '.join(f'`{word}`' for word in words)}, and the case gives no classification"
        )
        hint = "add `classification: CLUSTER`, or `classify: true` for what the shelf's model says of the title"
        return problems.append(node.place.problem(message, hint))
    return no_matter(scope.clusters)


def _by_the_model(node: Fields, asked: Node, problems: list[Problem]) -> None:
    if read_flag(asked, problems) is False:
        problems.append(asked.place.problem("`classify: false` asks for nothing", "delete it"))
    if (given := node.get("classification")) is not None:
        problems.append(given.place.problem("both `classification` and `classify`", "keep one"))
    if not _has_title(node.get("event")):
        hint = "write `event: {listing.title: ...}`"
        problems.append(asked.place.problem("`classify` reads the title, and the case gives none", hint))


def _has_title(event: Node | None) -> bool:
    listing = event.get("listing") if isinstance(event, Fields) else None
    nested = isinstance(listing, Fields) and listing.get("title") is not None
    return nested or (isinstance(event, Fields) and event.get("listing.title") is not None)


def _classified(policy: Policy, moment: Moment) -> list[str]:
    """Give which of the classification's facts the phase in force asks for."""
    phase = policy.phase_at(moment)
    asked = {ask.fact.name for rule in (phase.rules if phase else ()) for ask in asks_in(rule.condition)}
    return [word for word in CLASSIFIED if word in asked]
