"""What is said to be certain is: no listing event ever does what was ruled out. And what a person sees at once is found."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.contract.events import events_of
from stream.contract.instant import parse_instant
from stream.decide import search
from stream.decide.asks import IsOneOf, Moment
from stream.decide.batches import Batch
from stream.decide.cells import cells
from stream.decide.conditions import Ask, Every, Not, Some, settled, truth_of
from stream.decide.facts import FACTS, SIGNALS
from stream.decide.implied import World, impossible, listed
from stream.decide.laws import every_rule_can_be_reached
from stream.decide.origin import Signals, infer_origin
from stream.decide.search import FALSE, TRUE, UNKNOWN, mask_of
from tests.decide.making import CLUSTERS, policies, policy, rule
from tests.decide.test_properties import HEAD, TABLES, batch_of, conditions, quick, rows

WORLD = World("ID", CLUSTERS)
NOON = parse_instant("2021-08-04T12:00:00+07:00")
MOMENT = Moment(NOON.micros, NOON.micros)


def read(*texts):
    held = policies(
        policy("".join(rule(text, "review", f"r{at}") for at, text in enumerate(texts)), HEAD), tables=TABLES
    )
    return [each.condition for each in held.policies[0].phases[0].rules]


def implies(one, other, world):
    """Tell whether certainly every event that makes one condition true makes the other true."""
    return impossible([(one, TRUE), (other, FALSE | UNKNOWN)], world)


def truths(condition, listing, scored):
    def value_of(fact):
        (key,) = fact.reading.keys(Batch(events_of([listing]), scored))
        return fact.value(infer_origin(Signals(*key), listing.market) if fact.reading is SIGNALS else key)

    return mask_of(truth_of(settled(condition, MOMENT), value_of))


wanted = st.lists(
    st.tuples(conditions, st.sampled_from([TRUE, FALSE, UNKNOWN, FALSE | UNKNOWN])), min_size=1, max_size=4
)


@settings(quick, max_examples=300)
@given(wanted, st.lists(rows, min_size=1, max_size=30))
def test_what_is_ruled_out_never_happens(asked, found):
    """Where conditions are said to be impossible together, no event has those truths."""
    held = read(*(text for text, _ in asked))
    if impossible([(listed(each, MOMENT), mask) for each, (_, mask) in zip(held, asked, strict=True)], WORLD):
        for row in (row for row in found if row[0].market == "ID"):
            (listing,), scored, _ = batch_of([row])
            assert not all(truths(each, listing, scored) & mask for each, (_, mask) in zip(held, asked, strict=True))


@settings(quick, max_examples=150)
@given(conditions, conditions, st.lists(rows, min_size=1, max_size=30))
def test_what_is_implied_holds(one, more, found):
    """A condition implies itself, and every event that makes it true makes what it implies true."""
    narrow, wide, both = read(one, more, f"{{all: [{one}, {more}]}}")
    assert implies(listed(narrow, MOMENT), listed(narrow, MOMENT), WORLD)
    assert implies(listed(both, MOMENT), listed(wide, MOMENT), WORLD)
    for a, b in ((narrow, wide), (wide, narrow)):
        if implies(listed(a, MOMENT), listed(b, MOMENT), WORLD):
            for row in (row for row in found if row[0].market == "ID"):
                (listing,), scored, _ = batch_of([row])
                assert truths(a, listing, scored) != TRUE or truths(b, listing, scored) == TRUE


@pytest.mark.parametrize(
    ("one", "other", "certain"),
    [
        ("{listing.price: {lt: 50 USD}}", "{listing.price: {lt: 100 USD}}", True),
        ("{listing.price: {lt: 50 USD}}", "{listing.price: {lt: 50 SGD}}", False),
        ("{listing.price: {lt: 50 USD}}", "{listing.price: {present: true}}", True),
        ("{listing.price: {present: true}}", "{listing.price: {gte: 0 USD}}", False),
        ("{listing.hs_code: {prefix: '6204'}}", "{listing.hs_code: {prefix: '62'}}", True),
        ("{listing.hs_code: {not: {prefix: '62'}}}", "{listing.hs_code: {not: {prefix: '6204'}}}", True),
        ("{listing.hs_code: '62'}", "{listing.hs_code: {not: {prefix: '6204'}}}", False),
        ("{listing.hs_code: {prefix: '62'}}", "{listing.hs_code: {prefix_in_list: codes}}", True),
        ("{score_in: {clusters: craft, gte: 0.8}}", "{score_in: {clusters: [craft, culinary], gt: 0.79}}", True),
        ("{score_in: {clusters: [craft, culinary], gte: 0.8}}", "{score_in: {clusters: craft, gte: 0.8}}", False),
        ("{origin.country: CN}", "{origin.country: {not: ID}}", True),
        ("{origin.country: {present: true}}", "{any: [{origin.country: ID}, {origin.country: {not: ID}}]}", True),
        ("{origin.ship_from: CN}", "{inferred.seller_type: cross_border}", True),
        ("{conflicts: local_goods_ship_from_abroad}", "{origin.country: ID}", True),
        ("{conflicts: {empty: false}}", "{conflicts: local_goods_ship_from_abroad}", False),
        ("{title_cue: abroad}", "{inferred.seller_type: cross_border}", True),
        ("{title_cue: long_wait}", "{inferred.seller_type: cross_border}", False),
        ("{conflicts: local_seller_title_says_abroad}", "{title_cue: abroad}", True),
        ("{inferred.country: JP}", "{any: [{origin.country: JP}, {origin.ship_from: JP}, {seller.country: JP}]}", False),
        ("{inferred.country: JP}", "{any: [{origin.country: JP}, {origin.ship_from: JP}, {seller.country: JP}, {title_cue: abroad}]}", True),
        ("{listing.title: {matches: gamis}}", "{listing.title: {matches: 'gamis|batik'}}", False),
        ("{listing.certificates: {matches: sni}}", "{any: [{listing.certificates: {matches: sni}}, {listing.price: {lt: 1 USD}}]}", True),
        ("{cluster: {not: [craft, culinary, other]}}", "{cluster: textile_fashion}", True),
        ("{listing.certificates: halal}", "{listing.certificates: [Halal, SNI]}", True),
        ("{listing.certificates: [halal, sni]}", "{listing.certificates: halal}", False),
        ("{listing.certificates: halal}", "{listing.certificates: {empty: false}}", True),
        ("{listing.category_path: Fashion > Muslim}", "{listing.category_path: {prefix: Fashion}}", True),
        ("{listing.title: {prefix: gamis}}", "{listing.title: {not: {prefix: batik}}}", True),
        ("{listing.title: {present: true}}", "{listing.title: {not: gamis}}", False),
        ("{listing.tkdn.tkdn: {gte: 40}}", "{listing.tkdn.tkdn: {gt: 25}}", True),
        ("{listing.tkdn.tkdn: {gte: 40}}", "{listing.tkdn.with_bmp: {gte: 40}}", False),
        ("{occurred_at: {gte: 2021-08-05}}", "{occurred_at: {gte: 2021-08-04}}", True),
        ("{abstained: {not: true}}", "{abstained: false}", True),
        ("{seller.id: {prefix: S-}}", "{seller.id: {prefix: S-1}}", False),
    ],
)  # fmt: skip
def test_an_implication(one, other, certain):
    """Whoever meets the first condition meets the second: certainly, or it is left open."""
    narrow, wide = read(one, other)
    assert implies(listed(narrow, MOMENT), listed(wide, MOMENT), WORLD) is certain


PRICES = "price,from,cluster\n100000,2021-08-01,craft\n200000,2021-08-01,culinary\n"
LOCAL = "local_prices: {file: local.csv, currency: IDR, below: 40%}"


def test_what_local_prices_tell_is_left_open_but_not_of_whom():
    """Whether a price lies far below can be anything, the same for the same price; that the seller is local is known."""
    rules = rule("{conflicts: priced_far_below_local}", "review", "a") + rule("{seller.type: local}", "review", "b")
    held = policies(policy(rules, LOCAL), tables={"local.csv": PRICES}).policies[0]
    cheap, local = (listed(each.condition, MOMENT) for each in held.phases[0].rules)
    assert implies(cheap, local, WORLD)
    assert not implies(local, cheap, WORLD)
    assert not impossible([(cheap, TRUE)], WORLD)
    assert impossible([(cheap, TRUE), (cheap, FALSE | UNKNOWN)], WORLD)


def test_a_country_that_a_title_names_says_nothing_in_a_market_that_is_none():
    """Nothing is abroad of a market that is no country, so that the contradiction stays open."""
    local, no_conflict = read("{seller.type: local}", "{conflicts: {not: local_seller_title_says_abroad}}")
    for market, certain in (("SHOP", False), ("ID", False)):
        assert implies(listed(local, MOMENT), listed(no_conflict, MOMENT), World(market, CLUSTERS)) is certain
    asked = [(listed(local, MOMENT), TRUE), (listed(no_conflict, MOMENT), UNKNOWN)]
    assert not impossible(asked, World("SHOP", CLUSTERS))
    assert impossible(asked, World("ID", CLUSTERS))


class IsNew:
    """A question of a kind that nobody has heard of."""

    def answer(self, value):
        raise AssertionError("asked of nothing")


def test_an_unknown_kind_of_question_answers_anything():
    """What a new operator means is not guessed: it can be true, false and unknown, though the same one only alike."""
    for name in FACTS:
        fact, other = FACTS[name], Ask(FACTS[name], IsNew())
        new = Ask(fact, IsNew())
        assert not any(impossible([(new, mask)], WORLD) for mask in (TRUE, FALSE, UNKNOWN))
        assert not implies(new, other, WORLD)
        assert implies(new, new, WORLD)
        assert impossible([(Every((new, Not(new))), TRUE)], WORLD)
    title = FACTS["listing.title"]
    new = Ask(title, IsNew())
    assert not implies(Some((new, Ask(title, IsOneOf(frozenset({"x"}))))), new, WORLD)


def test_too_many_values_are_not_gone_through():
    """A long list is left open rather than counted out, and the same list is still the same."""
    many = IsOneOf(frozenset(f"{number:06}" for number in range(3_000)))
    code = Ask(FACTS["listing.hs_code"], many)
    assert cells(code.fact, [many]) is None
    assert implies(code, code, WORLD)
    assert not implies(Ask(code.fact, IsOneOf(frozenset({"000001"}))), code, WORLD)


def test_a_search_that_grows_too_long_says_nothing(monkeypatch):
    """What could not be gone through is possible, even where it is not."""
    both = "{all: [{seller.type: local}, {cluster: craft}]}", "{none: [{seller.type: local}, {cluster: craft}]}"
    narrow, wide = read(f"{{any: [{both[0]}, {both[1]}]}}", f"{{any: [{both[1]}, {both[0]}]}}")
    assert implies(narrow, wide, WORLD)
    monkeypatch.setattr(search, "MAX_STEPS", 0)
    assert not implies(listed(narrow, MOMENT), listed(wide, MOMENT), WORLD)


LISTED = rule("{listing.hs_code: {in_list: codes}}", "block", "list") + rule(
    "{listing.hs_code: '62'}", "review", "code"
)


@pytest.mark.parametrize(
    ("codes", "hidden"),
    [
        ("value\n62\n", True),
        ("value,from\n62,2021-03-01\n", False),
        ("value,from\n62,2020-03-01\n", True),
        ("value,from,published\n62,2020-03-01,2021-03-01\n", False),
        ("value,from,until,published\n62,,2021-03-01,\n62,2021-03-01,,2020-01-01\n", True),
        ("value,from,until\n62,,2021-03-01\n62,2021-03-01,\n", False),
        ("value,from,until\n62,,2021-03-01\n62,2021-03-02,\n", False),
        ("value\n", False),
    ],
)  # fmt: skip
def test_a_list_hides_a_rule_only_if_it_always_does(codes, hidden):
    """A rule is out of reach only where every state of a list in the phase, as anyone could know it, hides it."""
    held = policies(policy(LISTED, "lists: {codes: codes.csv}"), tables={"codes.csv": codes})
    assert bool(list(every_rule_can_be_reached.breaches(held, CLUSTERS))) is hidden
