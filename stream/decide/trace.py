"""How the policies came to a ruling: one event in, every rule in force with its questions and their answers out.

For people, one event at a time: it walks each condition with `truth_of`, the plain meaning that the batch-wise engine
must agree with, and a test holds the two to each other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from stream.contract.classification import Classifications
from stream.contract.event import ListingEvent
from stream.contract.events import events_of
from stream.contract.instant import Instant
from stream.decide.asks import Moment
from stream.decide.attributes import steps_of
from stream.decide.batches import Batch
from stream.decide.conditions import Ask, settled, signed_asks, truth_of
from stream.decide.facts import SIGNALS, Fact
from stream.decide.origin import Signals, infer_origin
from stream.decide.policy import PolicySet
from stream.decide.spelt import fact_name, spelt_question, spelt_value, truth_word
from stream.decide.truth import opposite


@dataclass(frozen=True, slots=True)
class Answer:
    """One question of a rule, as the rule needs it to hold: the fact, what was asked, true, false or unknown.

    `value` is what the event says, None where that is nothing; `unread` is then what stands there all the same.
    """

    fact: str
    asked: str
    value: str | None
    answer: str
    unread: str | None


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
            answers = tuple(_answer(*each, value_of, event, policy.zone) for each in signed_asks(condition))
            then = rule.then.word
            traces.append(RuleTrace(policy.name, phase.name, rule.name, then, reached, truth_word(truth), answers))
            reached = reached and not (truth is True and rule.then.decision)
    return traces


def values_said(event: ListingEvent, classifications: Classifications) -> Callable[[Fact], Any]:
    """Give what an event, its classification and its origin say for a fact."""
    batch = Batch(events_of([event]), classifications)

    def value_of(fact: Fact) -> Any:
        (key,) = fact.reading.keys(batch)
        return fact.value(infer_origin(Signals(*key), event.market) if fact.reading is SIGNALS else key)

    return value_of


def _answer(ask: Ask, denied: bool, value_of: Callable[[Fact], Any], event: ListingEvent, zone: ZoneInfo) -> Answer:
    fact, question, value = ask.fact, ask.question, value_of(ask.fact)
    truth = question.answer(value)
    asked = spelt_question(fact, question, zone, denied)
    said = spelt_value(fact, value, zone)
    unread = None if said is not None else _written(event, fact)
    return Answer(fact_name(fact), asked, said, truth_word(opposite(truth) if denied else truth), unread)


def _written(event: ListingEvent, fact: Fact) -> str | None:
    """Give what stands in the event where its fact was not told from it."""
    part: Any = event
    for step in steps_of(fact.name):
        part = part.get(step) if isinstance(part, dict) else getattr(part, step, None)
    return None if part is None else str(part)
