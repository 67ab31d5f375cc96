"""The clauses that read one thing: a key in, the bits of the terms that it leaves standing out.

A bit stands where every clause of its term that reads this key is true (or, asked for what is possible, hangs on a
missing rate alone). It refuses to know how keys are looked up.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from typing import Any

from stream.decide.clauses import Clause
from stream.decide.conditions import Condition, asks_in, truth_of
from stream.decide.facts import Fact, Keys, Reading


class Values:
    """What one key says: each fact is read from it once, however many conditions ask."""

    def __init__(self, key: Any) -> None:
        self.key = key
        self.read: dict[int, Any] = {}

    def of(self, fact: Fact) -> Any:
        if id(fact) not in self.read:
            self.read[id(fact)] = fact.value(self.key)
        return self.read[id(fact)]


@dataclass(frozen=True)
class Group:
    """The clauses that share a reading; `possible` takes money that cannot be compared for enough."""

    clauses: Sequence[Clause]
    every_bit: int
    possible: bool = False

    @property
    def terms(self) -> int:
        """The bits that it has a say in."""
        return reduce(or_, (clause.bit for clause in self.clauses), 0)

    @property
    def reading(self) -> Reading:
        return self.clauses[0].reading

    def bits(self, key: Any) -> int:
        fallen, values = 0, Values(key)
        could_be = self.possible and key is not None and self.clauses and self.reading.like is Keys.PRICES
        for condition, bits in self.asked.items():
            truth = truth_of(condition, values.of)
            fallen |= 0 if truth or (truth is None and could_be) else bits
        return self.every_bit & ~fallen

    @cached_property
    def asked(self) -> dict[Condition, int]:
        """The bits of each condition: what many rules and policies ask is asked once."""
        asked: dict[Condition, int] = defaultdict(int)
        for clause in self.clauses:
            asked[clause.condition] |= clause.bit
        return asked

    def questions(self) -> list[Any]:
        return [ask.question for condition in self.asked for ask in asks_in(condition)]
