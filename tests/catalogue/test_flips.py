"""What a record of the catalogue comes to in a sweep: an effect where its event decided its listing, else why it is skipped."""

from pathlib import Path

import pytest

from stream.catalogue.decided import decided_of
from stream.catalogue.flips import ASKED, Partition, Skipped
from stream.changes.change import Effect
from stream.classify.normalise import digests_of
from stream.compose import load
from stream.contract.answer import Answer
from stream.contract.instant import parse_instant
from stream.contract.record import FileRecord
from tests.conftest import value_with

AS_OF = parse_instant("2021-08-03T02:00:01Z")
BEFORE = parse_instant("2021-08-01T00:00:00Z")


def record(listing="L-1", revision=7, key=True, **changes):
    value = value_with(listing__id=listing, listing__revision=revision, event_id=f"E-{revision}", **changes)
    return FileRecord(value, listing.encode() if key else None)


def decided_by(pipeline, records, as_of=AS_OF):
    outcomes = pipeline.run(records, as_of)
    return Partition(decided_of([[FileRecord(o.value, o.key, o.headers) for o in outcomes]]))


def words(partition, pipeline, records, as_of=AS_OF):
    return [seen.word for seen in partition.look(pipeline, records, as_of)]


def test_only_the_event_that_decided_counts(pipeline):
    """An older one was left by late compaction, a newer one is on its way to the worker."""
    held = decided_by(pipeline, [record()])
    found = words(held, pipeline, [record(revision=6), record(), record(), record(revision=8), record("L-2")])
    assert found == [Skipped.OLDER, Effect.UNCHANGED, Skipped.REPEATED, Skipped.NEWER, Skipped.UNDECIDED]


def test_what_cannot_be_decided_is_skipped(pipeline):
    held = decided_by(pipeline, [record(), FileRecord(None, b"L-1")])
    removal = FileRecord(value_with(event_type="listing.removed"), b"L-1")
    found = words(held, pipeline, [FileRecord(b"{", b"L-1"), FileRecord(None, b"L-1"), removal])
    assert found == [Skipped.UNREADABLE, Skipped.REMOVED, Skipped.REMOVED]


def test_an_event_without_a_key_is_its_listing_s(pipeline):
    held = decided_by(pipeline, [record()])
    (seen,) = held.look(pipeline, [record(key=False)], AS_OF)
    assert (seen.listing, seen.word) == (b"L-1", Effect.UNCHANGED)


def test_what_an_earlier_run_dealt_with_is_not_asked_for_again(pipeline):
    """Also where the same event lies behind it once more."""
    held = decided_by(pipeline, [record()], BEFORE)
    held.pass_over([record()])
    assert words(held, pipeline, [record()]) == [Skipped.REPEATED]


@pytest.mark.parametrize("seller", ["cross_border", "local"])
def test_a_phase_that_starts_flips_what_it_closes(pipeline, seller):
    """Decided before the phase, and looked at once it is in force; and back."""
    listing = record(seller__type=seller, seller__country="CN", listing__title="Gamis wanita syari premium")
    closes = seller == "cross_border"
    assert words(decided_by(pipeline, [listing], BEFORE), pipeline, [listing]) == [
        Effect.NEWLY_BLOCKED if closes else Effect.REASONS_ONLY
    ]
    assert words(decided_by(pipeline, [listing]), pipeline, [listing], BEFORE) == [
        Effect.NEWLY_ALLOWED if closes else Effect.REASONS_ONLY
    ]


def test_other_policies_that_say_the_same_change_nothing(pipeline, tmp_path):
    """A new version and a note are no change; a reason's text is one of reasons only."""
    text = Path("policies/id-akar.yaml").read_text()
    listing = record(seller__type="cross_border", listing__title="Gamis wanita syari premium")
    for edited, effect in (
        (text.replace("version: 3", "version: 4"), Effect.UNCHANGED),
        (text.replace("This cluster is closed", "This cluster is shut"), Effect.REASONS_ONLY),
    ):
        file = tmp_path / "id-akar.yaml"
        file.write_text(edited)
        assert words(decided_by(pipeline, [listing]), load([file])[1], [listing]) == [effect]


def test_each_choice_of_changes_takes_in_the_one_before():
    assert ASKED["flips"] < ASKED["review"] < ASKED["reasons"]
    assert Effect.UNCHANGED not in ASKED["reasons"]


def test_what_a_label_holds_fast_does_not_flip_and_what_it_would_change_does(pipeline):
    labels = {"L-1": Answer("LB-1", "other", digests_of(["Gamis wanita"])[0], 0)}
    records = [record(listing__title="Gamis wanita", seller__type="cross_border")]
    under = decided_of([[FileRecord(o.value, o.key, o.headers) for o in pipeline.run(records, AS_OF, labels=labels)]])
    (kept,) = Partition(under).look(pipeline, records, AS_OF, labels)
    (freed,) = Partition(under).look(pipeline, records, AS_OF)
    (asked,) = decided_by(pipeline, records).look(pipeline, records, AS_OF, labels)
    assert (kept.word, freed.word) == (Effect.UNCHANGED, Effect.NEWLY_BLOCKED)
    assert asked.word == Effect.NEWLY_ALLOWED
