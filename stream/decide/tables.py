"""Answer tables: for one reading, from each event's key to the bits of the terms that the key leaves standing.

Keys come in, each once where that is cheap to tell, and whole numbers go out. Keys that repeat are remembered, numbers
and prices are looked up on ladders, scores several at once. They refuse to know events and rules.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.decide.batches import Batch
from stream.decide.facts import Keys
from stream.decide.groups import Group
from stream.decide.kept import REMEMBERED_KEYS, Kept, Remembered
from stream.decide.ladders import Ladder, number_ladder, price_ladder

Table = Callable[[Any], list[int]]


class Coded(NamedTuple):
    """What a batch's keys leave standing: a code an event, and the bits of a code."""

    codes: NDArray[np.int64]
    bits: Callable[[int], int]


def coded_tables(groups: Iterable[Group]) -> list[Callable[[Batch], Coded]]:
    """Give what reads a batch and looks it up for each group; scores share tables."""
    held = list(groups)
    whole = [group for group in held if group.reading.like is Keys.WHOLE]
    rest = [_coded_table(group) for group in held if group.reading.like is not Keys.WHOLE]
    return [_whole_table(part) for part in _packed(whole)] + rest


def _coded_table(group: Group) -> Callable[[Batch], Coded]:
    reading, table = group.reading, table_of(group)

    def look_up(batch: Batch) -> Coded:
        few = reading.few(batch)
        return Coded(few.codes, table(few.keys).__getitem__)

    return look_up


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


def _number_table(group: Group) -> Table:
    (points, steps), unknown = number_ladder(group), group.bits(None)

    def look_up(keys: list[float | None]) -> list[int]:
        return [
            unknown if key is None else steps[2 * (at := bisect_left(points, key)) + (points[at] == key)]
            for key in keys
        ]

    return look_up


def _repeating_number_table(group: Group) -> Table:
    ladder, unknown = number_ladder(group), group.bits(None)
    known = Remembered(lambda key: unknown if key is None else ladder.find(key))
    return lambda keys: list(map(known.__getitem__, keys))


def _packed(groups: Sequence[Group]) -> list[list[tuple[Group, Ladder]]]:
    """Put groups together whose steps, all with all, can be remembered; an own table each would cost twice as much."""
    packs: list[list[tuple[Group, Ladder]]] = []
    room = 0
    for group in groups:
        ladder = number_ladder(group)
        room //= len(ladder.steps)
        if not room:
            packs.append([])
            room = REMEMBERED_KEYS // len(ladder.steps)
        packs[-1].append((group, ladder))
    return packs


def _whole_table(pack: Sequence[tuple[Group, Ladder]]) -> Callable[[Batch], Coded]:
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

    def look_up(batch: Batch) -> Coded:
        code = np.zeros(len(batch.events), np.int64)
        for reading, rungs, size in zip(readings, points, sizes, strict=True):
            keys = reading.keys(batch)
            at = np.searchsorted(rungs, keys)
            code = code * size + 2 * at + (rungs[at] == keys)
        return Coded(code, known.__getitem__)

    return look_up


def _price_table(group: Group) -> Table:
    """Look prices up on a ladder for each currency: as floats, and exactly where those are equal."""
    ladders = Remembered(lambda currency: price_ladder(group, currency))
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
