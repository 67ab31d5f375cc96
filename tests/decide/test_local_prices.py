"""Prices far below local, by a policy's own table: what counts, in which currency and from when, and where it shows."""

import pytest

from stream.contract.instant import parse_instant
from stream.decide.trace import trace
from tests.decide.making import CLUSTERS, classified, event, fired, policies, policy, rule, ruling

PRICES = """price,from,cluster,category,note
100000,2021-08-01,craft,,a carved bowl
150000,2021-08-10,craft,,
200000,2021-08-01,,Fashion > Muslim,
"""
TABLES = {"local.csv": PRICES, "bi.csv": "date,currency,rate\n2021-08-03,USD,14000\n"}
HEAD = """rates: {bi: {file: bi.csv, base: IDR, basis: middle}}
local_prices: {file: local.csv, currency: IDR, below: 40%}"""
RULES = (
    rule("{conflicts: priced_far_below_local}", "review", "cheap")
    + rule("{conflicts: {not: priced_far_below_local}}", "review", "fair")
    + rule("{conflicts: {empty: false}}", "review", "some")
    + rule("{conflicts: {empty: true}}", "review", "none")
)
CRAFT, OTHER = classified({"craft": 0.9, "other": 0.1}), classified({"other": 1})
NAME = "priced_far_below_local"
HERE = {"origin": {"country": "ID", "ship_from": "ID"}, "seller": {"country": "ID"}}


def priced(amount, currency="IDR", path=None, **more):
    listing = {"price": {"amount": amount, "currency": currency}, "category_path": path or ["Home"]}
    return event(**{**HERE, "listing": listing, **more})


CASES = [
    # listing, scores, day, the rules that match
    (priced("39999.99"), CRAFT, "2021-08-03", ["cheap", "some"]),
    (priced("40000"), CRAFT, "2021-08-03", ["fair", "none"]),
    (priced("40000"), CRAFT, "2021-08-10", ["cheap", "some"]),
    (priced("1"), CRAFT, "2021-07-31", ["fair", "none"]),
    (priced("2.85", "USD"), CRAFT, "2021-08-03", ["cheap", "some"]),
    (priced("2.86", "USD"), CRAFT, "2021-08-03", ["fair", "none"]),
    (priced("1"), OTHER, "2021-08-03", ["fair", "none"]),
    (priced("79999", path=["Fashion", "Muslim", "Gamis"]), OTHER, "2021-08-03", ["cheap", "some"]),
    (priced("79999", path=["Fashion"]), OTHER, "2021-08-03", ["fair", "none"]),
    (priced("1", seller={"type": "cross_border", "country": "CN"}), CRAFT, "2021-08-03", ["fair", "none"]),
    (event(**HERE, listing={"category_path": ["Home"]}), CRAFT, "2021-08-03", []),
]


@pytest.mark.parametrize(("said", "scores", "day", "expected"), CASES)
def test_priced_far_below_local(said, scores, day, expected):
    """A local seller's price under the stated share of a price that holds that day for its goods contradicts `local`."""
    held = policies(policy(RULES, HEAD), tables=TABLES)
    found = ruling(held, said, scores, parse_instant(f"{day}T12:00:00+07:00"))
    assert fired(found) == expected
    assert (NAME in found.origin["conflicts"]) is ("cheap" in expected)


def test_it_shows_whether_or_not_a_rule_asks():
    """The contradiction stands in the decision where no rule asks for it, behind a deciding rule, and once for two policies."""
    one = policy(rule("always", "allow", "first"), HEAD, "one")
    two = policy("[]", HEAD, "two")
    found = ruling(policies(one, two, tables=TABLES), priced("1"), CRAFT)
    assert (found.origin["conflicts"], fired(found)) == ([NAME], ["first"])
    assert ruling(policies(policy("[]"), tables=TABLES), priced("1"), CRAFT).origin["conflicts"] == []


def test_a_share_of_a_price_is_told_as_an_amount():
    """Two fifths of a price with cents may be no whole number of the smallest units; the trace tells it all the same."""
    prices = "price,from,cluster,category,note\n87000.0000000001,2021-08-01,craft,,a carved bowl\n"
    held = policies(
        policy(rule("{conflicts: priced_far_below_local}", "review"), HEAD), tables={**TABLES, "local.csv": prices}
    )
    (told,) = trace(held, priced("1"), CRAFT, parse_instant("2021-08-03T12:00:00+07:00"))
    assert "at the rate of the day is under 34800.00000000004 IDR" in [answer.asked for answer in told.answers]


def test_a_missing_rate_asks_a_person_only_by_a_rule():
    """Without a rate that day a person is asked where a rule hangs on the contradiction, and not for its own sake."""
    said = priced("1", "SGD")
    assert ruling(policies(policy(RULES, HEAD), tables=TABLES), said, CRAFT).review
    found = ruling(policies(policy("[]", HEAD), tables=TABLES), said, CRAFT)
    assert (found.review, found.origin["conflicts"]) == (False, [])


def test_prices_are_in_the_digest():
    """A price that holds makes another policy id; one from a later day leaves today's id alone."""

    def name(table):
        held = policies(policy("[]", HEAD), tables={**TABLES, "local.csv": table}, clusters=CLUSTERS)
        return ruling(held, priced("1"), CRAFT).policies

    assert name(PRICES) != name(PRICES.replace("100000", "110000"))
    assert name(PRICES) == name(PRICES.replace("150000", "160000"))
