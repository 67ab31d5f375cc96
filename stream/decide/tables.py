"""Answer tables: for one reading, from each event's key to the bits of the terms that the key leaves standing.

Keys come in, whole numbers go out, a bit set where every clause of its term that reads this key is true (or, asked
for what is possible, hangs on a missing rate alone). They refuse to know events and rules. Keys that repeat are
remembered; numbers are looked up between the points where an answer can change.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, reduce
from itertools import pairwise
from math import inf
from operator import or_
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.decide.asks import IsOneOf, IsWithin, PricedThen
from stream.decide.clauses import Clause
from stream.decide.conditions import Condition, asks_in, truth_of
from stream.decide.facts import Fact, Keys, Reading
from stream.decide.money import UNITS, Money, units_of

REMEMBERED_KEYS = 1 << 16
REMEMBERED_LENGTH = 256  # characters of a key: with the number of keys this keeps a table within some twenty megabytes

Table = Callable[[Any], list[int]]


class Kept(dict[Any, Any]):
    """Keeps what was worked out for keys of our own making, such as bits; forgets all when full."""

    def __init__(self, work_out: Callable[[Any], Any], limit: int = REMEMBERED_KEYS) -> None:
        super().__init__()
        self.work_out = work_out
        self.limit = limit

    def __missing__(self, key: Any) -> Any:
        found = self.work_out(key)
        self.keep(key, found)
        return found

    def keep(self, key: Any, found: Any) -> None:
        if len(self) >= self.limit:
            self.clear()
        self[key] = found


class Remembered(Kept):
    """Keeps what was worked out for keys that events choose, unless a key is long."""

    def keep(self, key: Any, found: Any) -> None:
        if _length(key) <= REMEMBERED_LENGTH:
            super().keep(key, found)


_NESTED = (tuple, frozenset)


def _length(key: Any) -> int:
    """Count a key's characters, those of its parts included."""
    if isinstance(key, str):
        return len(key)
    return sum(map(_length, key)) if isinstance(key, _NESTED) else 0


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


def tables_of(groups: Iterable[Group]) -> list[tuple[Reading, Table]]:
    """Give the fitting table for each group, with the reading that it looks up; scores share tables."""
    held = list(groups)
    whole = [group for group in held if group.reading.like is Keys.WHOLE]
    rest = [(group.reading, table_of(group)) for group in held if group.reading.like is not Keys.WHOLE]
    return [_whole_table(part) for part in _packed(whole)] + rest


def table_of(group: Group) -> Table:
    """Give the fitting table for a group, but for scores."""
    match group.reading.like:
        case Keys.NUMBERS:
            return _number_table(group)
        case Keys.REPEATING_NUMBERS:
            return _repeating_number_table(group)
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


def _repeating_number_table(group: Group) -> Table:
    ladder, unknown = _number_ladder(group), group.bits(None)
    known = Remembered(lambda key: unknown if key is None else ladder.find(key))
    return lambda keys: list(map(known.__getitem__, keys))


def _packed(groups: Sequence[Group]) -> list[list[tuple[Group, Ladder]]]:
    """Put groups together whose steps, all with all, can be remembered; an own table each would cost twice as much."""
    packs: list[list[tuple[Group, Ladder]]] = []
    room = 0
    for group in groups:
        ladder = _number_ladder(group)
        room //= len(ladder.steps)
        if not room:
            packs.append([])
            room = REMEMBERED_KEYS // len(ladder.steps)
        packs[-1].append((group, ladder))
    return packs


def _whole_table(pack: Sequence[tuple[Group, Ladder]]) -> tuple[Reading, Table]:
    """Look several columns of whole numbers up at once: the step on each ladder, together one number."""
    readings, ladders = [group.reading for group, _ in pack], [ladder for _, ladder in pack]
    points = [np.array(ladder.points) for ladder in ladders]
    sizes = [len(ladder.steps) for ladder in ladders]

    def bits(code: int) -> int:
        held = -1
        for ladder, size in zip(reversed(ladders), reversed(sizes), strict=True):
            code, step = divmod(code, size)
            held &= ladder.steps[step]
        return held

    known = Kept(bits)

    def look_up(columns: list[NDArray[np.integer]]) -> list[int]:
        code = np.zeros(len(columns[0]), np.int64)
        for keys, rungs, size in zip(columns, points, sizes, strict=True):
            at = np.searchsorted(rungs, keys)
            code = code * size + 2 * at + (rungs[at] == keys)
        return list(map(known.__getitem__, code.tolist()))

    name = " and ".join(reading.name for reading in readings)
    return Reading(name, lambda batch: [reading.keys(batch) for reading in readings], Keys.WHOLE), look_up


def _price_table(group: Group) -> Table:
    """Look prices up on a ladder for each currency: as floats, and exactly where those are equal."""
    ladders = Remembered(lambda currency: _price_ladder(group, currency))
    unknown = group.bits(None)

    def look_up(keys: list[tuple[str, str] | None]) -> list[int]:
        currencies = {key[1] for key in keys if key}
        found = [unknown] * len(keys)
        for currency in currencies:
            rows = [row for row, key in enumerate(keys) if key and key[1] == currency]
            amounts = [keys[row][0] for row in rows]
            for row, bits in zip(rows, ladders[currency].look_up(amounts), strict=True):
                found[row] = bits
        return found

    def look_up_one(keys: list[tuple[str, str] | None]) -> list[int]:
        """The same where every price is there and all are in one currency, as a market's nearly always are."""
        if None in keys or len({key[1] for key in keys}) != 1:
            return look_up(keys)
        return ladders[keys[0][1]].look_up([amount for amount, _ in keys])

    return look_up_one


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


def _price_ladder(group: Group, currency: str) -> PriceLadder:
    within = [question.within(currency) for question in group.questions() if isinstance(question, PricedThen)]
    points = {point for each in within if each for point in each.points()}
    exact = _ladder(points, lambda units: group.bits(Money(units, currency)))
    near = [*(float(point / UNITS) for point in exact.points[:-1]), inf]
    return PriceLadder(exact, np.array(near), exact.steps[::2])
