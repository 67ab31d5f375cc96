"""Dimensions: numbered questions in, for each thing that events say apart the answers it can give out.

What depends on each other stays together: the signals that origin is inferred from, summed scores, the price. Events
are taken to be able to say more than they can, never less, and what is not known can answer anything.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple

from stream.decide.asks import (
    HasOneOf,
    IsEmpty,
    IsOneOf,
    IsPresent,
    IsPriced,
    IsWithin,
)
from stream.decide.cells import cells, countries_apart, numbers_apart, sums_apart
from stream.decide.conditions import Ask
from stream.decide.countries import COUNTRIES
from stream.decide.facts import SIGNALS, Fact
from stream.decide.kinds import CLUSTER, MONEY
from stream.decide.numbered import Numbered
from stream.decide.origin import Origin, Signals, infer_origin
from stream.decide.search import FALSE, TRUE, UNKNOWN, Dimension, Option, mask_of
from stream.decide.title_cues import ABROAD, LONG_WAIT

INFERRED_COUNTRY = "inferred.country"
INFERRED = ("inferred.seller_type", INFERRED_COUNTRY, "conflicts")
MARKET_FACT, SCORE_FACT = "market", "score_in"
SIGNAL_FIELDS = ("seller_type", "seller_country", "country", "ship_from", "title_cue")
MAX_SIGNALS = 30_000


class World(NamedTuple):
    """What holds of every event that a question is asked of: its market and, where known, the model's clusters."""

    market: str
    clusters: tuple[str, ...] | None = None


class Told(NamedTuple):
    """What events can say of seller and goods that questions tell apart: countries, and cues in titles."""

    countries: tuple[str, ...]
    cues: tuple[str | None, ...]


def dimensions_of(numbered: Numbered, world: World) -> list[Dimension]:
    """Give what events can say of everything that is asked, each thing by itself, in more ways than there are."""
    groups, found = dict(numbered.by_fact), []
    signals = [key for key in groups if numbered.asks[groups[key][0]].fact.reading is SIGNALS]
    if any(key[0] in INFERRED for key in signals):
        found.append(_signals(numbered, [at for key in signals for at in groups.pop(key)], world))
    sums = [key for key in groups if key[0] == SCORE_FACT]
    if sums:
        found += _sums(numbered, [groups.pop(key) for key in sums])
    for questions in groups.values():
        is_money = numbered.asks[questions[0]].fact.kind.name == MONEY.name
        found += _prices(numbered, questions) if is_money else [_fact(numbered, questions, world)]
    told = [each for each in found if each]
    known = {at for each in told for at in each.questions}
    return told + [anything(at) for at in range(len(numbered.asks)) if at not in known]


def anything(question: int) -> Dimension:
    """A question of which nothing is known: every answer."""
    return Dimension((question,), tuple(Option((answer,)) for answer in (TRUE, FALSE, UNKNOWN)))


def answered(numbered: Numbered, questions: Sequence[int], values: Iterable[Any]) -> tuple[Option, ...]:
    """Give the answers of each value, those that answer alike once."""
    asked = [numbered.asks[at].question for at in questions]
    return tuple(Option(told) for told in dict.fromkeys(tuple(mask_of(q.answer(v)) for q in asked) for v in values))


def _fact(numbered: Numbered, questions: list[int], world: World) -> Dimension | None:
    fact = numbered.asks[questions[0]].fact
    known = [at for at in questions if cells(fact, [numbered.asks[at].question]) is not None]
    values = values_of(fact, [numbered.asks[at].question for at in known], world)
    return None if values is None or not known else Dimension(tuple(known), answered(numbered, known, values))


def values_of(fact: Fact, questions: Sequence[Any], world: World) -> list[Any] | None:
    """Give the values that a fact can have and that the questions tell apart; None where that is not known."""
    if fact.name == MARKET_FACT:
        return [world.market]
    if fact.kind.name == CLUSTER.name and world.clusters and all(type(question) is IsOneOf for question in questions):
        named = {value for question in questions for value in question.values}
        return [*world.clusters, *sorted(named.difference(world.clusters))]
    return cells(fact, questions)


def _signals(numbered: Numbered, questions: list[int], world: World) -> Dimension | None:
    """Take what is declared together, since what is inferred hangs on all of it."""
    known = [at for at in questions if type(numbered.asks[at].question) in (IsOneOf, HasOneOf, IsEmpty, IsPresent)]
    asks = [numbered.asks[at] for at in known]
    told = told_apart(asks, world) if asks else None
    if told is None:
        return None
    answers = answers_to(asks, told, world.market)
    return Dimension(tuple(known), tuple(map(Option, dict.fromkeys(answers))))


