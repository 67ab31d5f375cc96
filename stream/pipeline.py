"""The product on one page: bytes -> listing -> classification -> decision -> bytes.

A run of records, a model, a policy set and an `as_of` go in; exactly one outcome a record comes out, in the same order.
There is no I/O here, no clock, no logging, no async and no memory of earlier records: the same bytes, model, policies
and `as_of` give the same bytes, and nothing in the data can make it raise. Where records come from and outcomes go to
is the engines' business, and so is the order between the events of one listing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from stream.classify.classifier import Model, classify
from stream.contract.classification import Classifications
from stream.contract.dead_letter import DeadLetter, write_dead_letter
from stream.contract.decision import write_decisions, write_tombstone
from stream.contract.event import RemovalEvent
from stream.contract.events import Events
from stream.contract.fields import TITLE
from stream.contract.instant import Instant
from stream.contract.outcome import Outcome
from stream.contract.read import KeyRemoval, Other, read_run
from stream.contract.record import Record
from stream.decide.decide import decide
from stream.decide.policy import PolicySet
from stream.decide.ruling import Ruling


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A model and the policies that were checked against it: swapped as a pair, never one without the other."""

    model: Model
    policies: PolicySet

    def run(
        self, records: Sequence[Record], as_of: Instant | None, as_known_on: Instant | None = None
    ) -> list[Outcome]:
        """Bring every record to its outcome.

        `as_of` is the moment of the run, which phases and rates follow and dead letters are dated with; None decides
        each listing as of its own `occurred_at`. `as_known_on` leaves out what was published later; None means as of
        `as_of`.
        """
        run = classify_run(self.model, records)
        return write_run(run, decide_run(self.policies, run, as_of, as_known_on), as_of)


class ClassifiedRun(NamedTuple):
    """A run once read and classified: several policy sets can be asked about it, and it is read once for all.

    `events` are those that ask for a decision, in order, and `classifications` are theirs; `others` are the other
    records by row.
    """

    records: Sequence[Record]
    events: Events
    others: Mapping[int, Other]
    classifications: Classifications

    def moments(self, as_of: Instant | None) -> list[Instant]:
        """Give the moment that each event is decided as of: the run's, or else its own."""
        return self.events.instants() if as_of is None else [as_of] * len(self.events)


def classify_run(model: Model, records: Sequence[Record]) -> ClassifiedRun:
    """Read a run of records, and classify the listings in it."""
    events, others = read_run(records)
    return ClassifiedRun(records, events, others, classify(model, events.column(TITLE)))


def reclassify(model: Model, run: ClassifiedRun) -> ClassifiedRun:
    """Give a run as another model classifies it, without reading it again."""
    return run._replace(classifications=classify(model, run.events.column(TITLE)))


def decide_run(
    policies: PolicySet, run: ClassifiedRun, as_of: Instant | None, as_known_on: Instant | None = None
) -> list[Ruling]:
    """Rule on every event of a run, in the order of `run.events`."""
    return decide(policies, run.events, run.classifications, run.moments(as_of), as_known_on)


def write_run(run: ClassifiedRun, rulings: Sequence[Ruling], as_of: Instant | None) -> list[Outcome]:
    """Write a run's outcomes, one a record and in order: the decisions that the rulings come to, and the rest."""
    moments = None if as_of is None else run.moments(as_of)
    written = write_decisions(run.events, run.classifications, rulings, moments)
    if not run.others:
        return written
    decisions = iter(written)
    return [
        _write_other(record, run.others[row], as_of) if row in run.others else next(decisions)
        for row, record in enumerate(run.records)
    ]


def _write_other(record: Record, event: Other, as_of: Instant | None) -> Outcome:
    match event:
        case DeadLetter():
            return write_dead_letter(record, event, as_of)
        case RemovalEvent():
            return write_tombstone(event.listing_id, event)
        case KeyRemoval():
            return write_tombstone(str(event))
