"""Ladders: a group of clauses about numbers or money in, the bits for every step between the points that matter out.

A number is looked up between the points where an answer can change; money exactly, by way of the nearest floats.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import pairwise
from math import inf
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.decide.asks import IsOneOf, IsWithin, PricedThen
from stream.decide.groups import Group
from stream.decide.money import UNITS, Money, units_of


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


def number_ladder(group: Group) -> Ladder:
    return _ladder({point for question in group.questions() for point in _points(question)}, group.bits)


def _points(question: Any) -> Iterable[Any]:
    if isinstance(question, IsWithin):
        return question.points()
    return question.values if isinstance(question, IsOneOf) else ()


class PriceLadder(NamedTuple):
    """A ladder over exact units; its points once more as the nearest floats of whole money, and the bits below each."""

    exact: Ladder
    points: NDArray[np.float64]
    between: list[int]

    def look_up(self, amounts: list[str]) -> list[int]:
        """Rounding to a float keeps the order, so that only equal floats leave open on which side an amount lies."""
        near = np.array(list(map(float, amounts)))
        at = np.searchsorted(self.points, near)
        found = list(map(self.between.__getitem__, at.tolist()))
        for row in np.flatnonzero(self.points[at] == near).tolist():
            found[row] = self.exact.find(units_of(amounts[row]))
        return found


def price_ladder(group: Group, currency: str) -> PriceLadder:
    within = [question.within(currency) for question in group.questions() if isinstance(question, PricedThen)]
    points = {point for each in within if each for point in each.points()}
    exact = _ladder(points, lambda units: group.bits(Money(units, currency)))
    near = [*(float(point / UNITS) for point in exact.points[:-1]), inf]
    return PriceLadder(exact, np.array(near), exact.steps[::2])
