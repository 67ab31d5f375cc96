"""Protection: shares of local sellers and origin, what a phase changed, and who took the advice, counted as promised."""

import re
from datetime import timedelta

import pytest

from stream.console.access import LOCAL, Access
from stream.console.advised import SELLERS_KEPT, Advised, Goods, Uptake
from stream.console.app import make_app
from stream.console.asked import Asked
from stream.console.board import Board
from stream.console.desk import Desk
from stream.console.protection_page import Change, protection
from stream.console.questions import Hours, Questions
from stream.console.sellers import KEPT, Part, Sellers
from stream.console.shares import GROUPS_AT_MOST, Shares
from stream.console.sorts import Seen, Sort
from stream.console.store import HOURS_KEPT, Store
from stream.contract.instant import instant_at, instant_of
from tests.conftest import ROOT
from tests.console.serving import FIRST_PHASE, HOUR, FakePublisher, feed, goods, shipped
from tests.console.visiting import Visitor

DAY = Part(1, "ID", "craft", "local")
NOW = instant_of(FIRST_PHASE + timedelta(days=4))


@pytest.fixture
def desk(tmp_path):
    return Desk(Board(tmp_path), shipped(), ROOT / "models", ROOT / "policies", None, lambda: NOW, FakePublisher())


def words(desk, **query: str):
    return protection(Asked(LOCAL, query, {}, "en", ""), desk).words


def test_sellers_are_counted_each_once_exactly_and_then_nearly():
    sellers = Sellers()
    for _ in range(3):
        sellers.add({DAY: [f"S-{n}" for n in range(KEPT - 1)]})
    assert sellers.count(range(1, 2), "ID", "craft", "local") == KEPT - 1
    sellers.add({DAY._replace(day=2): [f"S-{n}" for n in range(20_000)]})
    assert 16_000 < sellers.count(range(1, 3), "", "craft", "local") < 24_000
    assert sellers.count(range(1, 3), "MY", "craft", "local") == 0
    assert sellers.count(range(5, 9), "ID", "craft", "local") == 0


def test_counts_by_hour_add_up_and_the_oldest_hours_go(tmp_path):
    store = Store(tmp_path / "store.db", 1_000)
    for hour in range(HOURS_KEPT + 10):
        store.write(hours={(hour, "ID", "craft", "local", "local", "allow"): 2})
        store.write(hours={(hour, "ID", "craft", "local", "local", "allow"): 1})
    questions = Questions(store.file)
    assert questions.counted_since() == 10
    assert questions.hours(48, 96, "ID", step=24) == [
        Hours(hour, "craft", "local", "local", "allow", 72) for hour in (48, 72)
    ]
    assert questions.hours(48, 96, "MY") == []


def test_markets_that_events_invent_do_not_fill_the_store():
    shares = Shares()
    seen = Seen("L-1", "S-1", 0, "local", "ID", [])
    for number in range(GROUPS_AT_MOST + 50):
        shares.take(0, seen, Sort(f"M{number}", "craft", "allow", False))
    assert len({group[1:3] for group in shares.give()}) == GROUPS_AT_MOST + 1
    assert shares.give() == {}


def test_shares_are_of_what_was_decided_and_origin_of_what_declares_one(desk):
    """Twelve decisions of textile: eight of local sellers; of ten that declare an origin, five are of goods from here."""
    of_local = [
        goods(f"A-{n}", 4, origin__country=country) for n, country in enumerate(["ID"] * 5 + ["CN"] + [None] * 2)
    ]
    across = [goods(f"B-{n}", 0, seller__id="X-1") for n in range(4)]
    feed(desk, of_local + across)
    (row,) = words(desk)["rows"]
    assert (row.cluster, row.decisions) == ("textile_fashion", 12)
    assert (row.by_local, row.local_origin, row.unknown_origin) == (8 / 12, 0.5, 2 / 12)
    assert (row.local_sellers, row.sellers) == (1, 2)
    assert row.blocked == 4 / 12
    assert words(desk, market="MY")["rows"] == []
    assert [line.last for line in words(desk)["sellers"]] == [8 / 12]


