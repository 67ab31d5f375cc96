"""Conditions: a tree of questions about facts, and its truth for one event.

It refuses to know YAML and events: `condition_reader` builds the tree, and `truth_of` is given a fact's value by its
caller.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from stream.decide.asks import Moment, settle
from stream.decide.facts import Fact
from stream.decide.truth import Truth, every, opposite, some
from stream.decide.yaml_nodes import Scalar


@dataclass(frozen=True, slots=True)
class Ask:
    """One question about one fact; `words` are its values as written, each with its place."""

    fact: Fact
    question: Any
    words: tuple[Scalar, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Every:
    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Some:
    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


Condition = Ask | Every | Some | Not


def asks_in(condition: Condition) -> Iterator[Ask]:
    """Give every question in a condition."""
    return (ask for ask, _ in signed_asks(condition))


def signed_asks(condition: Condition, denied: bool = False) -> Iterator[tuple[Ask, bool]]:
    """Give every question in a condition, and whether it stands under an odd number of negations."""
    match condition:
        case Ask():
            yield condition, denied
        case Not(part):
            yield from signed_asks(part, not denied)
        case Every(parts) | Some(parts):
            for part in parts:
                yield from signed_asks(part, denied)


def settled(condition: Condition, moment: Moment) -> Condition:
    """Give a condition with its lists and rates as they are at a moment."""
    match condition:
        case Ask(fact, question, words):
            return Ask(fact, settle(question, moment), words)
        case Not(part):
            return Not(settled(part, moment))
        case Every(parts):
            return Every(tuple(settled(part, moment) for part in parts))
        case Some(parts):
            return Some(tuple(settled(part, moment) for part in parts))


def truth_of(condition: Condition, value_of: Callable[[Fact], Any]) -> Truth:
    """Tell whether a settled condition holds where `value_of` gives each fact's value: the plain meaning."""
    match condition:
        case Ask(fact, question):
            return question.answer(value_of(fact))
        case Not(part):
            return opposite(truth_of(part, value_of))
        case Every(parts):
            return every(truth_of(part, value_of) for part in parts)
        case Some(parts):
            return some(truth_of(part, value_of) for part in parts)
