"""What is decided now: of each listing the last word, exact whatever its key, in about a hundred bytes."""

import random

import pytest

from stream.catalogue import decided as module
from stream.catalogue.decided import BLOCK, NOWHERE, REMOVED, Gathering, decided_of, digest_of
from stream.contract.instant import parse_instant
from stream.contract.outcome import Kind
from stream.contract.record import FileRecord
from stream.pipeline import classify_run, decide_run, write_run
from tests.conftest import value_with

AS_OF = parse_instant("2021-08-03T02:00:01Z")


def decisions_of(pipeline, values):
    """The records of `decisions` for listing events, and their rulings."""
    run = classify_run(pipeline.model, [FileRecord(value) for value in values])
    rulings = decide_run(pipeline.policies, run, AS_OF)
    outcomes = write_run(run, rulings, AS_OF)
    assert {outcome.kind for outcome in outcomes} == {Kind.DECISION}
    return [FileRecord(o.value, o.key, o.headers) for o in outcomes], rulings, outcomes


def test_of_each_listing_the_last_word_stands(pipeline):
    values = [value_with(event_id=f"E-{n}", listing__id=f"L-{n % 7}", listing__revision=n) for n in range(40)]
    records, _, outcomes = decisions_of(pipeline, values)
    held = decided_of([records[:15], records[15:]])
    assert len(held) == 7
    for outcome in outcomes[-7:]:
        (at,) = held.find([outcome.key])
        assert held.row(at).place == outcome.place
        assert bool(held.row(at).flags & BLOCK) == (outcome.tally == "block")
    assert held.find([b"L-9", b""]) == [-1, -1]


def test_the_digest_of_a_decision_is_that_of_its_ruling(pipeline):
    """What a decision on the topic says besides allow or block can be compared with a ruling that was never written."""
    values = [
        value_with(event_id=str(n), listing__id=str(n), seller__type=seller, listing__title=title)
        for n, (seller, title) in enumerate(
            [("cross_border", "Gamis wanita"), ("local", "Tas rotan"), ("local", "Kabel USB")]
        )
    ]
    records, rulings, _ = decisions_of(pipeline, values)
    held = decided_of([records])
    assert [held.row(held.find([r.key])[0]).said for r in records] == [digest_of(ruling) for ruling in rulings]
    assert len({digest_of(ruling) for ruling in rulings}) > 1


def test_a_tombstone_is_a_removal_at_its_place_or_at_none(pipeline):
    records, _, _ = decisions_of(pipeline, [value_with(listing__id="a"), value_with(listing__id="b")])
    placed = (("keran-event-id", b"E-9"), ("keran-occurred-at", b"2021-08-03T02:00:01Z"), ("keran-revision", b"9"))
    held = decided_of([[*records, FileRecord(None, b"a", placed), FileRecord(None, b"b")]])
    a, b = held.rows(held.find([b"a", b"b"]))
    assert (a.flags, a.place.revision, a.place.event_id) == (REMOVED, 9, b"E-9")
    assert (b.flags, b.place[:3]) == (REMOVED, NOWHERE[:3])


def test_what_nobody_of_ours_wrote_is_counted_and_passed_over(pipeline):
    (good,), _, _ = decisions_of(pipeline, [value_with(listing__id="a")])
    held = decided_of([[good, FileRecord(b"{}", b"a"), FileRecord(b"\xff", b"a"), FileRecord(good.value, None)]])
    assert (len(held), held.unreadable) == (1, 3)


def test_two_keys_of_one_hash_stay_two_listings(pipeline, monkeypatch):
    """Under a hash that knows nothing until it is salted."""
    salted = module._hashes
    monkeypatch.setattr(module, "_hashes", lambda keys, salt: salted(keys, salt) & (-1 if salt else 1))
    values = [value_with(event_id=str(n), listing__id=f"L-{n}") for n in range(20)]
    records, _, _ = decisions_of(pipeline, values)
    gathering = Gathering()
    gathering.take(records)
    held = gathering.decided()
    keys = [record.key for record in records]
    assert [held.row(at).place.event_id for at in held.find(keys)] == [str(n).encode() for n in range(20)]
    assert held.find([b"nobody"]) == [-1]


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_runs_gives_the_last_word(pipeline, seed, monkeypatch):
    """Folded in after few records or many, what stands is what a plain mapping holds."""
    monkeypatch.setattr(module, "_WAITING", 7)
    draw = random.Random(seed)
    values = [value_with(event_id=f"E-{n}", listing__id=f"L-{draw.randrange(30)}") for n in range(200)]
    records, _, outcomes = decisions_of(pipeline, values)
    held = decided_of([[record] for record in records])
    last = {outcome.key: outcome.place for outcome in outcomes}
    assert {key: held.row(at).place for key, at in zip(last, held.find(list(last)), strict=True)} == last


def test_a_listing_takes_little_more_than_a_hundred_bytes(pipeline):
    values = [value_with(event_id=f"01JD{n:022}", listing__id=f"L-{n:08}") for n in range(3_000)]
    records, _, _ = decisions_of(pipeline, values)
    held = decided_of([records])
    assert held.nbytes() / len(held) < 125
