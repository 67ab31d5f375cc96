"""Reading conditions: a policy's YAML node in, a condition out.

Grammar: docs/policy.md. Whatever is wrong is added to `problems` with its place, and reading goes on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from stream.decide.asks import InList, IsEmpty, IsPresent, IsPriced, IsWithin
from stream.decide.attributes import FIELD as ATTRIBUTES
from stream.decide.attributes import OWNERS
from stream.decide.conditions import Ask, Condition, Every, Not, Some
from stream.decide.conflicts import with_prices
from stream.decide.facts import FACTS, Fact, summed_score
from stream.decide.fields import read_flag, read_word
from stream.decide.kinds import COMPARISONS, MONEY
from stream.decide.money import Money, RateTable
from stream.decide.named_lists import NamedList
from stream.decide.ranges import read_priced, read_range, read_score, read_table
from stream.decide.unreadable import Unreadable
from stream.decide.words import read_words
from stream.decide.yaml_nodes import Fields, Items, Node, Place, Scalar, is_empty, shown
from stream.problems import Problem, did_you_mean

GROUPS = ("all", "any", "none")
SCORE = "score_in"
ALWAYS = "always"
_SCORE_EXAMPLE = "write `{clusters: [craft], gte: 0.8}`"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a policy's conditions may name: its zone, lists, rate tables, and facts with its attributes."""

    zone: ZoneInfo
    lists: Mapping[str, NamedList]
    rates: Mapping[str, RateTable]
    facts: Mapping[str, Fact] = field(default_factory=lambda: FACTS)
    far_below: Condition | None = None


def read_condition(node: Node, scope: Scope, problems: list[Problem]) -> Condition | None:
    """Read a condition; None when anything in it is wrong."""
    return _Reader(scope, problems).condition(node)


