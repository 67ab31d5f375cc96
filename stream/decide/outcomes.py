"""What a rule asks for when it matches: `then:` in, frozen outcomes out, plain and ready for the wire.

A rule may decide (allow or block), ask for review, advise, annotate with a named rate or amount, and ask for
evidence, in any combination. Whatever is wrong is added to `problems`.
"""

import re
from dataclasses import dataclass
from typing import Any, get_args

from stream.contract.decision import Decision
from stream.decide.fields import check_fields, read_flag, read_name, read_word
from stream.decide.money import UnknownCurrency, read_money
from stream.decide.unreadable import Unreadable
from stream.decide.yaml_nodes import Fields, Items, Node, Scalar, shown
from stream.problems import Problem, did_you_mean

DECISIONS: tuple[str, ...] = get_args(Decision.model_fields["decision"].annotation)
FIELDS = ("decision", "review", "advice", "annotations", "evidence")
_PERCENT = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) ?%")


@dataclass(frozen=True, slots=True)
class Outcomes:
    """`annotations` hold their name with `percent`, or with `amount` and `currency`, as texts."""

    decision: str | None = None
    review: bool = False
    advice: tuple[str, ...] = ()
    annotations: tuple[dict[str, str], ...] = ()
    evidence: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """The weightiest thing asked for: what a reason shows as `then`."""
        if self.decision or self.review:
            return self.decision or "review"
        return "advice" if self.advice else "annotations" if self.annotations else "evidence"


def read_outcomes(node: Node, problems: list[Problem]) -> Outcomes | None:
    """Read `block`, `allow`, `review`, or a mapping of outcomes; None when anything in it is wrong."""
    if isinstance(node, Scalar):
        return _word(node, problems)
    if not isinstance(node, Fields) or not node.entries:
        return problems.append(
            node.place.problem(
                f"expected what then, found {shown(node)}", "write `block`, `allow`, `review` or `{advice: tkdn}`"
            )
        )
    before = len(problems)
    if not check_fields(node, "`then`", FIELDS, (), problems):
        return None
    held = {name: node.get(name) for name in FIELDS}
    for key, value in node.entries:
        if holds_nothing(value):
            problems.append(key.place.problem(f"`{key.text}` names nothing", "delete it, or say what"))
    outcomes = Outcomes(
        decision=_decision(held["decision"], problems),
        review=bool(held["review"] and _review(held["review"], problems)),
        advice=_names(held["advice"], problems),
        annotations=_annotations(held["annotations"], problems),
        evidence=_names(held["evidence"], problems),
    )
    return outcomes if len(problems) == before else None


def holds_nothing(node: Node) -> bool:
    """Tell whether a list or a mapping is an empty one."""
    match node:
        case Items(nodes=held) | Fields(entries=held):
            return not held
    return False


def _word(node: Scalar, problems: list[Problem]) -> Outcomes | None:
    if node.text == "review":
        return Outcomes(review=True)
    decision = _decision(node, problems, (*DECISIONS, "review"))
    return Outcomes(decision=decision) if decision else None


def _decision(node: Node | None, problems: list[Problem], known: tuple[str, ...] = DECISIONS) -> str | None:
    if node is None:
        return None
    found = read_word(node, "a decision", problems)
    if found is None or found in known:
        return found
    hint = f"known: {', '.join(f'`{word}`' for word in known)}; other outcomes are a mapping such as `{{advice: tkdn}}`"
    return problems.append(node.place.problem(f"unknown decision `{found}`{did_you_mean(found, known)}", hint))


def _review(node: Node, problems: list[Problem]) -> bool:
    wanted = read_flag(node, problems)
    if wanted is False:
        problems.append(node.place.problem("`review: false` asks for nothing", "delete it"))
    return bool(wanted)


def _names(node: Node | None, problems: list[Problem]) -> tuple[str, ...]:
    if node is None:
        return ()
    nodes = node.nodes if isinstance(node, Items) else (node,)
    return tuple(read_name(each, problems) for each in nodes)


def _annotations(node: Node | None, problems: list[Problem]) -> tuple[dict[str, str], ...]:
    if node is None:
        return ()
    if not isinstance(node, Fields):
        problems.append(node.place.problem("expected names with a rate or an amount", "write `{import-duty: 7.5%}`"))
        return ()
    return tuple({"name": read_name(key, problems), **_worth(value, problems)} for key, value in node.entries)


def _worth(node: Node, problems: list[Problem]) -> dict[str, Any]:
    """Read `7.5%` or `20000 IDR` as the texts that decisions show."""
    text = node.text.strip() if isinstance(node, Scalar) else ""
    percent = _PERCENT.fullmatch(text)
    if percent:
        return {"percent": percent[1]}
    try:
        money = read_money(text)
    except UnknownCurrency as reason:
        problems.append(node.place.problem(reason.message, reason.hint))
        return {}
    except Unreadable:
        problems.append(
            node.place.problem(f"expected a rate or an amount, found {shown(node)}", "write `7.5%` or `20000 IDR`")
        )
        return {}
    return {"amount": text.partition(" ")[0], "currency": money.currency}
