"""Attributes that a policy declares, as a table: what matches, what does not, and what is unknown, a wrong type too."""

from collections import Counter

import pytest

from stream.contract.events import Events
from stream.contract.fields import SELLER_ATTRIBUTES
from stream.contract.read import read_listing
from tests.decide.making import event, fired, policies, policy, rule, ruling

ATTRIBUTES = """attributes:
  listing: {Halal No.: text, maker: text, serial: identifier, national_code: code, made_in: country, shelf: path, marks: set, weight_kg: number, fragile: flag}
  seller: {monthly_orders: counter, since: time, turnover: money, tier: [gold, silver]}
lists: {makers: makers.csv}
rates: {bi: {file: bi.csv, base: IDR, basis: middle}}"""
TABLES = {"makers.csv": "value\nBatik Keris\n", "bi.csv": "date,currency,rate\n2021-08-03,USD,14345\n"}
WRONG = (None, True, 5, -1, 2.5, "x", [], ["x", 1], {}, {"amount": 5, "currency": "USD"})

# condition -> values that match, values that are known and do not, values that say nothing
TABLE = {
    "listing.attributes.maker: batik keris": ([" Batik KERIS"], ["x"], ["", " ", 5, None, ["batik keris"]]),
    "listing.attributes.maker: {in_list: makers}": (["batik keris"], ["x"], [7]),
    "listing.attributes.maker: {prefix: batik}": (["Batik Keris"], ["keris"], [{}]),
    "listing.attributes.maker: {matches: 'keris$'}": (["Batik Keris"], ["keris batik"], [True]),
    "listing.attributes.maker: {present: true}": (["x"], [None, " ", 5, {}], []),
    "listing.attributes.Halal No.: {present: true}": (["ID0011"], [None, 5], []),
    "listing.attributes.serial: S-1": (["S-1"], ["s-1", "S-1 "], ["", 1]),
    "listing.attributes.serial: {matches: '^S-'}": (["S-1"], ["s-1"], [1]),
    "listing.attributes.national_code: {prefix: '6204'}": (["6204.42.00"], ["6104"], ["62", "n/a", 6204]),
    "listing.attributes.made_in: {not: ID}": (["CN", "cn"], ["ID"], ["China", 62, None]),
    "listing.attributes.shelf: {prefix: Food}": ([["food", "Snack"]], [["Toys"]], ["Food", [], ["Food", 1], None]),
    "listing.attributes.shelf: {matches: '** > Snack'}": ([["food", "Snack"]], [["Food"]], ["Snack", [1]]),
    "listing.attributes.marks: halal": ([["Halal", "SNI"]], [["SNI"], []], ["halal", [1], {}]),
    "listing.attributes.marks: {empty: true}": ([[]], [["SNI"]], ["", None]),
    "listing.attributes.weight_kg: {gt: 2, lte: 30}": ([2.5, 30, 30.0], [2, 30.01, 10**19], ["5", True, None, [5]]),
    "listing.attributes.weight_kg: 2.5": ([2.5], [2], ["2.5"]),
    "listing.attributes.fragile: true": ([True], [False], ["true", 1, None]),
    "listing.attributes.fragile: {present: false}": ([None, 0, "true"], [True, False], []),
    "seller.attributes.monthly_orders: {gte: 50}": ([50, 10**18], [0, 49], [-1, 50.0, "50", True, None]),
    "seller.attributes.monthly_orders: [0, 1]": ([0, 1], [2], [False, "0"]),
    "seller.attributes.monthly_orders: {not: {lt: 50}}": ([50], [49], ["50", None]),
    "seller.attributes.since: {lt: 2021-01-01}": (
        ["2020-12-31T23:59:59+07:00"], ["2021-01-01T00:00:00+07:00"], ["2020-12-31", "2020-12-31T00:00:00", 1609459199, None],
    ),
    "seller.attributes.since: {present: true}": (["2020-12-31T17:00:00Z"], ["soon", None], []),
    "seller.attributes.turnover: {gte: 100 USD}": (
        [{"amount": "100", "currency": "USD"}, {"amount": "1434500.00", "currency": "IDR"}], [{"amount": "1434499.99", "currency": "IDR"}],
        [{"amount": 100, "currency": "USD"}, {"amount": "1e3", "currency": "USD"}, {"amount": "1"}, "100 USD", {"amount": "5", "currency": "usd"}],
    ),
    "seller.attributes.tier: gold": (["gold"], ["silver"], ["bronze", "Gold", 1, None]),
    "seller.attributes.tier: {not: gold}": (["silver"], ["gold"], ["bronze", ["silver"], None]),
}  # fmt: skip
CASES = [
    (when, value, expected)
    for when, columns in TABLE.items()
    for values, expected in zip(columns, (True, False, None), strict=True)
    for value in values
]


