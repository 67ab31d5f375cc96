"""The product on one page: bytes -> listing -> classification -> decision -> bytes.

A run of records, a model, a policy set and an `as_of` go in; exactly one outcome a record comes out, in the same order.
There is no I/O here, no clock, no logging, no async and no memory of earlier records: the same bytes, model, policies
and `as_of` give the same bytes, and nothing in the data can make it raise. Where records come from and outcomes go to
is the engines' business, and so is the order between the events of one listing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from stream.classify.classifier import Model, classify
from stream.contract.carried import Carried
from stream.contract.classification import Classifications
from stream.contract.dead_letter import DeadLetter, write_dead_letter
from stream.contract.decision import write_decisions, write_tombstone
from stream.contract.event import ListingEvent, RemovalEvent
from stream.contract.instant import Instant
from stream.contract.outcome import Outcome
from stream.contract.read import KeyRemoval, Read, read_run
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

    `events` are those of `read` that ask for a decision, in order; `carried` and `classifications` are theirs.
    """

    records: Sequence[Record]
    read: Sequence[Read]
    events: Sequence[ListingEvent]
    carried: Carried
    classifications: Classifications

    def moments(self, as_of: Instant | None) -> list[Instant]:
        """Give the moment that each event is decided as of: the run's, or else its own."""
        return [as_of or event.occurred_at for event in self.events]


def classify_run(model: Model, records: Sequence[Record]) -> ClassifiedRun:
    """Read a run of records, and classify the listings in it."""
    read, carried = read_run(records)
    events = [event for event in read if isinstance(event, ListingEvent)]
    return ClassifiedRun(records, read, events, carried, classify(model, [event.listing.title for event in events]))


def reclassify(model: Model, run: ClassifiedRun) -> ClassifiedRun:
    """Give a run as another model classifies it, without reading it again."""
    return run._replace(classifications=classify(model, [event.listing.title for event in run.events]))


def decide_run(
    policies: PolicySet, run: ClassifiedRun, as_of: Instant | None, as_known_on: Instant | None = None
) -> list[Ruling]:
    """Rule on every event of a run, in the order of `run.events`."""
    return decide(policies, run.events, run.classifications, run.moments(as_of), as_known_on)


def write_run(run: ClassifiedRun, rulings: Sequence[Ruling], as_of: Instant | None) -> list[Outcome]:
    """Write a run's outcomes, one a record and in order: the decisions that the rulings come to, and the rest."""
    written = write_decisions(run.events, run.classifications, rulings, run.moments(as_of), run.carried)
    if len(written) == len(run.read):
        return written
    decisions = iter(written)
    return [
        next(decisions) if isinstance(event, ListingEvent) else _write_other(record, event, as_of)
        for record, event in zip(run.records, run.read, strict=True)
    ]


def _write_other(record: Record, event: Read, as_of: Instant | None) -> Outcome:
    match event:
        case DeadLetter():
            return write_dead_letter(record, event, as_of)
        case RemovalEvent():
            return write_tombstone(event.listing_id, event)
        case KeyRemoval():
            return write_tombstone(str(event))
