"""Answer tables: for one reading, from each event's key to the bits of the terms that the key leaves standing.

Keys come in, whole numbers go out, a bit set where every clause of its term that reads this key is true (or, asked
for what is possible, hangs on a missing rate alone). They refuse to know events and rules. Keys that repeat are
remembered; numbers are looked up between the points where an answer can change.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import inf
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.decide.asks import IsOneOf, IsWithin, PricedThen
from stream.decide.clauses import Clause
from stream.decide.conditions import asks_in
from stream.decide.facts import Keys
from stream.decide.money import UNITS, Money, units_of

REMEMBERED_KEYS = 1 << 16
REMEMBERED_LENGTH = 256  # characters of a key: with the number of keys this keeps a table within some twenty megabytes

Table = Callable[[Any], list[int]]


class Remembered(dict[Any, Any]):
    """Remembers what was worked out for a key that is not long; forgets all when full: events choose the keys."""

    def __init__(self, work_out: Callable[[Any], Any], limit: int = REMEMBERED_KEYS) -> None:
        super().__init__()
        self.work_out = work_out
        self.limit = limit

    def __missing__(self, key: Any) -> Any:
        found = self.work_out(key)
        if _length(key) <= REMEMBERED_LENGTH:
            if len(self) >= self.limit:
                self.clear()
            self[key] = found
        return found


def _length(key: Any) -> int:
    """Count a key's characters, those of its parts included."""
    if isinstance(key, str):
        return len(key)
    return sum(map(_length, key)) if isinstance(key, tuple | frozenset) else 0


@dataclass(frozen=True, slots=True)
class Group:
    """The clauses that share a reading; `possible` takes money that cannot be compared for enough."""

    clauses: Sequence[Clause]
    every_bit: int
    possible: bool = False

    def bits(self, key: Any) -> int:
        fallen = 0
        for clause in self.clauses:
            truth = clause.truth(key)
            fallen |= 0 if truth or (truth is None and self.could_be(clause, key)) else clause.bit
        return self.every_bit & ~fallen

    def could_be(self, clause: Clause, key: Any) -> bool:
        """Tell whether what is unknown might hold if every currency had a rate."""
        return self.possible and key is not None and clause.reading.like is Keys.PRICES

    def questions(self) -> list[Any]:
        return [ask.question for clause in self.clauses for ask in asks_in(clause.condition)]


def table_of(group: Group) -> Table:
    """Give the fitting table for a group."""
    match group.clauses[0].reading.like:
        case Keys.NUMBERS:
            return _number_table(group)
        case Keys.WHOLE:
            return _whole_table(group)
        case Keys.PRICES:
            return _price_table(group)
        case _:
            return _remembered_table(group)


def _remembered_table(group: Group) -> Table:
    known = Remembered(group.bits)
    return lambda keys: list(map(known.__getitem__, keys))


class Ladder(NamedTuple):
    """Points in order, infinity last; `steps` are the bits below the first, at it, up to the next, and so on."""

    points: list[Any]
    steps: list[int]

    def find(self, key: Any) -> int:
        at = bisect_left(self.points, key)
        return self.steps[2 * at + (self.points[at] == key)]


def _ladder(points: Iterable[Any], bits: Callable[[Any], int]) -> Ladder:
    """Work out the bits for every step."""
    rungs = sorted(points)
    after = [(Fraction(low) + Fraction(high)) / 2 for low, high in pairwise(rungs)]
    beyond = Fraction(rungs[-1]) + 1 if rungs else Fraction(0)
    steps = [bits(Fraction(rungs[0]) - 1)] if rungs else []
    for at, between in zip(rungs, after, strict=False):
        steps += [bits(at), bits(between)]
    steps += [bits(rungs[-1])] if rungs else []
    return Ladder([*rungs, inf], [*steps, bits(beyond), bits(beyond)])


def _number_ladder(group: Group) -> Ladder:
    return _ladder({point for question in group.questions() for point in _points(question)}, group.bits)


def _points(question: Any) -> Iterable[Any]:
    if isinstance(question, IsWithin):
        return question.points()
    return question.values if isinstance(question, IsOneOf) else ()


def _number_table(group: Group) -> Table:
    (points, steps), unknown = _number_ladder(group), group.bits(None)

    def look_up(keys: list[float | None]) -> list[int]:
        return [
            unknown if key is None else steps[2 * (at := bisect_left(points, key)) + (points[at] == key)]
            for key in keys
        ]

    return look_up


def _whole_table(group: Group) -> Table:
    ladder = _number_ladder(group)
    points = np.array(ladder.points)

    def look_up(keys: NDArray[np.integer]) -> list[int]:
        at = np.searchsorted(points, keys)
        return [ladder.steps[step] for step in (2 * at + (points[at] == keys)).tolist()]

    return look_up


def _price_table(group: Group) -> Table:
    """Look prices up on a ladder for each currency: as floats, and exactly where those are equal."""
    ladders = Remembered(lambda currency: _price_ladder(group, currency))
    unknown = group.bits(None)

    def look_up(keys: list[tuple[str, str] | None]) -> list[int]:
        found = []
        for key in keys:
            if key is None:
                found.append(unknown)
                continue
            exact, points = ladders[key[1]]
            near = float(key[0])
            at = bisect_left(points, near)
            # Rounding to a float keeps the order, so that only equal floats leave open on which side the amount lies.
            found.append(exact.find(units_of(key[0])) if points[at] == near else exact.steps[2 * at])
        return found

    return look_up


class PriceLadder(NamedTuple):
    """A ladder over exact units, and its points once more as the nearest floats of whole money."""

    exact: Ladder
    points: list[float]


def _price_ladder(group: Group, currency: str) -> PriceLadder:
    within = [question.within(currency) for question in group.questions() if isinstance(question, PricedThen)]
    points = {point for each in within if each for point in each.points()}
    exact = _ladder(points, lambda units: group.bits(Money(units, currency)))
    return PriceLadder(exact, [*(float(point / UNITS) for point in exact.points[:-1]), inf])
