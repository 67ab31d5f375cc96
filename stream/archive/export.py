"""What an archive says of one listing: a folder and an id in, every decision in order with what stands behind it out.

Where the events' bytes are given, each decision is made again with the kept model and policies at its `as_of`, and its
bytes are compared. It refuses to know Kafka and clocks.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import ValidationError

from stream.archive.deciders import Deciders
from stream.archive.folder import segments_in
from stream.archive.segment import Chained, NoSegment, read_rows
from stream.archive.verify import partitions_of
from stream.classify.artifact import CARD, load_model
from stream.classify.normalise import digests_of
from stream.contract.answer import LABELLED, Answer, Labels, is_labelled
from stream.contract.audit import Audit, Automated, Entry, Facts, Reproduced, Restriction, Statement
from stream.contract.decision import Decision
from stream.contract.event import ListingEvent
from stream.contract.instant import Instant, instant_at
from stream.contract.read import read_listing
from stream.contract.record import FileRecord
from stream.decide.load import load_policies
from stream.decide.policy import PolicySet
from stream.pipeline import Pipeline
from stream.problems import BadSetup, Problem

CARD_CHARACTERS = 1_200


def export(folder: Path, listing_id: str, events: Mapping[str, bytes] = {}, redress: str | None = None) -> Audit:
    """Give every archived decision of a listing; `events` are the bytes of listing events by their ids."""
    found = list(_records_of(folder, listing_id.encode()))
    moments = [instant_at((each.record.timestamp or 0) * 1000) for each in found]
    kept = Deciders(folder)
    entries = [_entry(each, moments[at : at + 2], kept, events, redress, folder) for at, each in enumerate(found)]
    return Audit(listing_id=listing_id, entries=entries)


def load_events(place: Path) -> dict[str, bytes]:
    """Load listing events, one a line, by their ids; lines that cannot be read are passed over. Raises BadSetup."""
    try:
        lines = place.read_bytes().splitlines()
    except OSError as reason:
        hint = "a file of listing events, one a line"
        raise BadSetup([Problem(f"file cannot be read: {reason.strerror}", str(place), hint)]) from None
    read = ((read_listing(line), line) for line in lines)
    return {event.event_id: line for event, line in read if isinstance(event, ListingEvent)}


def _records_of(folder: Path, key: bytes) -> Iterator[Chained]:
    for _, _, place in partitions_of(folder):
        for segment in segments_in(place):
            try:
                with pq.ParquetFile(segment) as file:
                    for batch in file.iter_batches():
                        yield from read_rows(batch.filter(pc.equal(batch.column("key"), key)))
            except (OSError, ValueError, NoSegment) as reason:
                hint = "`keran audit verify` says what else is wrong"
                raise BadSetup([Problem(f"segment cannot be read: {reason}", str(segment), hint)]) from None


def _entry(
    each: Chained,
    moments: Sequence[Instant],
    kept: Deciders,
    events: Mapping[str, bytes],
    redress: str | None,
    folder: Path,
) -> Entry:
    record = each.record
    superseded = dict(record.headers).get("keran-supersedes")
    entry = Entry(
        kind="removal" if record.value is None else "unreadable",
        partition=record.partition,
        offset=record.offset,
        recorded_at=moments[0],
        chain=each.chain.hex(),
        supersedes=superseded.decode("utf-8", "replace") if superseded else None,
    )
    decision = _read(record.value)
    if decision is None:
        return entry
    said = decision.classification
    model = kept.model_folder(said.model)
    shelf_entry = kept.entry_of(tuple(said.scores)) if is_labelled(said.model) else model
    policies = [kept.policy_folder(policy, decision.as_of.text) for policy in decision.policies]
    ends = moments[1] if len(moments) > 1 else None
    more = {
        "kind": "decision",
        "decision": decision,
        "model_card": _card(model),
        "policies_kept": [str(place.relative_to(folder)) for place in policies if place],
        "reproduced": _again(decision, record.value, events.get(decision.event_id), shelf_entry, policies),
        "statement": _statement(decision, ends, redress) if decision.decision == "block" else None,
    }
    return entry.model_copy(update=more)


def _read(value: bytes | None) -> Decision | None:
    try:
        return None if value is None else Decision.model_validate_json(value)
    except ValidationError:
        return None


def _card(model: Path | None) -> str | None:
    if model is None or not (model / CARD).is_file():
        return None
    return (model / CARD).read_text(encoding="utf-8")[:CARD_CHARACTERS]


def _again(
    decision: Decision, value: bytes, event: bytes | None, model: Path | None, policies: Sequence[Path | None]
) -> Reproduced:
    """Decide the event again with what is kept, and say whether the bytes are the archived ones."""
    if event is None:
        return "no event given"
    if model is None or None in policies:
        return "model or policies not kept"
    loaded = load_model(model.parent, model.name)
    places = [place for place in dict.fromkeys(policies) if place]
    rules = load_policies(places, loaded.clusters) if places else PolicySet()
    (outcome,) = Pipeline(loaded, rules).run([FileRecord(event)], decision.as_of, labels=_labels(decision, event))
    return "same bytes" if outcome.value == value else "other bytes"


def _labels(decision: Decision, event: bytes) -> Labels:
    """Give the label that a decision names, as it was: it held for the title that the event has."""
    said, read = decision.classification, read_listing(event)
    if not (is_labelled(said.model) and isinstance(read, ListingEvent)):
        return {}
    (title,) = digests_of([read.listing.title])
    return {decision.listing_id: Answer(said.model.removeprefix(LABELLED), said.cluster, title, 0)}


def _statement(decision: Decision, ends: Instant | None, redress: str | None) -> Statement:
    declared, classified = decision.origin.declared, decision.classification
    return Statement(
        restriction=Restriction(territory=decision.market, begins=decision.as_of, ends=ends),
        facts=Facts(
            seller_id=decision.seller_id,
            seller_type=declared.seller_type,
            country=declared.country,
            cluster=classified.cluster,
            score=classified.scores[classified.cluster],
        ),
        automated=Automated(
            detection=not is_labelled(classified.model), model=classified.model, person_asked=decision.review
        ),
        grounds=[reason for reason in decision.reasons if reason.then == "block"],
        redress=redress,
    )
