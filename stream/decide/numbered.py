"""Numbering: the questions of conditions in, a number for each out, the same question the same, and formulas over them.

It refuses to know what the questions ask.
"""

from collections import defaultdict
from functools import cached_property
from typing import Any

from stream.decide.asks import (
    IsPriced,
    PricedThen,
)
from stream.decide.conditions import Ask, Condition, Every, Not, Some
from stream.decide.facts import Fact
from stream.decide.search import Formula


class Numbered:
    """Numbers the questions of conditions, the same question the same, and gives each condition as a formula."""

    def __init__(self) -> None:
        self.asks: list[Ask] = []
        self.numbers: dict[Any, int] = {}

    def formula(self, condition: Condition) -> Formula:
        match condition:
            case Ask():
                return Formula("ask", self.number(condition))
            case Not(part):
                return Formula("not", parts=(self.formula(part),))
            case Every(parts) | Some(parts):
                joined = "every" if isinstance(condition, Every) else "some"
                return Formula(joined, parts=tuple(self.formula(part) for part in parts))

    def number(self, ask: Ask) -> int:
        key = (*kept_apart(ask.fact), _key(ask.question))
        if key not in self.numbers:
            self.numbers[key] = len(self.asks)
            self.asks.append(ask)
        return self.numbers[key]

    @cached_property
    def by_fact(self) -> dict[tuple[Any, ...], list[int]]:
        """The numbers of the questions, by their fact."""
        found: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for number, ask in enumerate(self.asks):
            found[kept_apart(ask.fact)].append(number)
        return found


def kept_apart(fact: Fact) -> tuple[Any, ...]:
    """Give what two facts have in common only where they are one: policies may give one name to two kinds."""
    return fact.name, fact.reading.name, fact.kind.name, fact.choices


def _key(question: Any) -> Any:
    """Give what equal questions have in common; a question that cannot be compared equals only itself."""
    match question:
        case IsPriced(within, currency, table):
            return "priced", within, currency, id(table)
        case PricedThen(inner, _):
            return "then", _key(inner)
    return question if getattr(type(question), "__hash__", None) else id(question)