def test_what_a_phase_changed_stands_beside_what_was_before(desk):
    across = [goods(f"B-{n}", 0) for n in range(4)]
    feed(desk, across, instant_of(FIRST_PHASE - timedelta(days=8)))
    feed(desk, across, instant_of(FIRST_PHASE - timedelta(hours=2)))
    feed(desk, [*across, goods("A", 4)], instant_of(FIRST_PHASE + timedelta(hours=2)))
    (changed,) = words(desk)["changes"]
    assert (changed["policy"].name, changed["span"].phase.name) == ("id-akar", "2021-08")
    assert changed["clusters"] == [Change("textile_fashion", (0, 4), (4, 5))]


def test_a_phase_around_which_nothing_was_counted_says_so(desk):
    assert [each["clusters"] for each in words(desk)["changes"]] == [[]]


def test_a_line_is_parted_where_nothing_was_counted(desk):
    for hours in (20, 19, 5):
        feed(desk, [goods("A", 4)], instant_at(NOW.micros - hours * HOUR))
    (line,) = words(desk)["sellers"]
    assert [len(piece.split()) for piece in line.pieces] == [3, 2]


@pytest.mark.parametrize("order", [1, -1])
def test_a_seller_who_was_advised_takes_it_up_by_a_later_listing_of_local_goods_or_a_tkdn(desk, order):
    """In whatever order the topics are read; what came before the advice, or of others, or changes another listing, is
    no uptake.
    """
    abroad = {"origin__country": "CN", "origin__ship_from": "CN"}
    before, advised, later = (instant_at(NOW.micros - hours * HOUR) for hours in (9, 6, 3))
    steps = [
        ([goods("old", 4, seller__id="early", event_type="listing.created")], before),
        (
            [
                goods(f"x-{name}", 4, seller__id=name, **abroad)
                for name in ("early", "new", "mended", "stated", "price")
            ],
            advised,
        ),
        ([goods("new-1", 4, seller__id="new", event_type="listing.created")], later),
        ([goods("x-mended", 4, seller__id="mended")], later),
        ([goods("x-stated", 4, seller__id="stated", listing__tkdn={"tkdn": 41.5, "bmp": 0.0}, **abroad)], later),
        ([goods("other", 4, seller__id="price")], later),
        ([goods("never", 4, seller__id="nobody", event_type="listing.created")], later),
    ]
    for values, at in steps[::order]:
        feed(desk, values, at)
    assert words(desk)["uptake"] == Uptake(5, 2, 1, 3)
    assert words(desk, market="MY")["uptake"] == Uptake(0, 0, 0, 0)
    assert [(policy, rule.name) for policy, rule in words(desk)["advising"]] == [("id-akar", "grow-local")]


def test_what_is_remembered_of_sellers_is_bounded():
    advised = Advised()
    for number in range(SELLERS_KEPT + 10):
        advised.advise(f"S-{number}", "L", "ID", 1)
    advised.show(Goods("S-5", "L", "listing.created", local=True, tkdn=False), 2)
    advised.show(Goods("S-50", "L", "listing.created", local=True, tkdn=False), 2)
    assert advised.uptake("ID") == Uptake(SELLERS_KEPT, 1, 0, 1)


def test_the_page_says_it_in_indonesian_with_the_policys_own_words(desk):
    feed(desk, [goods("A", 4, origin__country="CN")])
    visitor = Visitor(make_app(desk, Access({})), "127.0.0.1", "127.0.0.1")
    page = visitor.get("/protection?lang=id").text
    assert "Pertimbangkan barang dengan TKDN yang tinggi." in page
    assert "Apa yang diubah oleh penutupan" in page
    assert "7 hari sebelum setiap tahap mulai" in page
    for english in ("from 2021", "no end is known", "sellers advised", "Consider goods"):
        assert not re.search(english, page)