def asked(when, value):
    rules = rule(f"{{{when}}}", "review", "yes") + rule(f"{{none: [{{{when}}}]}}", "review", "no")
    owner, _, name = when.partition(":")[0].split(".", 2)
    held = policies(policy(rules, ATTRIBUTES), tables=TABLES)
    return ruling(held, event(**{owner: {"attributes": {name: value}}}))


@pytest.mark.parametrize(("when", "value", "expected"), CASES)
def test_attribute(when, value, expected):
    """A declared attribute is asked as its kind is; in another form, or absent, it is unknown, and so is its negation."""
    assert fired(asked(when, value)) == {True: ["yes"], False: ["no"], None: []}[expected]


@pytest.mark.parametrize("value", WRONG, ids=repr)
@pytest.mark.parametrize("when", TABLE)
def test_no_value_is_an_error(when, value):
    """Whatever stands under the name, the listing is decided."""
    assert asked(when, value).decision == "allow"


def test_an_event_without_attributes():
    """No attributes at all is every attribute absent."""
    rules = rule("{seller.attributes.tier: {present: false}, listing.attributes.maker: {present: false}}", "review")
    assert ruling(policies(policy(rules, ATTRIBUTES), tables=TABLES), event()).review


def test_policies_declare_for_themselves():
    """Policies may read one attribute as different kinds; none changes what another sees."""
    one = policy(rule("{seller.attributes.level: '5'}", "review", "a"), "attributes: {seller: {level: text}}", "one")
    two = policy(rule("{seller.attributes.level: 5}", "review", "b"), "attributes: {seller: {level: number}}", "two")
    three = policy(
        rule("{seller.attributes.level: '5'}", "review", "c"), "attributes: {seller: {level: ['4', '5']}}", "three"
    )
    held = policies(one, two, three)
    assert fired(ruling(held, event(seller={"attributes": {"level": "5"}}))) == ["a", "c"]
    assert fired(ruling(held, event(seller={"attributes": {"level": 5}}))) == ["b"]


def test_an_attribute_without_a_rate_asks_a_person():
    """Money in an attribute is as money in the price: without a rate that day a person is asked, for that rule alone."""
    rules = rule("{seller.attributes.turnover: {gte: 100 USD}}", "block", "a")
    rules += rule("{listing.price: {gte: 100 USD}}", "block", "b")
    held = policies(policy(rules, ATTRIBUTES), tables=TABLES)
    odd = {"amount": "5", "currency": "THB"}
    for parts, names in (
        ({"seller": {"attributes": {"turnover": odd}}}, ["a"]),
        ({"listing": {"price": odd}}, ["b"]),
        ({"seller": {"attributes": {"turnover": odd}}, "listing": {"price": odd}}, ["a", "b"]),
    ):
        found = ruling(held, event(**parts))
        assert (fired(found), found.decision, found.review) == (names, "allow", True)


def test_attributes_are_looked_up_once_an_event(monkeypatch):
    """However many rules and policies ask for an attribute, its column is read once a batch."""
    looked, column = Counter(), Events.column

    def counted(events, field):
        looked[field] += 1
        return column(events, field)

    monkeypatch.setattr(Events, "column", counted)
    rules = "".join(rule(f"{{seller.attributes.monthly_orders: {{gte: {at}}}}}", "review", f"r{at}") for at in range(9))
    held = policies(*(policy(rules, "attributes: {seller: {monthly_orders: counter}}", name) for name in "abc"))
    assert len(ruling(held, event(seller={"attributes": {"monthly_orders": 4}})).reasons) == 15
    assert looked[SELLER_ATTRIBUTES] == 1


@pytest.mark.parametrize("number", ["1e400", "123456789012345678901234567890", "-0.0", "1E-400"])
def test_numbers_of_any_size(number):
    """Whatever number the wire lets in is compared; what it refuses is a dead letter before."""
    parts = '"seller":{"id":"S","type":"local","attributes":{"size":NUMBER}},"listing":{"id":"L","title":"t"}'
    head = (
        '"schema":"keran.listing/1","event_id":"E","event_type":"listing.created","occurred_at":"2021-08-03T09:00:00Z"'
    )
    read = read_listing(f'{{{head},"market":"ID",{parts}}}'.replace("NUMBER", number).encode())
    held = policies(
        policy(rule("{seller.attributes.size: {gte: 0}}", "review"), "attributes: {seller: {size: number}}")
    )
    assert not hasattr(read, "listing") or ruling(held, read).review