def answers_to(asks: Iterable[Ask], told: Told, market: str) -> list[tuple[int, ...]]:
    """Give the answers to every way of saying who sells what from where; equal values are asked once."""
    columns = []
    for ask in asks:
        values = _values_over(ask.fact, told, market)
        known = {value: mask_of(ask.question.answer(value)) for value in set(values)}
        columns.append([known[value] for value in values])
    return list(zip(*columns, strict=True))


@lru_cache(maxsize=512)
def _values_over(fact: Fact, told: Told, market: str) -> list[Any]:
    return [fact.value(origin) for origin in origins(told, market)]


@lru_cache(maxsize=64)
def origins(told: Told, market: str) -> list[Origin]:
    """Give the origin of every way of saying who sells what from where."""
    return [infer_origin(each, market) for each in every_signal(told)]


def every_signal(told: Told) -> list[Signals]:
    """Give all that events can say of seller and goods with some countries, or none, and some cues."""
    places = [None, *told.countries]
    return [Signals(*each) for each in product(("local", "cross_border"), places, places, places, told.cues)]


def told_apart(asks: Sequence[Ask], world: World) -> Told | None:
    """Give a country for each way in which the questions, and the market, tell them apart; None: too many.

    A country that a title names is as good as `abroad` unless the goods' country is asked for, and nothing where the
    market is no country.
    """
    here = (world.market,) if world.market in COUNTRIES else ()
    countries = tuple(countries_apart([ask.question for ask in asks if type(ask.question) is IsOneOf], *here))
    asks_country = any(ask.fact.name == INFERRED_COUNTRY for ask in asks)
    told = Told(countries, (None, ABROAD, LONG_WAIT, *(countries if asks_country or not here else ())))
    few = 2 * (len(countries) + 1) ** 3 * len(told.cues) <= MAX_SIGNALS and Signals._fields == SIGNAL_FIELDS
    return told if few else None


def _sums(numbered: Numbered, groups: list[list[int]]) -> list[Dimension | None]:
    """Take summed scores together where they are few: a set of clusters never scores more than one it lies in."""
    asked = [numbered.asks[at].question for group in groups for at in group]
    if not all(type(question) is IsWithin for question in asked):
        return [None]
    points = {point for question in asked for point in question.points()}
    sums = sums_apart([clusters_of(numbered.asks[group[0]].fact) for group in groups], points)
    if sums is None:
        ladder = numbers_apart(points, least=0)
        return [Dimension(tuple(group), answered(numbered, group, ladder)) for group in groups]
    owners = [(at, place) for place, group in enumerate(groups) for at in group]
    answers = dict.fromkeys(
        tuple(mask_of(numbered.asks[at].question.answer(row[place])) for at, place in owners) for row in sums.rows
    )
    return [Dimension(tuple(at for at, _ in owners), tuple(map(Option, answers)))]


def clusters_of(fact: Fact) -> frozenset[str]:
    """Give the clusters whose scores a fact sums."""
    return frozenset(fact.reading.name.removeprefix("score:").split(","))


def _prices(numbered: Numbered, questions: list[int]) -> list[Dimension | None]:
    """Take thresholds in one currency together: what the price is worth in it is one number, or unknown."""
    groups: dict[Any, list[int]] = defaultdict(list)
    for at in questions:
        question = numbered.asks[at].question
        if isinstance(question, IsPriced):
            groups[question.currency, id(question.table)].append(at)
    present = [at for at in questions if type(numbered.asks[at].question) is IsPresent]
    if len(groups) == 1:
        return [_worth(numbered, next(iter(groups.values())), present)]
    said = [Dimension(tuple(present), answered(numbered, present, ["a price", None]))] if present else []
    return [*said, *(_worth(numbered, group, []) for group in groups.values())]


def _worth(numbered: Numbered, priced: list[int], present: list[int]) -> Dimension:
    ranges: list[IsWithin] = [numbered.asks[at].question.within for at in priced]
    worth = numbers_apart({point for within in ranges for point in within.points()}, least=0)
    asked: list[Callable[[Any], Any]] = [within.answer for within in ranges]
    rows = [(*(mask_of(ask(units)) for ask in asked), *_presence(numbered, present, True)) for units in [*worth, None]]
    rows.append((*([UNKNOWN] * len(priced)), *_presence(numbered, present, False)))
    return Dimension((*priced, *present), tuple(map(Option, dict.fromkeys(rows))))


def _presence(numbered: Numbered, present: Sequence[int], said: bool) -> list[int]:
    return [mask_of(numbered.asks[at].question.wanted is said) for at in present]
