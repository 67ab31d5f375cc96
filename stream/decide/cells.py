"""Cells: a fact and all that is asked of it in, values out that together give every combination of answers there is.

Two values in one cell answer every one of the questions alike, so one of them stands for all. What an event cannot say
may be among the values (more cells than there are prove less, never something false); what it can say is never left
out. A question of a kind that is not known here, or too many values, gives None. It refuses to know conditions.
"""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import Any, NamedTuple

from stream.decide.asks import (
    CodeStartsWith,
    Found,
    HasOneOf,
    IsEmpty,
    IsOneOf,
    IsPresent,
    IsWithin,
    PathStartsWith,
    Question,
    StartsWith,
)
from stream.decide.countries import COUNTRIES
from stream.decide.facts import Fact
from stream.decide.kinds import CODE, CONFLICT, COUNTRY

MAX_VALUES = 2_000
MAX_CODES = 500
MAX_SETS = 8
_NUMBERS = (int, float, Fraction)
# Something to say where only presence is asked.
_PLAIN = {"number": 1, "counter": 1, "time": 0, "flag": True, "code": "01", "path": ("other",)}
_PLAIN |= {"set": Found(frozenset({"other"}))}
# What a readable event, its classification and its origin always say.
_ALWAYS_SAID = frozenset(
    {"market", "event_type", "occurred_at", "listing.id", "seller.id", "seller.type"}
    | {"inferred.seller_type", "conflicts", "cluster", "abstained", "score_in"}
)


def cells(fact: Fact, questions: Sequence[Question]) -> list[Any] | None:
    """Give a value for every cell, None (nothing said) the last of them where an event may leave the fact out.

    >>> from stream.decide.facts import FACTS
    >>> cells(FACTS["listing.hs_code"], [CodeStartsWith(frozenset({"62"}))])
    ['0', '6', '60', '62', '620', None]
    >>> cells(FACTS["seller.type"], [IsOneOf(frozenset({"local"}))])
    ['cross_border', 'local']
    """
    asked = [question for question in questions if not isinstance(question, IsPresent) and not _asks_nothing(question)]
    values = _said(fact, asked)
    return None if values is None else values if fact.name in _ALWAYS_SAID else [*values, None]


def _asks_nothing(question: Question) -> bool:
    """Tell whether no value can be a true answer: a list that holds nothing that day."""
    return getattr(question, "values", None) == frozenset()


def _said(fact: Fact, asked: Sequence[Question]) -> list[Any] | None:
    mentioned = [value for question in asked for value in getattr(question, "values", ())]
    if len(mentioned) > MAX_VALUES or fact.kind.name == CONFLICT.name:
        return None  # a conflict can be open, which follows from the signals, and no value says so
    if fact.choices and _only(asked, IsOneOf):
        return list(fact.choices)
    if fact.kind.name == COUNTRY.name and _only(asked, IsOneOf):
        return countries_apart(asked)
    if not asked:
        return [_PLAIN.get(fact.kind.name, "other")]
    if _only(asked, HasOneOf, IsEmpty):
        return _sets([question.values for question in asked if isinstance(question, HasOneOf)])
    if mentioned and all(isinstance(value, bool) for value in mentioned) and _only(asked, IsOneOf):
        return [False, True]
    return _values(fact, asked, mentioned)


def _values(fact: Fact, asked: Sequence[Question], mentioned: list[Any]) -> list[Any] | None:
    if all(isinstance(value, _NUMBERS) for value in mentioned) and _only(asked, IsOneOf, IsWithin):
        points = {point for question in asked if isinstance(question, IsWithin) for point in question.points()}
        return numbers_apart(points.union(mentioned))
    if all(isinstance(value, tuple) for value in mentioned) and _only(asked, IsOneOf, PathStartsWith):
        return _beginnings(asked, PathStartsWith, lambda begin, more: (*begin, more), ())
    if not all(isinstance(value, str) for value in mentioned):
        return None
    if fact.kind.name == CODE.name:
        return _codes(mentioned) if _only(asked, IsOneOf, CodeStartsWith) else None
    return _beginnings(asked, StartsWith, lambda begin, more: begin + more, "") if _is_text(asked) else None


def _is_text(asked: Sequence[Question]) -> bool:
    return _only(asked, IsOneOf, StartsWith)


def _only(asked: Sequence[Question], *kinds: type) -> bool:
    return all(type(question) in kinds for question in asked)


def countries_apart(asked: Sequence[Question], *apart: str) -> list[str]:
    """Give one country for each way of standing in the questions' sets; those named `apart` stand for themselves."""
    first: dict[tuple[bool, ...], str] = {}
    for country in ("CN", *sorted(COUNTRIES)):
        held = [country in getattr(question, "values", ()) for question in asked]
        first.setdefault((*held, *(country == each for each in apart)), country)
    return list(first.values())


