"""Questions and values as people read them: what a rule asks, and what an event says, in the words of a policy.

A fact, a question or a value comes in, a short phrase goes out. It refuses to know rules and events.
"""

from collections.abc import Callable, Iterable
from typing import Any
from zoneinfo import ZoneInfo

from stream.decide.asks import (
    CodeStartsWith,
    Found,
    HasMatch,
    HasOneOf,
    IsEmpty,
    IsOneOf,
    IsPresent,
    IsWithin,
    Matches,
    PathMatches,
    PathStartsWith,
    PricedThen,
    StartsWith,
)
from stream.decide.facts import Fact
from stream.decide.kinds import TIME
from stream.decide.local_time import said_at
from stream.decide.money import Money, amount_of
from stream.decide.truth import Truth

_SCORE_FACT = "score_in"
_TRUTHS = {True: "true", False: "false", None: "unknown"}


def truth_word(truth: Truth) -> str:
    return _TRUTHS[truth]


def fact_name(fact: Fact) -> str:
    """Name a fact; of scores, which are summed."""
    return f"score of {fact.reading.name.removeprefix('score:').replace(',', ' + ')}" if _is_score(fact) else fact.name


def spelt_value(fact: Fact, value: Any, zone: ZoneInfo) -> str | None:
    """Say what an event says of a fact; None where it says nothing."""
    match value:
        case None:
            return None
        case Found(members, undecided):
            return ", ".join([*sorted(members), *(f"{name}?" for name in sorted(undecided))]) or "none"
        case Money(units, currency):
            return f"{amount_of(units)} {currency}"
        case bool() | tuple():
            return _word(value)
        case _:
            return f"{value / 10_000:.4f}" if _is_score(fact) else _number(fact, value, zone)


def spelt_question(fact: Fact, question: Any, zone: ZoneInfo, denied: bool = False) -> str:
    """Say what is asked of a fact, or what is denied of it: `is ID`, `is not ID`."""
    match question:
        case IsPresent(wanted):
            return "is present" if wanted is not denied else "is absent"
        case IsEmpty(wanted):
            return "is empty" if wanted is not denied else "is not empty"
        case HasOneOf(values):
            return f"{'lacks' if denied else 'has'} {_listed(values)}"
        case StartsWith(values) | CodeStartsWith(values):
            return f"{'does not start' if denied else 'starts'} with {_listed(values)}"
        case Matches(patterns) | PathMatches(patterns) | HasMatch(patterns):
            texts = _listed(f"`{pattern.text}`" for pattern in patterns)
            return f"{'does not match' if denied else 'matches'} {texts}"
    return _is(fact, question, zone, "is not" if denied else "is")


def _is(fact: Fact, question: Any, zone: ZoneInfo, verb: str) -> str:
    match question:
        case IsOneOf(values):
            return f"{verb} {_listed(values)}"
        case PathStartsWith(values):
            return f"{verb} under {_listed(values)}"
        case IsWithin():
            return f"{verb} {_bounds(question, lambda bound: _number(fact, bound, zone))}"
        case PricedThen(inner, _):
            # A share of a price may fall between two units.
            bounds = _bounds(inner.within, lambda bound: amount_of(round(bound)))
            return f"at the rate of the day {verb} {bounds} {inner.currency}"
    return type(question).__name__


def _is_score(fact: Fact) -> bool:
    return fact.name == _SCORE_FACT


def _number(fact: Fact, value: Any, zone: ZoneInfo) -> str:
    """Write a number as a policy does; scores are ten-thousandths inside, times microseconds."""
    if _is_score(fact):
        return f"{value / 10_000:g}"
    return said_at(value, zone) if fact.kind.name == TIME.name else str(value)


def _listed(values: Iterable[Any]) -> str:
    shown = sorted(map(_word, values))
    more = f" or {len(shown) - 6} more" if len(shown) > 6 else ""
    return (" or ".join(shown[:6]) + more) or "nothing"


def _word(value: Any) -> str:
    match value:
        case bool():
            return truth_word(value)
        case tuple():
            return " > ".join(map(str, value))
    return str(value)


def _bounds(within: IsWithin, written: Callable[[Any], str]) -> str:
    if within.low is not None and within.low == within.high:
        return written(within.low)
    low = None if within.low is None else f"{'at least' if within.includes_low else 'over'} {written(within.low)}"
    high = None if within.high is None else f"{'at most' if within.includes_high else 'under'} {written(within.high)}"
    return " and ".join(bound for bound in (low, high) if bound)
