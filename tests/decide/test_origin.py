"""Origin signals, as a table: what is declared in, what is inferred and what contradicts itself out."""

from itertools import product

import pytest

from stream.decide.origin import CONFLICTS, PRICED, Signals, infer_origin

SHIPS, REGISTERED = "local_seller_ships_from_abroad", "local_seller_registered_abroad"
TITLE, WAIT = "local_seller_title_says_abroad", "local_seller_title_says_long_wait"
HERE, GOODS = "cross_border_seller_registered_here", "local_goods_ship_from_abroad"

# seller type, seller country, origin, ship from, title, market -> inferred type, inferred country, conflicts, conflicts left open
TABLE = [
    ("local", None, None, None, None, "ID", "local", None, [], [SHIPS, REGISTERED, GOODS]),
    ("local", "ID", "ID", "ID", None, "ID", "local", "ID", [], []),
    ("local", "ID", "CN", "ID", None, "ID", "local", "CN", [], []),
    ("local", "ID", "ID", "CN", None, "ID", "cross_border", "CN", [SHIPS, GOODS], []),
    ("local", "CN", "ID", "ID", None, "ID", "cross_border", "ID", [REGISTERED], []),
    ("local", "CN", "CN", "CN", None, "ID", "cross_border", "CN", [SHIPS, REGISTERED], []),
    ("local", None, "ID", "CN", None, "ID", "cross_border", "CN", [SHIPS, GOODS], [REGISTERED]),
    ("local", None, None, "CN", None, "ID", "cross_border", "CN", [SHIPS], [REGISTERED, GOODS]),
    ("local", "CN", None, None, None, "ID", "cross_border", "CN", [REGISTERED], [SHIPS, GOODS]),
    ("cross_border", "CN", "CN", "CN", None, "ID", "cross_border", "CN", [], []),
    ("cross_border", "CN", "CN", "SG", None, "ID", "cross_border", "CN", [], []),
    ("cross_border", "CN", "ID", "SG", None, "ID", "cross_border", "SG", [GOODS], []),
    ("cross_border", "CN", None, "ID", None, "ID", "cross_border", "ID", [], []),
    ("cross_border", "ID", "CN", "CN", None, "ID", "cross_border", "CN", [HERE], []),
    ("cross_border", None, None, None, None, "ID", "cross_border", None, [], [HERE, GOODS]),
    ("cross_border", "CN", None, None, None, "ID", "cross_border", "CN", [], [GOODS]),
    ("local", "id", "id", " cn ", None, "ID", "cross_border", "CN", [SHIPS, GOODS], []),
    ("local", "Indonesia", "ID", "ID", None, "ID", "local", "ID", [], [REGISTERED]),
    ("local", "MY", "MY", "MY", None, "MY", "local", "MY", [], []),
    ("local", "ID", "ID", "ID", "CN", "ID", "cross_border", "CN", [TITLE], []),
    ("local", "ID", "CN", "ID", "KR", "ID", "cross_border", "CN", [TITLE], []),
    ("local", "ID", None, "SG", "CN", "ID", "cross_border", "SG", [SHIPS, TITLE], [GOODS]),
    ("local", None, None, None, "abroad", "ID", "cross_border", None, [TITLE], [SHIPS, REGISTERED, GOODS]),
    ("local", "CN", "CN", "CN", "CN", "CN", "local", "CN", [], []),
    ("local", "ID", "ID", "ID", "long_wait", "ID", "local", "ID", [WAIT], []),
    ("cross_border", "CN", "CN", "CN", "CN", "ID", "cross_border", "CN", [], []),
    ("cross_border", "CN", "CN", "CN", "long_wait", "ID", "cross_border", "CN", [], []),
    ("local", "DE", "DE", "DE", "CN", "EU", "local", "DE", [], [SHIPS, REGISTERED, TITLE, GOODS]),
    ("local", "DE", "DE", "DE", "abroad", "EU", "cross_border", "DE", [TITLE], [SHIPS, REGISTERED, GOODS]),
    ("local", "DE", "DE", "FR", None, "EU", "local", "DE", [], [SHIPS, REGISTERED, GOODS]),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: "-".join(str(part) for part in row[:6]))
def test_origin_follows_from_signals(row):
    """The same signals give the same seller type, country and conflicts; what cannot be told is left open, not denied."""
    *signals, market, seller_type, country, conflicts, undecided = row
    origin = infer_origin(Signals(*signals), market)
    found = (origin.seller_type, origin.country, list(origin.conflicts), list(origin.open_conflicts))
    assert found == (seller_type, country, conflicts, undecided)


def test_every_conflict_is_in_the_table():
    """No contradiction is looked for that the table above does not show."""
    assert set(CONFLICTS) - {PRICED} == {name for row in TABLE for name in row[8]}


def test_a_conflict_is_found_or_open_or_neither():
    """A contradiction is never both found and undecided, and with every signal known none is undecided."""
    for signals in product(("local", "cross_border"), (None, "ID", "CN"), (None, "ID", "CN"), (None, "ID", "CN")):
        origin = infer_origin(Signals(*signals), "ID")
        assert not set(origin.conflicts) & set(origin.open_conflicts)
        assert None in signals or not origin.open_conflicts


def test_the_view_shows_what_was_declared_as_written():
    """A decision's origin repeats the event's own words, and sets beside them what was inferred."""
    view = infer_origin(Signals("local", "ID", "id", "CN"), "ID").view
    assert view == {
        "declared": {"seller_type": "local", "country": "id"},
        "inferred": {"seller_type": "cross_border", "country": "CN"},
        "conflicts": [SHIPS, GOODS],
    }
