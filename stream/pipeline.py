"""The product on one page: bytes -> listing -> classification -> decision -> bytes.

A run of records, a model, a policy set and an `as_of` go in; exactly one outcome a record comes out, in the same order.
There is no I/O here, no clock, no logging, no async and no memory of earlier records: the same bytes, model, policies
and `as_of` give the same bytes, and nothing in the data can make it raise. Where records come from and outcomes go to
is the engines' business, and so is the order between the events of one listing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from stream.classify.classifier import Model, classify
from stream.contract.dead_letter import DeadLetter, write_dead_letter
from stream.contract.decision import write_decisions, write_tombstone
from stream.contract.event import ListingEvent, RemovalEvent
from stream.contract.instant import Instant
from stream.contract.outcome import Outcome
from stream.contract.read import KeyRemoval, Read, read_run
from stream.contract.record import Record
from stream.decide.decide import decide
from stream.decide.policy import PolicySet


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
        read = read_run(records)
        events = [event for event in read if isinstance(event, ListingEvent)]
        decisions = iter(self._decide(events, as_of, as_known_on))
        return [
            next(decisions) if isinstance(event, ListingEvent) else _write_other(record, event, as_of)
            for record, event in zip(records, read, strict=True)
        ]

    def _decide(
        self, events: Sequence[ListingEvent], as_of: Instant | None, as_known_on: Instant | None
    ) -> list[Outcome]:
        moments = [as_of or event.occurred_at for event in events]
        classifications = classify(self.model, [event.listing.title for event in events])
        rulings = decide(self.policies, events, classifications, moments, as_known_on)
        return write_decisions(events, classifications, rulings, moments)


def _write_other(record: Record, event: Read, as_of: Instant | None) -> Outcome:
    match event:
        case DeadLetter():
            return write_dead_letter(record, event, as_of)
        case RemovalEvent():
            return write_tombstone(event.listing_id, event)
        case KeyRemoval():
            return write_tombstone(str(event))
