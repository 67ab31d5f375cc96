"""What stands: decisions in, and of a run's listing events what was decided of each, ready to compare.

A listing's last decision stands. Few different things are said of millions of listings, so each is kept once; what is
kept of a listing is a row of `Decided`. It refuses to know what the same listing would be decided today.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
import orjson

from stream.catalogue.arrow import records_of
from stream.catalogue.decided import REMOVED, Decided, DecisionRead, Gathering, Row
from stream.catalogue.files import listings_in
from stream.catalogue.flips import Partition, Skipped
from stream.changes.change import Cause, Ruled
from stream.changes.compared import Assigned
from stream.changes.stands import Stands
from stream.contract.answer import is_labelled
from stream.contract.record import FileRecord
from stream.decide.ruling import Ruling
from stream.pipeline import ClassifiedRun


class Stood(NamedTuple):
    """All that a decision says but whose it is: equal ones are kept once. `said` is JSON, part by part."""

    model: str
    policies: tuple[str, ...]
    decision: str
    review: bool
    cluster: str
    said: tuple[bytes, ...]


class _Line(msgspec.Struct):
    listing_id: str
    decision: str | None


_decode = msgspec.json.Decoder(_Line).decode


def gathering_stood() -> Gathering:
    """Give what takes decisions so that `Standing` can tell all of what they say."""
    return Gathering(_stood)


def standing_in(paths: Sequence[str]) -> "Standing":
    """Give what stands by files of decisions, lines or Parquet, in order. Raises BadSetup."""
    gathering = gathering_stood()
    for path in paths:
        for records in _decisions_in(path):
            gathering.take(records)
    return Standing(gathering.decided())


class Standing:
    """The listings of a catalogue, or of a partition, as they are decided now; `stands` counts them."""

    def __init__(self, decided: Decided) -> None:
        """`decided` is what `gathering_stood()` took."""
        self._partition = Partition(decided)
        self._rulings = {stood: _ruling(stood) for stood in decided.deciders if stood}
        self._clusters = tuple(sorted({stood.cluster for stood in self._rulings}))
        self.stands = _counted(decided)

    def rows(self, run: ClassifiedRun) -> list[Row | Skipped]:
        """Give what is decided of each event of a run, where this is the event that was decided, else why not."""
        found = self._partition.found(run)
        return [row for at, row in enumerate(found) if at not in run.others]

    def ruled(self, rows: Sequence[Row]) -> Ruled:
        """Give what stands, by rows, as one way of ruling; equal rulings are one object."""
        number = {cluster: at for at, cluster in enumerate(self._clusters)}
        likeliest = np.array([number[row.by.cluster] for row in rows], np.int64)
        labelled = {at: row.by.model for at, row in enumerate(rows) if is_labelled(row.by.model)}
        return Ruled(Assigned(self._clusters, likeliest, labelled), [self._rulings[row.by] for row in rows])


def _counted(decided: Decided) -> Stands:
    stands = Stands(int((decided.flags & REMOVED == 0).sum()), unreadable=decided.unreadable)
    counts = np.bincount(decided.by, minlength=len(decided.deciders)).tolist()
    for stood, count in zip(decided.deciders, counts, strict=True):
        if stood and is_labelled(stood.model):
            stands.labelled += count
        elif stood and count:
            stands.models[stood.model] += count
    return stands


def cause_against(stood: Stood, model: str, policies: Sequence[str]) -> Cause | None:
    """Say whose a flip is, where what stands is the same model's, or the same policies'; else nobody can tell.

    `model` is what a decision names, and so may be a label: where only one side has it, no model brings the flip.
    """
    if stood.model == model:
        return Cause.POLICY
    if is_labelled(stood.model) or is_labelled(model):
        return None
    return Cause.MODEL if stood.policies == tuple(policies) else None


def _stood(found: DecisionRead) -> Stood:
    by, said = found.classification, tuple(map(bytes, found.said()))
    return Stood(by.model, tuple(found.policies), found.decision, found.review, by.cluster, said)


def _ruling(stood: Stood) -> Ruling:
    *lists, conflicts = map(orjson.loads, stood.said)
    return Ruling(stood.decision, stood.review, *map(tuple, lists), stood.policies, {"conflicts": conflicts})


def _decisions_in(path: str) -> Iterator[list[FileRecord]]:
    for batch in listings_in(path):
        yield [record if record.key is not None else _keyed(record) for record in records_of(batch)]


def _keyed(record: FileRecord) -> FileRecord:
    """Give a line as the record that it was: keyed by its listing, a tombstone's value null."""
    try:
        line = _decode(record.value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return record
    return record._replace(key=line.listing_id.encode(), value=record.value if line.decision else None)