class _Reader:
    """Holds what every step of reading one policy's conditions needs."""

    def __init__(self, scope: Scope, problems: list[Problem]) -> None:
        self.scope = scope
        self.problems = problems

    def refuse(self, place: Place, message: str, hint: str = "") -> None:
        self.problems.append(place.problem(message, hint))

    def condition(self, node: Node) -> Condition | None:
        if isinstance(node, Scalar) and node.text == ALWAYS:
            return Every(())
        if not isinstance(node, Fields):
            message = f"expected a condition such as `seller.type: local`, found {shown(node)}"
            return self.refuse(node.place, message, f"write `{ALWAYS}` for a rule without one")
        if not node.entries:
            return self.refuse(node.place, "an empty condition", f"write `{ALWAYS}` for a rule that always matches")
        return _whole(Every, [self.entry(key, value) for key, value in node.entries])

    def entry(self, key: Scalar, node: Node) -> Condition | None:
        if key.text in GROUPS:
            return self.group(key, node)
        if key.text == SCORE:
            return self.score(node)
        if key.text in self.scope.facts:
            asked = self.asked(self.scope.facts[key.text], node)
            return asked and with_prices(asked, self.scope.far_below, self.problems)
        known = [*self.scope.facts, *GROUPS, SCORE]
        near = did_you_mean(key.text, known) or _below(key.text, known)
        if key.text.startswith(tuple(f"{owner}.{ATTRIBUTES}." for owner in OWNERS)):
            hint = f"declare it under `{ATTRIBUTES}` at the top of the policy"
            return self.refuse(key.place, f"unknown attribute `{key.text}`{near}", hint)
        return self.refuse(key.place, f"unknown fact `{key.text}`{near}", "docs/policy.md lists every fact")

    def group(self, key: Scalar, node: Node) -> Condition | None:
        if not isinstance(node, Items) or not node.nodes:
            return self.refuse(node.place, f"expected a list of conditions under `{key.text}`", "each begins with `- `")
        parts = [self.condition(part) for part in node.nodes]
        if key.text == "none":
            inner = _whole(Some, parts)
            return Not(inner) if inner else None
        return _whole(Every if key.text == "all" else Some, parts)

    def asked(self, fact: Fact, node: Node) -> Condition | None:
        """Read what is asked of a fact: a value, a list of values, or a mapping of operators that must all hold."""
        if is_empty(node):
            hint = "to ask for absence write `{present: false}`"
            return self.refuse(node.place, f"expected a value for `{fact.name}`", hint)
        if not isinstance(node, Fields):
            return self.values(fact, node, "")
        if not node.entries:
            return self.refuse(node.place, "an empty condition", f"`{fact.name}` takes {_operators(fact)}")
        if not self.allowed(fact, node):
            return None
        parts = [self.operator(fact, key, value) for key, value in node.entries if key.text not in (*COMPARISONS, "at")]
        return _whole(Every, [*parts, *self.compared(fact, node)])

    def allowed(self, fact: Fact, node: Fields) -> bool:
        wrong = [key for key, _ in node.entries if key.text not in fact.kind.operators]
        for key in wrong:
            message = f"`{key.text}` cannot be asked of `{fact.name}`{did_you_mean(key.text, fact.kind.operators)}"
            self.refuse(key.place, message, f"it takes {_operators(fact)}")
        return not wrong

    def operator(self, fact: Fact, key: Scalar, node: Node) -> Condition | None:
        match key.text:
            case "not":
                inner = self.asked(fact, node)
                return Not(inner) if inner else None
            case "present" | "empty":
                wanted = read_flag(node, self.problems)
                question = IsPresent if key.text == "present" else IsEmpty
                return None if wanted is None else Ask(fact, question(wanted))
            case "matches":
                return self.patterns(fact, node)
            case "in_list" | "prefix_in_list":
                return self.named_list(fact, key, node)
            case _:
                return self.values(fact, node, key.text)

    def values(self, fact: Fact, node: Node, operator: str) -> Condition | None:
        """Read one value or a list of which any will do."""
        if not operator and not fact.kind.bare:
            return self.refuse(node.place, f"`{fact.name}` is compared, not matched", f"it takes {_operators(fact)}")
        words = read_words(fact, node, self.problems)
        read = [self.value(fact, word) for word in words]
        if not read or None in read:
            return None
        if fact.kind is MONEY:
            return self.equal_money(fact, node, dict(zip(words, read, strict=True)))
        question = fact.kind.begins if operator == "prefix" else fact.kind.equals
        return Ask(fact, question(frozenset(read)), words)

    def patterns(self, fact: Fact, node: Node) -> Condition | None:
        """Read one pattern or a list of which any will do."""
        words = read_words(fact, node, self.problems)
        read = [self.unless_refused(word, fact.kind.patterns.read) for word in words]
        return None if not read or None in read else Ask(fact, fact.kind.patterns.asks(frozenset(read)), words)

    def equal_money(self, fact: Fact, node: Node, amounts: Mapping[Scalar, Money]) -> Condition | None:
        before = len(self.problems)
        table = read_table(None, node, self.scope.rates, self.problems)
        if len(self.problems) > before:
            return None
        return _whole(
            Some,
            [
                Ask(fact, IsPriced(IsWithin(m.units, m.units), m.currency, table), (word,))
                for word, m in amounts.items()
            ],
        )

    def unless_refused(self, word: Scalar, how: Callable[[str], Any]) -> Any:
        """Read a word by a reader that raises Unreadable."""
        try:
            return how(word.text)
        except Unreadable as reason:
            return self.refuse(word.place, reason.message, reason.hint)

    def value(self, fact: Fact, word: Scalar) -> Any:
        value = self.unless_refused(word, lambda text: fact.kind.read(text, self.scope.zone))
        if value is not None and fact.choices and value not in fact.choices:
            message = f"unknown value `{value}` for `{fact.name}`{did_you_mean(value, fact.choices)}"
            return self.refuse(word.place, message, f"known: {', '.join(f'`{choice}`' for choice in fact.choices)}")
        return value

    def named_list(self, fact: Fact, key: Scalar, node: Node) -> Condition | None:
        name = read_word(node, "the name of a list", self.problems)
        if name is None:
            return None
        held = self.scope.lists.get(name)
        if held is None:
            message = f"unknown list `{name}`{did_you_mean(name, self.scope.lists)}"
            return self.refuse(node.place, message, "name it under `lists` at the top of the policy")
        question = fact.kind.begins if key.text == "prefix_in_list" else fact.kind.equals
        rows = [(self.value(fact, row.word), row.span) for row in held.rows]
        return None if any(value is None for value, _ in rows) else Ask(fact, InList(name, tuple(rows), question))

    def compared(self, fact: Fact, node: Fields) -> list[Condition | None]:
        """Read the comparisons of a mapping as one range."""
        written = {key.text: value for key, value in node.entries if key.text in COMPARISONS}
        at = node.get("at")
        if not written:
            return [self.refuse(at.place, "`at` without a comparison", "add `lt`, `lte`, `gt` or `gte`")] if at else []
        bounds = {name: self.bound(fact, value) for name, value in written.items()}
        if None in bounds.values():
            return [None]
        words = tuple(value for value in written.values() if isinstance(value, Scalar))
        question = (
            read_priced(node, bounds, self.scope.rates, self.problems)
            if fact.kind is MONEY
            else read_range(node, bounds, self.problems)
        )
        return [question and Ask(fact, question, words)]

    def bound(self, fact: Fact, node: Node) -> Any:
        if not isinstance(node, Scalar) or node.empty:
            return self.refuse(node.place, f"expected one value to compare with, found {shown(node)}")
        return self.value(fact, node)

    def score(self, node: Node) -> Condition | None:
        if not isinstance(node, Fields):
            return self.refuse(node.place, f"expected clusters and a comparison, found {shown(node)}", _SCORE_EXAMPLE)
        known = ("clusters", *COMPARISONS)
        wrong = [key for key, _ in node.entries if key.text not in known]
        for key in wrong:
            message = f"unknown field `{key.text}`{did_you_mean(key.text, known)}"
            self.refuse(key.place, message, f"`score_in` takes {', '.join(f'`{name}`' for name in known)}")
        if wrong:
            return None
        named = node.get("clusters")
        bounds = {key.text: read_score(value, self.problems) for key, value in node.entries if key.text in COMPARISONS}
        if named is None or not bounds:
            return self.refuse(node.place, "`score_in` needs `clusters` and a comparison", _SCORE_EXAMPLE)
        words = read_words(FACTS["cluster"], named, self.problems)
        if not words or None in bounds.values():
            return None
        within = read_range(node, bounds, self.problems)
        return within and Ask(summed_score([word.text for word in words]), within, words)


def _whole(of: type[Every] | type[Some], parts: list[Condition | None]) -> Condition | None:
    """Join parts; nothing when one of them could not be read."""
    read = [part for part in parts if part is not None]
    if len(read) < len(parts):
        return None
    return read[0] if len(read) == 1 else of(tuple(read))


def _operators(fact: Fact) -> str:
    names = [f"`{name}`" for name in fact.kind.operators]
    return f"a value, a list, {', '.join(names)}" if fact.kind.bare else ", ".join(names)


def _below(found: str, known: list[str]) -> str:
    """Give the full name where only its last part was written."""
    full = [name for name in known if name.endswith(f".{found}")]
    return f", did you mean `{full[0]}`?" if full else ""
