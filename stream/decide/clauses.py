"""Conditions taken apart for asking in batches: clauses that read one thing each, joined by the terms of a formula.

A settled condition comes in; out come clauses, each with the bit of the term it belongs to, and a formula that says
which terms make the condition true. A term's bit is set when all its clauses hold, so one `and` over whole numbers
asks every rule at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_

from stream.decide.conditions import Condition, Every, Not, Some, asks_in
from stream.decide.facts import Reading


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a condition that reads one thing, and the bit of its term."""

    bit: int
    reading: Reading
    condition: Condition


@dataclass(frozen=True)
class Formula:
    """Holds where its term's bit is set and each choice has an alternative that holds."""

    bit: int
    choices: "tuple[tuple[Formula, ...], ...]" = ()

    @cached_property
    def below(self) -> int:
        """The bits of all alternatives: where its own bit is not set they do not matter."""
        return reduce(or_, (each.bit | each.below for choice in self.choices for each in choice), 0)

    def holds(self, bits: int) -> bool:
        return bool(bits & self.bit) and all(any(each.holds(bits) for each in choice) for choice in self.choices)


class Terms:
    """Hands out bits, and keeps the clauses of every term."""

    def __init__(self) -> None:
        self.count = 0
        self.clauses: list[Clause] = []

    def formula(self, condition: Condition) -> Formula:
        """Take a condition apart under a bit of its own."""
        bit = 1 << self.count
        self.count += 1
        choices: list[tuple[Condition, ...]] = []
        for part in _conjuncts(condition):
            readings = {ask.fact.reading.name: ask.fact.reading for ask in asks_in(part)}
            if len(readings) == 1:
                self.clauses.append(Clause(bit, next(iter(readings.values())), part))
            else:
                choices.append(tuple(_disjuncts(part)))
        return Formula(bit, tuple(tuple(self.formula(part) for part in choice) for choice in choices))


def _conjuncts(condition: Condition) -> Iterable[Condition]:
    """Give the parts that must all hold; one that reads a single thing, or offers a choice, stays whole."""
    parts = _parts(condition, Every, Some)
    return [condition] if parts is None else [inner for part in parts for inner in _conjuncts(part)]


def _disjuncts(condition: Condition) -> Iterable[Condition]:
    """Give the alternatives of a choice."""
    parts = _parts(condition, Some, Every)
    return [condition] if parts is None else [inner for part in parts for inner in _disjuncts(part)]


def _parts(condition: Condition, joined: type, opposed: type) -> Iterable[Condition] | None:
    """Give the parts of a condition that is joined in one way, its negations pushed inwards; None for any other."""
    match condition:
        case Not(Not(part)):
            return [part]
        case Not(part) if isinstance(part, opposed):
            return [Not(inner) for inner in part.parts]
        case _ if isinstance(condition, joined):
            return condition.parts
    return None
