"""Small archives for tests: decisions of the shipped pipeline, chained into segments, with what decided them."""

from pathlib import Path

from stream.archive.folder import OpenSegment, head_of
from stream.archive.kept import keep_model, keep_policy
from stream.contract.instant import parse_instant
from stream.contract.record import FileRecord
from stream.live.load import read_policies_whole
from tests.conftest import ROOT, value_with

AS_OF = parse_instant("2021-08-03T02:00:01Z")


def decisions(pipeline, count, topic="decisions", partition=0):
    """Decisions as they lie on the topic, each at an even offset: between them lie transaction markers."""
    listings = [FileRecord(value_with(event_id=f"E-{n}", listing__id=f"L-{n % 7}"), None) for n in range(count)]
    return [
        FileRecord(outcome.value, outcome.key, outcome.headers, topic, partition, 2 * n, 1_627_956_000_000 + n)
        for n, outcome in enumerate(pipeline.run(listings, AS_OF))
    ]


def append(folder: Path, records, exposed_ms=0, lag_ms=86_400_000):
    """One more segment."""
    first = records[0]
    segment = OpenSegment(folder, first.topic, first.partition, head_of(folder, first.topic, first.partition), lag_ms)
    segment.add(records, exposed_ms)
    return segment.close()


def keep_shipped(folder: Path):
    """What decided: the shipped policies and model."""
    for policy in read_policies_whole([ROOT / "policies"], None)[0]:
        keep_policy(folder, "id-akar@1", policy)
    keep_model(folder, ROOT / "models" / "cluster-3")


def archive(folder: Path, pipeline, segments=3, rows=5):
    """An archive of one partition; returns its records."""
    records = decisions(pipeline, segments * rows)
    for begin in range(0, len(records), rows):
        append(folder, records[begin : begin + rows])
    keep_shipped(folder)
    return records
