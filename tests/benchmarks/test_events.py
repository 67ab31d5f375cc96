"""The events that benchmarks measure with: the same ones every time, as long as real ones, and none of them broken."""

import orjson
import pytest

from benchmarks.events import BYTES_AT_LEAST, BYTES_AT_MOST, write_events
from stream.contract.dead_letter import DeadLetter
from stream.contract.read import read_record
from stream.contract.record import FileRecord


@pytest.fixture(scope="module")
def events():
    return write_events(1_000)


def test_every_event_is_read_under_its_key(events):
    assert not any(isinstance(read_record(FileRecord(event.value, event.key)), DeadLetter) for event in events)


def test_every_event_is_as_long_as_real_ones(events):
    assert all(BYTES_AT_LEAST <= len(event.value) <= BYTES_AT_MOST for event in events)


def test_every_event_has_an_id_and_a_listing_of_its_own(events):
    """Decisions are counted by event id, and a listing that came twice could be superseded."""
    assert len({event.event_id for event in events}) == len({event.key for event in events}) == len(events)


def test_titles_are_in_several_scripts_and_most_listings_in_the_market_with_a_policy(events):
    read = [orjson.loads(event.value) for event in events]
    titles = "".join(event["listing"]["title"] for event in read)
    assert any("\u0e00" <= c <= "\u0e7f" for c in titles)
    assert any("\u4e00" <= c <= "\u9fff" for c in titles)
    assert sum(event["market"] == "ID" for event in read) > len(events) / 2
    assert {event["seller"]["type"] for event in read} == {"local", "cross_border"}


def test_a_seed_gives_the_same_events_and_another_seed_others(events):
    assert write_events(50) == events[:50]
    assert write_events(50, seed=2) != events[:50]
