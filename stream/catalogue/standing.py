"""What stands: decisions in files in, and of a run's listing events what was decided of each, ready to compare.

A listing's last decision stands. Few different things are said of millions of listings, so each is kept once; what is
kept of a listing is a row of `Decided`. It refuses to know what the same listing would be decided today.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
import orjson

from stream.catalogue.arrow import records_of
from stream.catalogue.decided import REMOVED, DecisionRead, Gathering, Row
from stream.catalogue.files import listings_in
from stream.catalogue.flips import Partition, Skipped
from stream.changes.change import Cause, Ruled
from stream.changes.compared import Assigned
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


class Standing:
    """The listings of a catalogue as they are decided now; `models` counts them by who decided."""

    def __init__(self, paths: Sequence[str]) -> None:
        gathering = Gathering(_stood)
        for path in paths:
            for records in _decisions_in(path):
                gathering.take(records)
        decided = gathering.decided()
        self._partition = Partition(decided)
        self._rulings = {stood: _ruling(stood) for stood in decided.deciders if stood}
        self._clusters = tuple(sorted({stood.cluster for stood in self._rulings}))
        self.unreadable, self.listings = decided.unreadable, int((decided.flags & REMOVED == 0).sum())
        self.models: dict[str, int] = {}
        counts = np.bincount(decided.by, minlength=len(decided.deciders)).tolist()
        for stood, count in zip(decided.deciders, counts, strict=True):
            if stood and count:
                self.models[stood.model] = self.models.get(stood.model, 0) + count

    def rows(self, run: ClassifiedRun) -> list[Row | Skipped]:
        """Give what is decided of each event of a run, where this is the event that was decided, else why not."""
        found = self._partition.found(run)
        return [row for at, row in enumerate(found) if at not in run.others]

    def ruled(self, rows: Sequence[Row]) -> Ruled:
        """Give what stands, by rows, as one way of ruling; equal rulings are one object."""
        number = {cluster: at for at, cluster in enumerate(self._clusters)}
        likeliest = np.array([number[row.by.cluster] for row in rows], np.int64)
        return Ruled(Assigned(self._clusters, likeliest), [self._rulings[row.by] for row in rows])


def cause_against(stood: Stood, model: str, policies: Sequence[str]) -> Cause | None:
    """Say whose a flip is, where what stands is the same model's, or the same policies'; else nobody can tell."""
    if stood.model == model:
        return Cause.POLICY
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
