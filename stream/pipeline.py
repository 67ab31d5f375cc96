"""The product on one page: bytes -> listing -> classification -> decision -> bytes.

A run of records, a model, a policy set, an `as_of` and people's labels, if there are any, go in; exactly one outcome a
record comes out, in the same order. There is no I/O here, no clock, no logging, no async and no memory of earlier
records: the same bytes, model, policies, `as_of` and labels give the same bytes, and nothing in the data can make it
raise. Where records come from and outcomes go to is the engines' business, and so are the order between the events of
one listing and which label of it is in force.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from stream.classify.classifier import Model, classify
from stream.classify.overrule import overrule
from stream.contract.answer import NO_LABELS, Labels
from stream.contract.classification import Classifications
from stream.contract.dead_letter import DeadLetter, write_dead_letter
from stream.contract.decision import write_decisions, write_tombstone
from stream.contract.event import RemovalEvent
from stream.contract.events import Events
from stream.contract.fields import LISTING_ID, TITLE
from stream.contract.instant import Instant
from stream.contract.outcome import Outcome
from stream.contract.read import KeyRemoval, Other, read_run
from stream.contract.record import Record
from stream.contract.trace import carry_traces
from stream.decide.decide import decide
from stream.decide.policy import PolicySet
from stream.decide.ruling import Ruling


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A model and the policies that were checked against it: swapped as a pair, never one without the other."""

    model: Model
    policies: PolicySet

    @property
    def clusters(self) -> tuple[str, ...]:
        """The clusters that a listing may have."""
        return self.model.clusters

    def run(
        self,
        records: Sequence[Record],
        as_of: Instant | None,
        as_known_on: Instant | None = None,
        labels: Labels = NO_LABELS,
    ) -> list[Outcome]:
        """Bring every record to its outcome.

        `as_of` is the moment of the run, which phases and rates follow and dead letters are dated with; None decides
        each listing as of its own `occurred_at`. `as_known_on` leaves out what was published later; None means as of
        `as_of`. A listing that has one of `labels`, and still the title that the person saw, is classified by it; its
        decision names `label:` and the label's id as its model.
        """
        run = classify_run(self.model, records, labels)
        return write_run(run, decide_run(self.policies, run, as_of, as_known_on), as_of)


class ClassifiedRun(NamedTuple):
    """A run once read and classified: several policy sets can be asked about it, and it is read once for all.

    `events` are those that ask for a decision, in order, and `classifications` are theirs, under `labels`; `others` are
    the other records by row.
    """

    records: Sequence[Record]
    events: Events
    others: Mapping[int, Other]
    classifications: Classifications
    labels: Labels = NO_LABELS

    def moments(self, as_of: Instant | None) -> list[Instant]:
        """Give the moment that each event is decided as of: the run's, or else its own."""
        return self.events.instants() if as_of is None else [as_of] * len(self.events)


def classify_run(model: Model, records: Sequence[Record], labels: Labels = NO_LABELS) -> ClassifiedRun:
    """Read a run of records, and classify the listings in it; a person's label overrules the model."""
    events, others = read_run(records)
    return ClassifiedRun(records, events, others, _classify(model, events, labels), labels)


def reclassify(model: Model, run: ClassifiedRun) -> ClassifiedRun:
    """Give a run as another model classifies it under the same labels, without reading it again."""
    return run._replace(classifications=_classify(model, run.events, run.labels))


def _classify(model: Model, events: Events, labels: Labels) -> Classifications:
    titles = events.column(TITLE)
    classified = classify(model, titles)
    return overrule(classified, events.column(LISTING_ID), titles, labels) if labels else classified


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
        return carry_traces(run.records, written)
    decisions = iter(written)
    outcomes = [
        _write_other(run.records[row], run.others[row], as_of) if row in run.others else next(decisions)
        for row in range(len(run.records))
    ]
    return carry_traces(run.records, outcomes)


def _write_other(record: Record, event: Other, as_of: Instant | None) -> Outcome:
    match event:
        case DeadLetter():
            return write_dead_letter(record, event, as_of)
        case RemovalEvent():
            return write_tombstone(event.listing_id, event)
        case KeyRemoval():
            return write_tombstone(str(event))
