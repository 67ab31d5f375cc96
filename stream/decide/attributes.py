"""Attributes that a policy declares: `attributes:` in, facts by name out.

A declaration gives an attribute of listings or sellers a kind. What an event carries under that name in another form
is unknown, never an error of the event. It refuses to know conditions.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from stream.contract.fields import ATTRIBUTES, SELLER_ATTRIBUTES
from stream.contract.instant import parse_instant
from stream.decide.batches import Batch
from stream.decide.countries import country_of
from stream.decide.facts import Fact, Keys, Reading, money_of
from stream.decide.fields import check_fields
from stream.decide.kinds import (
    CHOICE,
    CODE,
    COUNTER,
    COUNTRY,
    FLAG,
    IDENTIFIER,
    MONEY,
    NUMBER,
    PATH,
    SET,
    TEXT,
    TIME,
    Kind,
    code_of,
    path_of,
    set_of,
    text_of,
)
from stream.decide.money import read_money
from stream.decide.unreadable import Unreadable
from stream.decide.yaml_nodes import Fields, Items, Node, Scalar, shown
from stream.problems import Problem, did_you_mean

OWNERS = ("listing", "seller")
FIELD = "attributes"
MAX_NAME = 64
_EXAMPLE = "write `{listing: {weight_kg: number}, seller: {monthly_orders: counter}}`"


@dataclass(frozen=True, slots=True)
class Form:
    """How a kind of attribute stands in events: `key` takes the JSON value, or gives None; `value` the fact's."""

    kind: Kind
    key: Callable[[Any], Any]
    value: Callable[[Any], Any]
    like: Keys = Keys.REPEATING


def _text(found: Any) -> str | None:
    return found if isinstance(found, str) else None


def _number(found: Any) -> int | float | None:
    return found if isinstance(found, int | float) and not isinstance(found, bool) else None


def _count(found: Any) -> int | None:
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None


def _flag(found: Any) -> bool | None:
    return found if isinstance(found, bool) else None


def _texts(found: Any) -> tuple[str, ...] | None:
    return tuple(found) if isinstance(found, list) and all(isinstance(part, str) for part in found) else None


def _time(found: Any) -> int | None:
    try:
        return parse_instant(found).micros if isinstance(found, str) else None
    except ValueError:
        return None


def _money(found: Any) -> tuple[str, str] | None:
    amount, currency = (found.get(name) for name in ("amount", "currency")) if isinstance(found, dict) else (None, None)
    try:
        read_money(f"{_text(amount)} {_text(currency)}")
    except Unreadable:
        return None
    return amount, currency


def _same(key: Any) -> Any:
    return key


FORMS = {
    form.kind.name: form
    for form in (
        Form(TEXT, _text, text_of),
        Form(IDENTIFIER, _text, lambda key: key or None),
        Form(CODE, _text, code_of),
        Form(COUNTRY, _text, country_of),
        Form(PATH, _texts, path_of),
        Form(SET, _texts, set_of),
        Form(NUMBER, _number, _same, Keys.NUMBERS),
        Form(COUNTER, _count, _same, Keys.REPEATING_NUMBERS),
        Form(MONEY, _money, money_of, Keys.PRICES),
        Form(TIME, _time, _same, Keys.NUMBERS),
        Form(FLAG, _flag, _same),
    )
}


def steps_of(path: str) -> tuple[str, ...]:
    """Give the steps to a part of an event; an attribute's name is one step, whatever stands in it.

    >>> steps_of("listing.attributes.Halal No."), steps_of("listing.tkdn.bmp")
    (('listing', 'attributes', 'Halal No.'), ('listing', 'tkdn', 'bmp'))
    """
    for held in (f"{owner}.{FIELD}." for owner in OWNERS):
        if path.startswith(held):
            return *held.split(".")[:-1], path.removeprefix(held)
    return tuple(path.split("."))


def read_attributes(node: Node, problems: list[Problem]) -> dict[str, Fact]:
    """Read what a policy declares, as facts by name; what is wrong is left out and added to `problems`."""
    if not isinstance(node, Fields):
        problems.append(node.place.problem(f"expected attributes by whose they are, found {shown(node)}", _EXAMPLE))
        return {}
    check_fields(node, "`attributes`", OWNERS, (), problems)
    owners = [(owner, node.get(owner)) for owner in OWNERS]
    facts = [fact for owner, held in owners if held for fact in _owned(owner, held, problems)]
    return {fact.name: fact for fact in facts}


def _owned(owner: str, node: Node, problems: list[Problem]) -> list[Fact]:
    if not isinstance(node, Fields):
        problems.append(node.place.problem(f"expected attributes by name, found {shown(node)}", _EXAMPLE))
        return []
    return [fact for key, held in node.entries if (fact := _declared(owner, key, held, problems))]


def _declared(owner: str, key: Scalar, node: Node, problems: list[Problem]) -> Fact | None:
    name = key.text
    if not name.isprintable() or name != name.strip() or not 0 < len(name) <= MAX_NAME:
        hint = f"the name as events have it: up to {MAX_NAME} printable characters, no space around them"
        return problems.append(key.place.problem(f"expected the name of an attribute, found {shown(key)}", hint))
    if isinstance(node, Items):
        choices = [each.text for each in node.nodes if isinstance(each, Scalar) and not each.empty]
        if choices and len(choices) == len(node.nodes):
            return choice_fact(owner, name, tuple(choices))
    elif isinstance(node, Scalar) and node.text in FORMS:
        return attribute_fact(owner, name, node.text)
    found = node.text if isinstance(node, Scalar) else ""
    message = f"expected a kind of attribute, found {shown(node)}{did_you_mean(found, FORMS)}"
    kinds = f"kinds: {', '.join(f'`{kind}`' for kind in FORMS)}; a list of names makes a choice"
    return problems.append(node.place.problem(message, kinds))


@cache
def attribute_fact(owner: str, name: str, kind: str) -> Fact:
    """Give the fact that an attribute is; one object for all policies that declare it alike."""
    form = FORMS[kind]
    return Fact(
        f"{owner}.{FIELD}.{name}", _optional(form.kind), _reading(owner, name, kind, form), form.value, "declared"
    )


@cache
def choice_fact(owner: str, name: str, choices: tuple[str, ...]) -> Fact:
    """Give the fact of an attribute that is one of some names; any other value is unknown."""
    reading = _reading(owner, name, TEXT.name, FORMS[TEXT.name])
    value = {choice: choice for choice in choices}.get
    return Fact(f"{owner}.{FIELD}.{name}", CHOICE, reading, value, "declared", choices)


def _optional(kind: Kind) -> Kind:
    """Let presence be asked for, which facts of this kind that are always there do without."""
    return kind if "present" in kind.operators else replace(kind, operators=(*kind.operators, "present"))


def _reading(owner: str, name: str, kind: str, form: Form) -> Reading:
    key, field = form.key, ATTRIBUTES if owner == "listing" else SELLER_ATTRIBUTES

    def keys(batch: Batch) -> list[Any]:
        return [None if held is None else key(held.get(name)) for held in batch.column(field)]

    return Reading(f"{owner}.{FIELD}.{name}:{kind}", keys, form.like, late=True)
