"""Rules: a named line of a policy in, a frozen rule out: its condition, what then, its words and its citation.

Whatever is wrong is added to `problems` with its place. It refuses to know phases and events.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stream.decide.condition_reader import Scope, read_condition
from stream.decide.conditions import Condition, Every, Not
from stream.decide.fields import check_fields, read_languages, read_name, read_one_line
from stream.decide.outcomes import Outcomes, read_outcomes
from stream.decide.yaml_nodes import Fields, Node, Place
from stream.problems import Problem

FIELDS = ("id", "when", "except", "then", "text", "citation", "note")
NEEDED = ("id", "when", "then")


@dataclass(frozen=True, slots=True)
class Rule:
    """`condition` is `when` without `except`."""

    name: str
    condition: Condition
    then: Outcomes
    text: Mapping[str, str]
    citation: str | None
    place: Place


def read_rule(node: Node, scope: Scope, problems: list[Problem]) -> Rule | None:
    """Read a rule; None when anything in it is wrong."""
    before = len(problems)
    if not isinstance(node, Fields):
        return problems.append(node.place.problem("expected a rule with `id`, `when` and `then`"))
    if not check_fields(node, "a rule", FIELDS, NEEDED, problems):
        return None
    held = {name: node.get(name) for name in FIELDS}
    name = read_name(held["id"], problems)
    condition = _condition(held, scope, problems)
    then = read_outcomes(held["then"], problems)
    text = read_languages(held["text"], problems) if held["text"] else {}
    citation = read_one_line(held["citation"], problems) if held["citation"] else None
    if len(problems) > before or condition is None or then is None:
        return None
    return Rule(name, condition, then, text, citation, node.place)


def _condition(held: Mapping[str, Any], scope: Scope, problems: list[Problem]) -> Condition | None:
    when = read_condition(held["when"], scope, problems)
    if held["except"] is None:
        return when
    exception = read_condition(held["except"], scope, problems)
    return Every((when, Not(exception))) if when and exception else None
