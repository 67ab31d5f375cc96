"""The benchmark of order measures what it says, and fails where memory grows or a wait is long."""

from itertools import pairwise

from benchmarks.order import AS_OF, DECIDED, Point, Restored, broken, decisions, take_events
from stream.contract.placed import read_places
from stream.contract.record import FileRecord


def test_it_measures_every_tenth():
    points = list(take_events(events=2_000, listings=100))
    assert [point.events for point in points] == list(range(200, 2_001, 200))
    assert points[-1].listings == 100
    assert all(point.bytes_a_listing > 80 and point.microseconds_an_event > 0 for point in points)
    assert list(take_events(2_000, 100))[-1].bytes_a_listing == points[-1].bytes_a_listing


def test_its_decisions_are_each_of_a_listing_of_its_own_and_can_be_read_back():
    made = list(decisions(DECIDED + 10))
    assert len({event.key for event in made}) == DECIDED + 10
    places = read_places([FileRecord(event.value, event.key) for event in made])
    assert all(place is not None for place in places)
    assert all(one.event_id < other.event_id for one, other in pairwise(places))
    assert f'"as_of":"{AS_OF.text}"'.encode() in made[-1].value


def test_more_memory_growth_and_long_waits_are_told():
    flat = [Point(part, 100, 90.0, 1.0) for part in range(1, 11)]
    assert list(broken(flat, [Restored(0, 4.9), Restored(100, 14.9)])) == []
    assert list(broken([*flat[:-1], Point(10, 100, 99.0, 1.0)], [])) == [
        "expected as much memory at the end as half-way, got more"
    ]
    assert list(
        broken([point._replace(bytes_a_listing=101.0) for point in flat], [Restored(0, 5.1), Restored(9, 16.0)])
    ) == [
        "expected at most 100 bytes a listing, got 101.0",
        "expected 0 listings back within 5.0 s, got 5.1 s",
        "expected 9 listings back within 15.0 s, got 16.0 s",
    ]
