"""Money, compared in a named currency at the rate of the day: exact at the edge, unknown without a rate, and then a person looks."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.contract.instant import parse_instant
from stream.decide.decide import decide
from stream.decide.money import UNITS, units_of
from stream.decide.ruling import NO_RATE
from tests.decide.making import classified, event, fired, policies, policy, rule, ruling

RATES = "date,currency,rate,units\n2021-08-03,USD,14345,\n2021-08-03,JPY,13150,100\n2021-08-04,USD,14000,\n"
HEAD = 'rates: {bi: {file: bi.csv, base: IDR, basis: "middle rate"}}'
UNDER_100 = rule("{listing.price: {lt: 100 USD}}")


def priced(amount, currency="IDR"):
    return event(listing={"price": {"amount": amount, "currency": currency}})


def asked(when, listing, as_of="2021-08-03T12:00:00+07:00", head=HEAD, rates=RATES, known=None, then="block"):
    held = policies(policy(rule(when, then), head), tables={"bi.csv": rates})
    return ruling(held, listing, as_of=parse_instant(as_of), as_known_on=known and parse_instant(known))


@pytest.mark.parametrize(
    ("when", "amount", "currency", "matches"),
    [
        ("{lt: 100 USD}", "99.99", "USD", True),
        ("{lt: 100 USD}", "100.00", "USD", False),
        ("{lt: 100 USD}", "1434499.999999999999", "IDR", True),
        ("{lt: 100 USD}", "1434500", "IDR", False),
        ("{lte: 100 USD}", "1434500.00", "IDR", True),
        ("{lte: 100 USD}", "1434500.000000000001", "IDR", False),
        ("{gt: 100 USD}", "1434500.000000000001", "IDR", True),
        ("{gt: 100 USD}", "1434500", "IDR", False),
        ("{gte: 100 USD}", "1434500", "IDR", True),
        ("{gte: 3 USD, lt: 100 USD}", "43035", "IDR", True),
        ("{gte: 3 USD, lt: 100 USD}", "43034.99", "IDR", False),
        ("{lt: 131.5 IDR}", "1", "JPY", False),
        ("{lte: 131.5 IDR}", "1", "JPY", True),
        ("{gte: 1 USD}", "109.08", "JPY", False),
        ("{gte: 1 USD}", "109.09", "JPY", True),
        ("100 USD", "1434500", "IDR", True),
        ("100 USD", "1434500.01", "IDR", False),
        ("{not: {lt: 100 USD}}", "1434500", "IDR", True),
        ("[1 USD, 2 USD]", "28690", "IDR", True),
    ],
)
def test_money_is_compared_exactly(when, amount, currency, matches):
    """A listing at 99.99 and one at 100.00 of the named currency fall on their own sides, after conversion too."""
    found = asked(f"{{listing.price: {when}}}", priced(amount, currency))
    assert (found.decision == "block", found.review) == (matches, False)


def test_the_rate_is_the_one_of_the_day_in_the_policys_zone():
    """A rate changes at midnight in the policy's zone: a second before it yesterday's rate decides."""
    listing = priced("1420000")
    assert asked("{listing.price: {lt: 100 USD}}", listing, "2021-08-03T16:59:59Z").decision == "block"
    assert asked("{listing.price: {lt: 100 USD}}", listing, "2021-08-03T17:00:00Z").decision == "allow"


@pytest.mark.parametrize("when", ["{lt: 100 USD}", "{not: {lt: 100 USD}}", "{gte: 100 USD}"])
@pytest.mark.parametrize(
    ("currency", "as_of"),
    [("SGD", "2021-08-03T12:00:00+07:00"), ("IDR", "2021-08-02T23:59:59+07:00"), ("IDR", "2021-08-05T00:00:00+07:00")],
)
def test_a_missing_rate_is_unknown_and_asks_for_a_person(when, currency, as_of):
    """Without a rate for the day neither the comparison nor its negation matches, and review is asked for with a reason."""
    found = asked(f"{{listing.price: {when}}}", priced("5", currency), as_of)
    (reason,) = found.reasons
    assert (found.decision, found.review) == ("allow", True)
    assert reason == {
        "policy": "p",
        "phase": "only",
        "rule": "r",
        "then": "review",
        "text": NO_RATE,
        "citation": "none",
    }


@pytest.mark.parametrize(
    ("when", "then"),
    [
        ("{seller.type: cross_border, listing.price: {lt: 100 USD}}", []),
        ("{seller.type: local, listing.price: {lt: 100 USD}}", ["review"]),
        ("{any: [{seller.type: local}, {listing.price: {lt: 100 USD}}]}", ["advice"]),
        ("{any: [{seller.type: cross_border}, {listing.price: {lt: 100 USD}}]}", ["review"]),
        ("{none: [{seller.type: local}, {listing.price: {lt: 100 USD}}]}", []),
        ("{listing.price: {present: true}}", ["advice"]),
    ],
)
def test_a_missing_rate_counts_only_where_the_rule_hangs_on_it(when, then):
    """A rule that is true or false whatever the rate is asks nobody."""
    found = asked(when, priced("5", "SGD"), then="{advice: look}")
    assert ([reason["then"] for reason in found.reasons], found.review) == (then, then == ["review"])


def test_a_rule_that_is_unknown_for_another_reason_asks_nobody():
    """A missing rate speaks for the rules that compare money, not for those beside them."""
    rules = rule("{listing.hs_code: {prefix: '62'}}", name="code") + rule("{listing.price: {lt: 1 USD}}", name="money")
    found = ruling(policies(policy(rules, HEAD), tables={"bi.csv": RATES}), priced("5", "SGD"))
    assert (found.review, fired(found)) == (True, ["money"])


def test_a_rule_that_a_rate_would_not_close_asks_nobody():
    """Where something else that the rule needs is unknown as well, a rate would not make it match, and nobody is asked."""
    rules = rule("{listing.price: {lt: 1 USD}, listing.hs_code: {prefix: '62'}}", name="needs-a-code")
    rules += rule("{listing.price: {lt: 1 USD}, listing.hs_code: {present: false}}", name="money-alone")
    found = ruling(policies(policy(rules, HEAD), tables={"bi.csv": RATES}), priced("5", "SGD"))
    assert (found.review, fired(found)) == (True, ["money-alone"])


def test_no_price_is_unknown_and_asks_nobody():
    """An event without a price lacks no rate."""
    found = asked("{listing.price: {lt: 100 USD}}", event())
    assert (found.decision, found.review, found.reasons) == ("allow", False, ())


def test_a_currency_needs_no_rate_to_itself():
    """A price in the currency that is named compares on every day, also without any table."""
    for head in (HEAD, ""):
        found = asked("{listing.price: {lt: 100 USD}}", priced("99", "USD"), "2030-01-01T00:00:00Z", head)
        assert found.decision == "block"


def test_a_rule_behind_the_deciding_one_lacks_no_rate():
    """Only rules that are asked can ask for a person; those before the deciding one do."""
    before = rule("{listing.price: {lt: 1 USD}}", name="open") + rule("always", name="first")
    found = ruling(policies(policy(before, HEAD), tables={"bi.csv": RATES}), priced("5", "SGD"))
    assert (found.decision, found.review, fired(found)) == ("block", True, ["open", "first"])
    deciding = rule("{seller.type: local}", name="first") + rule("{listing.price: {lt: 1 USD}}", name="second")
    found = ruling(policies(policy(deciding, HEAD), tables={"bi.csv": RATES}), priced("5", "SGD"))
    assert (found.review, fired(found)) == (False, ["first"])


def test_a_rate_can_hold_longer_than_its_day():
    """`valid_for` carries a rate over days without one, and no further."""
    head = 'rates: {bi: {file: bi.csv, base: IDR, basis: "weekly", valid_for: P1W}}'
    for as_of, review in (("2021-08-10T23:59:59+07:00", False), ("2021-08-11T00:00:00+07:00", True)):
        assert asked("{listing.price: {lt: 100 USD}}", priced("5"), as_of, head).review is review


def test_a_rate_is_known_from_its_day_on():
    """Asked as known earlier, a later rate does not exist yet."""
    when, late = "{listing.price: {lt: 100 USD}}", "2021-08-04T12:00:00+07:00"
    assert asked(when, priced("5"), late).review is False
    assert asked(when, priced("5"), late, known="2021-08-03T12:00:00+07:00").review is True


def test_several_tables_are_told_apart_by_name():
    """`at` names the table; two tables may value the same day differently."""
    head = "rates: {a: {file: a.csv, base: IDR, basis: x}, b: {file: b.csv, base: IDR, basis: y}}"
    tables = {
        "a.csv": "date,currency,rate\n2021-08-03,USD,10000\n",
        "b.csv": "date,currency,rate\n2021-08-03,USD,20000\n",
    }
    for name, decision in (("a", "allow"), ("b", "block")):
        held = policies(policy(rule(f"{{listing.price: {{lt: 1 USD, at: {name}}}}}"), head), tables=tables)
        assert ruling(held, priced("15000")).decision == decision


amounts = st.from_regex(r"[0-9]{1,24}(\.[0-9]{1,12})?", fullmatch=True).filter(str.isascii)


@given(amounts, amounts)
def test_units_keep_the_order_of_amounts(one, other):
    """Whole units are the amount exactly, so that order and equality are those of the decimal numbers."""
    assert units_of(one) == Fraction(one) * UNITS
    assert (units_of(one) < units_of(other)) == (Fraction(one) < Fraction(other))


@given(amounts, st.integers(1, 10**6), st.integers(1, 10**8))
def test_comparing_converted_money_is_exact(amount, dollars, rate):
    """For any amount and rate the comparison is that of the exact product, floats notwithstanding."""
    rates = f"date,currency,rate\n2021-08-03,USD,{rate}\n"
    found = asked(f"{{listing.price: {{lt: {dollars} USD}}}}", priced(amount), rates=rates)
    assert (found.decision == "block") == (Fraction(amount) < dollars * rate)


@given(st.integers(1, 10**6), st.integers(1, 10**8), st.integers(-3, 3))
def test_the_edge_of_a_comparison_is_exact(dollars, rate, off):
    """At the converted amount itself, and a millionth of a millionth beside it, the comparison is exact."""
    edge = dollars * rate * UNITS + off
    amount = f"{edge // UNITS}.{edge % UNITS:012}"
    rates = f"date,currency,rate\n2021-08-03,USD,{rate}\n"
    for operator, holds in (("lt", off < 0), ("lte", off <= 0), ("gt", off > 0), ("gte", off >= 0)):
        found = asked(f"{{listing.price: {{{operator}: {dollars} USD}}}}", priced(amount), rates=rates)
        assert (found.decision == "block") == holds


def test_a_batch_mixes_currencies_with_and_without_rates():
    """A missing rate in one row leaves its neighbours alone."""
    held = policies(policy(UNDER_100, HEAD), tables={"bi.csv": RATES})
    listings = [priced("5", "SGD"), priced("5"), event(), priced("200", "USD"), priced("5", "SGD")]
    scored = classified(*[{"other": 1}] * 5)
    found = decide(held, listings, scored, [parse_instant("2021-08-03T12:00:00+07:00")] * 5)
    assert [(each.decision, each.review) for each in found] == [
        ("allow", True), ("block", False), ("allow", False), ("allow", False), ("allow", True),
    ]  # fmt: skip
