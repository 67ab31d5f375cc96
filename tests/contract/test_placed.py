"""What is read back of `decisions`: what nobody of ours wrote has no place, whatever it says."""

import orjson
import pytest

from stream.contract.outcome import Place
from stream.contract.placed import read_places
from stream.contract.record import FileRecord

DECISION = {
    "schema": "keran.decision/1",
    "decision_id": "0" * 32,
    "event_id": "E-1",
    "occurred_at": "2021-08-03T00:00:00Z",
    "revision": 7,
}
HEADERS = {"keran-event-id": b"E-1", "keran-occurred-at": b"2021-08-03T00:00:00Z", "keran-revision": b"7"}
PLACE = Place(7, 1_627_948_800_000_000, b"E-1")


def decision(key=b"L-1", **changed):
    return FileRecord(orjson.dumps(DECISION | changed), key)


def tombstone(key=b"L-1", **changed):
    headers = HEADERS | {f"keran-{name.replace('_', '-')}": value for name, value in changed.items()}
    return FileRecord(None, key, tuple(headers.items()))


def test_a_decision_and_a_tombstone_have_the_place_of_their_event():
    assert read_places([decision(), tombstone()]) == [PLACE._replace(decision_id=b"0" * 32), PLACE]


def test_the_longest_ids_and_the_greatest_revision_of_the_wire_have_places():
    longest = "\U0001f9f5" * 512
    (place, removed) = read_places(
        [
            decision(longest.encode(), event_id=longest, revision=2**63 - 1),
            tombstone(longest.encode(), event_id=longest.encode(), revision=b"%d" % (2**63 - 1)),
        ]
    )
    assert (place.revision, place.event_id) == (removed.revision, removed.event_id) == (2**63 - 1, longest.encode())


@pytest.mark.parametrize(
    "record",
    [
        decision(None),
        decision(b"k" * 2049),
        decision(event_id="E" * 40_000),
        decision(revision=2**63),
        decision(decision_id="none"),
        FileRecord(orjson.dumps(DECISION).replace(b"E-1", b"\\ud800"), b"L-1"),
        FileRecord(b"\xff", b"L-1"),
        tombstone(None),
        tombstone(b"k" * 2049),
        tombstone(event_id=b"E" * 40_000),
        tombstone(event_id=None),
        tombstone(revision=None),
        tombstone(revision=b"-1"),
        tombstone(revision=b"%d" % 2**63),
        tombstone(revision=b"9" * 5_000),
        tombstone(occurred_at=b"\xff"),
        FileRecord(None, b"L-1", ()),
    ],
)
def test_what_the_wire_does_not_allow_has_no_place(record):
    """Nor does it end the worker, which reads it at every start: one of these went past the end of the places' memory."""
    assert read_places([record]) == [None]
