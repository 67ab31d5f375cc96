"""What is asked for on `listings.redecide` before `listings` has brought it waits for that; and what was handed on does not."""

from stream.contract.outcome import Kind, Outcome, Place
from stream.contract.record import FileRecord
from stream.engines.order import hand_on, order_run, supersede_unasked
from stream.engines.places import Places, Verdict

NULL = Outcome(Kind.TOMBSTONE, b"L-1", None)


def decision(revision, key=b"L-1"):
    return Outcome(Kind.DECISION, key, b"{}", place=Place(revision, 0, b"E-%d" % revision, b"%032x" % revision))


def places_with(*outcomes):
    places = Places(1)
    order_run(places, outcomes, 1)
    return places


def test_an_event_asked_for_before_it_comes_survives_a_null_value_before_it():
    """`listings` hold revision 1, a null value, revision 2; the sweep saw revision 2 and was quicker."""
    places, record = places_with(decision(1)), FileRecord(b"{}", b"L-1")
    (asked,) = supersede_unasked(places, [record], [decision(2)])
    assert (asked.kind, asked.tally) == (Kind.SUPERSEDED, "ahead")
    order_run(places, [asked], 1)
    removed, comes = order_run(places, [NULL, decision(2)], 1)
    assert (removed.kind, comes.kind) == (Kind.TOMBSTONE, Kind.DECISION)


def test_what_its_listing_has_and_a_listing_that_nobody_knows_are_decided():
    places = places_with(decision(1))
    asked = [decision(1), decision(5, b"L-2")]
    assert supersede_unasked(places, [FileRecord(b"{}")] * 2, asked) == asked


def test_what_was_handed_on_is_taken_though_it_is_newer():
    """It came without a key to a partition that is not its listing's home, and comes by no other way."""
    (handed,) = hand_on(3, 4, [FileRecord(b"{}", None, (("trace", b"1"),))], [decision(2)])
    assert handed.headers == (("trace", b"1"), ("keran-handed-on", b"3"))
    record = FileRecord(handed.value, handed.key, handed.headers)
    assert supersede_unasked(places_with(decision(1)), [record], [decision(2)]) == [decision(2)]


def test_a_place_is_given_as_it_was_taken():
    places = places_with(decision(7))
    assert places.place_of(b"L-1") == decision(7).place
    assert places.place_of(b"L-2") is None
    assert places.remove(b"L-1", 1) == decision(7).place
    assert places.take([b"L-1"], [decision(7).place], [False], [1])[0] == [Verdict.REMOVED]