def _sets(asked: Sequence[frozenset[str]]) -> list[Found] | None:
    """Give a set for every choice among the members that no question tells apart; `other` is in no question."""
    members: dict[tuple[bool, ...], str] = {}
    for value in sorted(frozenset().union(*asked)):
        members.setdefault(tuple(value in values for values in asked), value)
    chosen = list(members.values())
    if len(chosen) > MAX_SETS:
        return None
    some = [[each for at, each in enumerate(chosen) if choice >> at & 1] for choice in range(1, 1 << len(chosen))]
    held = [[], [_unlike(frozenset().union(*asked))], *sorted(some, key=len)]
    return [Found(frozenset(each)) for each in held]


def _unlike(values: Iterable[Any]) -> str:
    held = set(values)
    return next(text for text in ("other", *(f"other-{at}" for at in range(len(held) + 1))) if text not in held)


def _codes(mentioned: Sequence[str]) -> list[str] | None:
    """Give every beginning of a code that is asked for, and one way to leave each: a shorter code can be unknown."""
    if len(mentioned) > MAX_CODES:
        return None
    begun = {code[:length] for code in mentioned for length in range(len(code) + 1)} | {""}
    left = (next((begin + digit for digit in "0123456789" if begin + digit not in begun), "") for begin in begun)
    return sorted({*begun, *left} - {""})


def _beginnings(
    asked: Sequence[Question], begins: type, longer: Callable[[Any, str], Any], nothing: Any
) -> list[Any] | None:
    """Give every value and beginning that is asked for, and each beginning once more with something behind it."""
    starts = {value for question in asked if isinstance(question, begins) for value in question.values}
    values = {value for question in asked if isinstance(question, IsOneOf) for value in question.values}
    held, after = starts | values, []
    for start in [nothing, *sorted(starts)]:
        more = (longer(start, text) for text in ("other", *(f"{at}" for at in range(len(held) + 1)), "\U0010ffff"))
        after += [next((each for each in more if _unmarked(each, len(start), held)), None)]
    return None if None in after else [*sorted(held), *after]


def _unmarked(value: Any, length: int, held: set[Any]) -> bool:
    return not any(value[:at] in held for at in range(length + 1, len(value) + 1))


def numbers_apart(points: Iterable[Any], least: int | None = None) -> list[Any]:
    """Give the points at which answers change, a plain number between each two, and one beyond either end.

    >>> [str(each) for each in numbers_apart({25, 40})], [str(each) for each in numbers_apart({0, 0.5}, least=0)]
    (['24', '25', '26', '40', '41'], ['0', '0.1', '0.5', '1'])
    """
    rungs = sorted(point for point in points if least is None or point >= least)
    if not rungs:
        return [least or 0]
    below = [] if rungs[0] == least else [least if least is not None else floor(rungs[0]) - 1]
    found = [*below]
    for low, high in pairwise(rungs):
        found += [low, plain_between(low, high)]
    return [*found, rungs[-1], floor(rungs[-1]) + 1]


def plain_between(low: Any, high: Any) -> Any:
    """Give a number between two with as few places as will do."""
    for places in range(13):
        scale = 10**places
        found = Fraction(floor(Fraction(low) * scale) + 1, scale)
        if found < high:
            return int(found) if places == 0 else _as_float(found, low, high)
    return (Fraction(low) + Fraction(high)) / 2


def _as_float(found: Fraction, low: Any, high: Any) -> float | Fraction:
    near = float(found)
    return near if low < near < high else found


class Sums(NamedTuple):
    """Summed scores of several sets of clusters, and values for them that can stand together."""

    sets: tuple[frozenset[str], ...]
    rows: list[tuple[int | float | Fraction, ...]]


MAX_SUMS = 3_000


def sums_apart(sets: Sequence[frozenset[str]], points: Iterable[int]) -> Sums | None:
    """Give rows of sums for sets of clusters: a set within another never scores more than that. None: too many."""
    ladder = numbers_apart(points, least=0)
    if len(ladder) ** len(sets) > MAX_SUMS * 4:
        return None
    within = [(a, b) for a, one in enumerate(sets) for b, other in enumerate(sets) if a != b and one <= other]
    rows: list[tuple[Any, ...]] = [()]
    for at in range(len(sets)):
        fits = [pair for pair in within if max(pair) == at]
        rows = [(*row, value) for row in rows for value in ladder if _ordered((*row, value), fits)]
    return Sums(tuple(sets), rows) if len(rows) <= MAX_SUMS else None


def _ordered(row: tuple[Any, ...], fits: list[tuple[int, int]]) -> bool:
    return all(row[low] <= row[high] for low, high in fits)
