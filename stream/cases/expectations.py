"""What a case expects: a mapping of parts of a ruling in, comparable values with their places out.

Only what is named is looked at. It refuses to know how rulings come about.
"""

from collections.abc import Callable, Mapping
from typing import Any

from stream.cases.case import Expected
from stream.decide.fields import check_fields, read_flag, read_name, read_word
from stream.decide.origin import CONFLICTS
from stream.decide.outcomes import DECISIONS, holds_nothing, read_outcomes
from stream.decide.policy import Policy
from stream.decide.ruling import Ruling, matched_rules
from stream.decide.yaml_nodes import Fields, Items, Node, Scalar, is_empty, shown
from stream.problems import Problem, did_you_mean

FIELDS = ("decision", "review", "rules", "advice", "annotations", "evidence", "conflicts")
NEEDED = ("decision",)


def read_expectations(node: Node, policy: Policy, problems: list[Problem]) -> dict[str, Expected]:
    """Read what a case expects of a policy's ruling."""
    if not isinstance(node, Fields):
        problems.append(node.place.problem(f"expected a mapping, found {shown(node)}", "write `{decision: block}`"))
        return {}
    check_fields(node, "`expect`", FIELDS, NEEDED, problems)
    for key, value in node.entries:
        if is_empty(value):
            problems.append(key.place.problem(f"`{key.text}` says nothing", "write `[]` for none, or leave it out"))
    rules = {rule.name for phase in policy.phases for rule in phase.rules}
    readers: Mapping[str, Callable[[Node], Any]] = {
        "decision": lambda at: _known(at, "decision", DECISIONS, problems),
        "review": lambda at: read_flag(at, problems),
        "rules": lambda at: tuple(_known(each, "rule", rules, problems) for each in _each(at)),
        "advice": lambda at: _names(at, problems),
        "annotations": lambda at: _annotations(at, problems),
        "evidence": lambda at: _names(at, problems),
        "conflicts": lambda at: frozenset(_known(each, "conflict", CONFLICTS, problems) for each in _each(at)),
    }
    return {name: Expected(read(at), at.place) for name, read in readers.items() if (at := node.get(name)) is not None}


def found_in(ruling: Ruling) -> dict[str, Any]:
    """Give what a ruling says in the form that expectations have: rules in order, all else as sets."""
    return {
        "decision": ruling.decision,
        "review": ruling.review,
        "rules": tuple(rule for _, _, rule in matched_rules(ruling)),
        "advice": frozenset(ruling.advice),
        "annotations": frozenset(map(_worth, ruling.annotations)),
        "evidence": frozenset(ruling.evidence),
        "conflicts": frozenset(ruling.origin["conflicts"]),
    }


def _each(node: Node) -> tuple[Node, ...]:
    return node.nodes if isinstance(node, Items) else (node,)


def _names(node: Node, problems: list[Problem]) -> frozenset[str]:
    return frozenset(read_name(each, problems) for each in _each(node))


def _known(node: Node, what: str, known: Any, problems: list[Problem]) -> str | None:
    found = read_word(node, f"a {what}", problems)
    if found is None or found in known:
        return found
    hint = f"known: {', '.join(f'`{name}`' for name in sorted(known)) or 'none'}"
    return problems.append(node.place.problem(f"unknown {what} `{found}`{did_you_mean(found, known)}", hint))


def _annotations(node: Node, problems: list[Problem]) -> frozenset[str]:
    """Read annotations as a rule writes them: `{import-duty: 7.5%}`; `{}` and `[]` expect none."""
    if holds_nothing(node):
        return frozenset()
    outcomes = read_outcomes(Fields(((Scalar("annotations", False, node.place), node),), node.place), problems)
    return frozenset(map(_worth, outcomes.annotations if outcomes else ()))


def _worth(annotation: Mapping[str, str]) -> str:
    if "percent" in annotation:
        return f"{annotation['name']} {annotation['percent']}%"
    return f"{annotation['name']} {annotation['amount']} {annotation['currency']}"
