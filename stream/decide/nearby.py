"""Values at and beside where answers change, as an event or a classification can say them; and the plainest of each.

Points and what counts as a step come in, values go out, and the words of the wire for them. It refuses to know
conditions.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise, product
from math import ceil, floor
from typing import Any

from stream.contract.classification import TEN_THOUSAND
from stream.contract.instant import instant_at
from stream.decide.asks import Found, PricedThen
from stream.decide.facts import Fact
from stream.decide.kinds import IDENTIFIER, PATH, SET, TIME
from stream.decide.money import UNITS, Money, amount_of
from stream.decide.pattern_guesses import guesses_of
from stream.decide.title_cues import ABROAD, LONG_WAIT

# A currency that ISO 4217 keeps for tests, and so one that no table quotes.
UNQUOTED = "XTS"
# A title for each cue that a title can hold.
CUE_TITLES = {
    ABROAD: "ships from abroad",
    LONG_WAIT: "pre-order 14 days",
    "CN": "ships from china",
    "HK": "ships from hong kong",
    "JP": "ships from japan",
    "KR": "ships from korea",
    "TH": "kirim dari thailand",
    "TW": "ships from taiwan",
}
_CENT = UNITS // 100
_REST = "other"
_STARS = re.compile(r"\*+")


def plainest_scores(clusters: Sequence[str]) -> dict[str, int]:
    """Give all of the score to `other` where there is such a cluster, else to the last."""
    return _shared(clusters, {_REST if _REST in clusters else clusters[-1]: TEN_THOUSAND})


def scores_apart(clusters: Sequence[str], points: Iterable[int]) -> list[dict[str, int]]:
    """Give scores that sum to one, each cluster the likeliest in some, with sums at and beside every point."""
    near = {max(0, min(TEN_THOUSAND, point + by)) for point in points for by in (-1, 0, 1)}
    shares = sorted({TEN_THOUSAND, *near, *(TEN_THOUSAND - each for each in near)}, reverse=True)
    found = [plainest_scores(clusters), *(_shared(clusters, {name: TEN_THOUSAND}) for name in clusters)]
    for share, one in product(shares, clusters):
        others = [name for name in clusters if name != one]
        found += [_shared(clusters, {one: share, other: TEN_THOUSAND - share}) for other in others]
    return [dict(each) for each in dict.fromkeys(tuple(scores.items()) for scores in found)]


def _shared(clusters: Sequence[str], shares: Mapping[str, int]) -> dict[str, int]:
    return {name: shares.get(name, 0) for name in clusters}


def prices(questions: Sequence[PricedThen]) -> list[Money]:
    """Give prices at and beside every threshold, in each currency that converts, and one without a rate."""
    asked = list(dict.fromkeys(question.question.currency for question in questions))
    quoted = sorted({currency for question in questions for currency in question.worth})
    found = [Money(UNITS, UNQUOTED)]
    for currency in dict.fromkeys([*asked, *quoted]):
        within = [each for question in questions if (each := question.within(currency))]
        points = {point for each in within for point in each.points()}
        found += [Money(units, currency) for units in beside(points, _CENT) if units >= 0]
        found += [Money(units, currency) for units in _amounts_between(points)]
    return found[1:] + found[:1]


def _amounts_between(points: Iterable[Any]) -> list[int]:
    rungs = sorted({Fraction(0), *(Fraction(point) for point in points)})
    middles = [floor((low + high) / 2) for low, high in pairwise(rungs)]
    return [0, *middles, (floor(rungs[-1] / UNITS) + 1) * UNITS]


def beside(points: Iterable[Any], step: Any) -> list[Any]:
    """Give each point that counts in steps, and the nearest such numbers below and above it.

    >>> beside([25], Fraction(1, 100)), beside([Fraction(5, 2)], 1)
    ([24.99, 25, 25.01], [2, 3])
    """
    found: list[Any] = []
    for point in sorted(points):
        low, high = floor(Fraction(point) / step), ceil(Fraction(point) / step)
        found += [at * step for at in ((low - 1, low, low + 1) if low == high else (low, high))]
    return [int(each) if each == int(each) else float(each) for each in found]


def guesses(fact: Fact, questions: Iterable[Any]) -> list[Any]:
    """Give texts that a written pattern may be found in. Each is only tried."""
    values = [value for question in questions for value in getattr(question, "values", ())]
    texts = sorted({value.text for value in values if isinstance(getattr(value, "text", None), str)})
    if fact.kind.name == PATH.name:
        return [
            tuple(step.strip().casefold() or _REST for step in _STARS.sub(_REST, text).split(">")) for text in texts
        ]
    found = [guess for text in texts for guess in guesses_of(text)]
    if fact.kind.name == IDENTIFIER.name:
        return found
    folded = [_held_apart(guess.casefold()) for guess in found]
    return [Found(frozenset({each})) for each in folded] if fact.kind.name == SET.name else folded


def _held_apart(text: str) -> str:
    """Keep outer space, which events' texts are rid of, by a letter behind it or before."""
    before, after = text[:1].isspace(), text[-1:].isspace()
    return f"{'x' if before else ''}{text}{'x' if after else ''}"


def step_of(fact: Fact) -> Any:
    """Give the least by which people tell a fact's numbers apart: a second, a whole revision, a hundredth."""
    return 1_000_000 if fact.kind.name == TIME.name else 1 if _is_whole(fact) else Fraction(1, 100)


def _is_whole(fact: Fact) -> bool:
    return fact.name == "listing.revision" or fact.kind.name == "counter"


def can_be_said(fact: Fact, value: Any) -> bool:
    """Tell whether events can say a value: a whole number from 0, where the fact is one."""
    return not _is_whole(fact) or (isinstance(value, int | float) and value == int(value) and value >= 0)


def wire(fact: Fact, value: Any) -> Any:
    """Give a fact's value as an event says it."""
    match value:
        case Found(members):
            return sorted(members)
        case Money(units, currency):
            return {"amount": amount_of(units), "currency": currency}
        case tuple():
            return list(value)
        case Fraction():
            return float(value)
    return instant_at(int(value)).text if fact.kind.name == TIME.name else value


def shown(value: Any) -> str:
    match value:
        case {"amount": amount, "currency": currency}:
            return f"{amount} {currency}"
        case bool():
            return "true" if value else "false"
        case list():
            return ", ".join(map(str, value)) or "none"
    return str(value)
