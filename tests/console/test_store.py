"""The store: the newest decisions by any filter, bounded, and what is counted is counted exactly."""

from collections import Counter

import orjson

from stream.console.questions import Questions
from stream.console.sampling import Sampling
from stream.console.sorts import REMOVED, SORTS_AT_MOST, Sort, Sorts, Wanted
from stream.console.store import Dead, Event, Kept, Store
from stream.console.tally import SECONDS_KEPT, Tally
from tests.conftest import ROOT

DECISION = (ROOT / "tests/contract/examples/keran.decision-1/block.json").read_bytes()
BLOCKED, ALLOWED = Sort("ID", "craft", "block", False, ("akar/close",)), Sort("ID", "other", "allow", True)


def row(number: int, sort: int = 0) -> Kept:
    return Kept(number * 1_000, f"L-{number % 7}", f"S-{number % 3}", sort, 0, b"{}")


def filled(folder, rows: int, kept: int = 1_000) -> Questions:
    store = Store(folder / "store.db", kept)
    store.write([row(number, number % 2) for number in range(rows)], [Event("L-1", 1, "Gamis", b"[1]")])
    return Questions(store.file)


def test_the_newest_come_first_and_a_filter_finds_only_its_sorts(tmp_path):
    questions = filled(tmp_path, 100)
    assert [found.at for found in questions.latest(None, 3)] == [99_000, 98_000, 97_000]
    assert [found.at for found in questions.latest([0], 2)] == [98_000, 96_000]
    assert [found.at for found in questions.latest([0, 1], 2, before=51)] == [49_000, 48_000]


def test_a_listing_and_a_seller_are_found_by_their_whole_id(tmp_path):
    questions = filled(tmp_path, 100)
    assert {found.listing for found in questions.about("L-1", None, 50)} == {"L-1"}
    assert {found.seller for found in questions.about("S-2", [1], 50)} == {"S-2"}
    assert questions.about("L", None, 50) == []
    assert questions.about("L-1", None, 1)[0].title == "Gamis"


def test_the_history_of_a_listing_has_its_values_and_the_newest_event(tmp_path):
    questions = filled(tmp_path, 20)
    assert [value for _, value in questions.history("L-6", 5)] == [b"{}", b"{}"]
    assert questions.event("L-1") == b"[1]"
    assert questions.event("L-2") is None


def test_the_store_keeps_the_newest_and_throws_the_oldest_away(tmp_path):
    store = Store(tmp_path / "store.db", 50)
    for begin in range(0, 500, 20):
        store.write([row(number) for number in range(begin, begin + 20)])
        store.write(dead=[Dead(begin, "empty", "no bytes", "", "listings/0/1", "listings.dead/0/1")])
    questions = Questions(store.file)
    assert questions.kept() == 50
    assert questions.latest(None, 100)[-1].at == 450_000
    assert len(questions.dead(100)) == 25


def test_a_decision_is_read_and_what_is_none_is_not():
    sorts = Sorts()
    seen, said = sorts.read(DECISION), orjson.loads(DECISION)
    assert (seen.listing, seen.seller) == (said["listing_id"], said["seller_id"])
    assert sorts.all[seen.sort].outcome == "block"
    for foreign in (b"", b"{}", b"\xff", b"null", b'{"listing_id": 7}'):
        assert sorts.read(foreign) is None


def test_sorts_stay_bounded_whatever_events_invent():
    sorts = Sorts()
    for number in range(SORTS_AT_MOST + 50):
        sorts.number(Sort(f"M{number}", "craft", "block", False))
    assert len(sorts.all) == SORTS_AT_MOST + 1


def test_a_filter_takes_review_as_the_flag_it_is():
    assert [Wanted("review").takes(sort) for sort in (BLOCKED, ALLOWED, REMOVED)] == [False, True, False]
    assert [Wanted("allow").takes(sort) for sort in (BLOCKED, ALLOWED, REMOVED)] == [False, True, False]
    assert Wanted(rule="close").takes(BLOCKED)
    assert not Wanted(rule="lose").takes(BLOCKED)


def test_counts_are_exact_and_old_seconds_are_forgotten():
    tally = Tally()
    for second in range(2_000):
        tally.add({second: Counter({0: 3, 1: 1})})
    assert tally.total == 8_000
    assert tally.a_second(2_000) == 4
    assert tally.at(2_000 - SECONDS_KEPT - 1) == 0
    assert tally.within(5, 1_999) == Counter({0: 3 * 260, 1: 260})
    assert [found.total() for found in tally.series(2_000, 3, 2)] == [8, 8, 8]


def test_what_is_kept_follows_the_rate_and_always_the_same_listings():
    keys = [b"L-%d" % number for number in range(20_000)]
    sampling = Sampling(2_000)
    sampling.count(1, 20_000)
    some = {key for key in keys if sampling.keeps(key)}
    assert 1_700 < len(some) < 2_300
    sampling.count(2, 40_000)
    assert {key for key in keys if sampling.keeps(key)} < some
    for second in range(3, 8):
        sampling.count(second, 100)
    assert all(map(sampling.keeps, keys))
