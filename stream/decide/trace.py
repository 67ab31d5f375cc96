"""How the policies came to a ruling: one event in, every rule in force with its questions and their answers out.

For people, one event at a time: it walks each condition with `truth_of`, the plain meaning that the batch-wise engine
must agree with, and a test holds the two to each other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from stream.contract.classification import Classifications
from stream.contract.event import ListingEvent
from stream.contract.instant import Instant
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
    Moment,
    PathMatches,
    PathStartsWith,
    PricedThen,
    StartsWith,
)
from stream.decide.batches import Batch
from stream.decide.conditions import asks_in, settled, truth_of
from stream.decide.facts import SIGNALS, Fact
from stream.decide.money import UNITS, Money
from stream.decide.origin import Signals, infer_origin
from stream.decide.policy import PolicySet
from stream.decide.truth import Truth

# Scores and money are whole numbers inside, of ten-thousandths and of UNITS.
_SCORE_FACT = "score_in"
_WORDS = {True: "true", False: "false", None: "unknown"}


@dataclass(frozen=True, slots=True)
class Answer:
    """One question of a rule: the fact, what was asked, what the event says (None: nothing), true, false or unknown."""

    fact: str
    asked: str
    value: str | None
    answer: str


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """A rule in force. `reached` is False behind the rule that decided; `answer` is of the whole condition."""

    policy: str
    phase: str
    rule: str
    then: str
    reached: bool
    answer: str
    answers: tuple[Answer, ...]


def trace(
    policies: PolicySet,
    event: ListingEvent,
    classifications: Classifications,
    as_of: Instant,
    as_known_on: Instant | None = None,
) -> list[RuleTrace]:
    """Ask every rule in force for the event's market; `classifications` holds the event's alone."""
    moment = Moment(as_of.micros, (as_known_on or as_of).micros)
    value_of = values_said(event, classifications)
    traces = []
    for policy in policies.policies:
        phase = policy.phase_at(moment) if event.market in policy.markets else None
        reached = True
        for rule in phase.rules if phase else ():
            condition = settled(rule.condition, moment)
            truth = truth_of(condition, value_of)
            answers = tuple(_answer(ask.fact, ask.question, value_of) for ask in asks_in(condition))
            then = rule.then.word
            traces.append(RuleTrace(policy.name, phase.name, rule.name, then, reached, _WORDS[truth], answers))
            reached = reached and not (truth is True and rule.then.decision)
    return traces


def values_said(event: ListingEvent, classifications: Classifications) -> Callable[[Fact], Any]:
    """Give what an event, its classification and its origin say for a fact."""

    def value_of(fact: Fact) -> Any:
        (key,) = fact.reading.keys(Batch([event], classifications))
        return fact.value(infer_origin(Signals(*key), event.market) if fact.reading is SIGNALS else key)

    return value_of


def _answer(fact: Fact, question: Any, value_of: Callable[[Fact], Any]) -> Answer:
    value = value_of(fact)
    truth: Truth = question.answer(value)
    return Answer(_name(fact), _asked(fact, question), _shown(fact, value), _WORDS[truth])


def _name(fact: Fact) -> str:
    return f"score of {fact.reading.name.removeprefix('score:').replace(',', ' + ')}" if _is_score(fact) else fact.name


def _is_score(fact: Fact) -> bool:
    return fact.name == _SCORE_FACT


def _shown(fact: Fact, value: Any) -> str | None:
    match value:
        case None:
            return None
        case Found(members, undecided):
            return ", ".join([*sorted(members), *(f"{name}?" for name in sorted(undecided))]) or "none"
        case Money(units, currency):
            return f"{float(Fraction(units, UNITS)):g} {currency}"
        case bool():
            return _WORDS[value]
        case tuple():
            return " > ".join(map(str, value))
        case _:
            return f"{value / 10_000:.4f}" if _is_score(fact) else str(value)


def _asked(fact: Fact, question: Any) -> str:
    match question:
        case IsPresent(wanted):
            return "is present" if wanted else "is absent"
        case IsEmpty(wanted):
            return "is empty" if wanted else "is not empty"
        case IsOneOf(values):
            return "is " + _listed(values)
        case HasOneOf(values):
            return "has " + _listed(values)
        case StartsWith(values) | CodeStartsWith(values):
            return "starts with " + _listed(values)
        case PathStartsWith(values):
            return "is under " + _listed(" > ".join(path) for path in values)
        case Matches(patterns) | PathMatches(patterns) | HasMatch(patterns):
            return "matches " + _listed(f"`{pattern.text}`" for pattern in patterns)
        case IsWithin():
            return "is " + _bounds(question, 10_000 if _is_score(fact) else 1)
        case PricedThen(inner, _):
            return f"at the rate of the day is {_bounds(inner.within, UNITS)} {inner.currency}"
    return type(question).__name__


def _listed(values: Any) -> str:
    shown = sorted(_WORDS.get(value, value) if isinstance(value, bool) else str(value) for value in values)
    more = f" or {len(shown) - 6} more" if len(shown) > 6 else ""
    return " or ".join(shown[:6]) + more


def _bounds(within: IsWithin, unit: int) -> str:
    low = (
        None if within.low is None else f"{'at least' if within.includes_low else 'over'} {float(within.low) / unit:g}"
    )
    high = (
        None
        if within.high is None
        else f"{'at most' if within.includes_high else 'under'} {float(within.high) / unit:g}"
    )
    return " and ".join(bound for bound in (low, high) if bound)
