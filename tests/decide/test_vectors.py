"""Test vectors say what the rules say: each was decided, is readable on the wire, and the two of a rule differ in one fact."""

from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings

from stream.contract.events import events_of
from stream.contract.instant import parse_instant
from stream.contract.read import read_listing
from stream.decide.asks import Moment
from stream.decide.batches import Batch
from stream.decide.conditions import settled, truth_of
from stream.decide.decide import decide
from stream.decide.facts import SIGNALS
from stream.decide.load import find_policies, load_policies
from stream.decide.nearby import CUE_TITLES
from stream.decide.origin import Signals, infer_origin
from stream.decide.title_cues import CUES, cues_of
from stream.decide.vectors import MATCH, NO_MATCH, NoVector, Vector, plain, vectors_of
from tests.decide.making import CLUSTERS, classified, policies, policy, rule
from tests.decide.test_properties import CONDITIONS, held_by, quick, rule_lists

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"


def made(rules, head="", tables=None):
    return list(vectors_of(policies(policy(rules, head), tables=tables), CLUSTERS))


def said(vectors):
    """Give each vector's expectation, and what its event says beyond the plainest."""
    return [(each.rule.name, each.expect, dict(each.situation.said)) for each in vectors if isinstance(each, Vector)]


def hold(held, vectors):
    """Ask a vector's JSON again, by the batch engine and rule by rule."""
    for each in vectors:
        if isinstance(each, NoVector):
            continue
        told = orjson.loads(orjson.dumps(plain(each)))
        event = read_listing(orjson.dumps(told["event"]))
        as_of, known = parse_instant(told["as_of"]), parse_instant(told["as_known_on"])
        scored = classified(told["classification"]["scores"], abstained=told["classification"]["abstained"])
        (ruling,) = decide(held, [event], scored, [as_of], known)
        assert (ruling.decision, ruling.review) == (told["decision"], told["review"])
        assert (each.rule.name in matching(each, event, scored, Moment(as_of.micros, known.micros))) is (
            each.expect == MATCH
        )


def matching(vector, event, scored, moment):
    """Give the rules of the vector's phase that match, asked one by one."""

    def value_of(fact):
        (key,) = fact.reading.keys(Batch(events_of([event]), scored))
        return fact.value(infer_origin(Signals(*key), event.market) if fact.reading is SIGNALS else key)

    found = []
    for each in vector.phase.rules:
        if truth_of(settled(each.condition, moment), value_of) is True:
            found.append(each.name)
            if each.then.decision:
                break
    return found


@settings(quick, max_examples=40)
@given(rule_lists)
def test_vectors_of_any_rules(rules):
    """Whatever the rules, what a vector says is what each rule means, and what it changes is one fact."""
    held = held_by(rules)
    vectors = list(vectors_of(held, CLUSTERS))
    hold(held, vectors)
    for each in vectors:
        assert isinstance(each, NoVector) or len(each.changed) == (each.expect == NO_MATCH)


@pytest.mark.parametrize("path", [*sorted(GOLDEN.glob("*.yaml")), ROOT / "policies"], ids=lambda path: path.stem)
def test_vectors_of_every_policy_here(path):
    """Of every policy that loads, the tests' own and those that ship, vectors hold; of what ships none is lacking."""
    if find_policies(path, CLUSTERS)[1]:
        return
    held = load_policies(path, CLUSTERS)
    vectors = list(vectors_of(held, CLUSTERS))
    hold(held, vectors)
    assert path.name != "policies" or not [each for each in vectors if isinstance(each, NoVector)]


def test_every_kind_of_condition_has_vectors():
    """Whatever can be asked, a listing event is found that meets it and one beside it that does not, but for what is always so."""
    held = held_by([(condition, "review") for condition in CONDITIONS])
    vectors = list(vectors_of(held, CLUSTERS))
    hold(held, vectors)
    lacking = [each.rule.name for each in vectors if isinstance(each, NoVector)]
    assert [CONDITIONS[int(name[1:])] for name in lacking] == ["{event_type: [listing.created, listing.updated]}"]


def test_the_smallest_and_the_nearest():
    """The event that matches says no more than it must, at the edge of the rule; the other lies just beyond."""
    price = {"amount": "99.99", "currency": "USD"}, {"amount": "100", "currency": "USD"}
    assert said(made(rule("{listing.price: {lt: 100 USD}}"))) == [
        ("r", MATCH, {"listing.price": price[0]}),
        ("r", NO_MATCH, {"listing.price": price[1]}),
    ]
    assert said(made(rule("{listing.tkdn.with_bmp: {gte: 40}, seller.type: local}"))) == [
        ("r", MATCH, {"listing.tkdn.tkdn": 40, "listing.tkdn.bmp": 0}),
        ("r", NO_MATCH, {"listing.tkdn.tkdn": 39.99, "listing.tkdn.bmp": 0}),
    ]
    assert said(made(rule("{listing.hs_code: {prefix: '6204'}}"))) == [
        ("r", MATCH, {"listing.hs_code": "6204"}),
        ("r", NO_MATCH, {"listing.hs_code": "0"}),
    ]


def test_what_titles_and_attributes_say_has_vectors():
    """A cue is said by a title that has it, an attribute under its whole name; far below local is a penny's difference."""
    head = """attributes:
  listing: {Halal No.: text, kg: number}
  seller: {since: time, tier: [gold, silver], open: flag}
local_prices: {file: local.csv, currency: IDR, below: 40%}"""
    asked = (
        "{inferred.seller_type: cross_border, seller.type: local, origin.ship_from: {present: false}, seller.country: {present: false}}",
        "{title_cue: long_wait}",
        "{inferred.country: JP, origin.ship_from: {present: false}, origin.country: {present: false}, seller.country: {present: false}}",
        "{listing.attributes.Halal No.: {present: true}, listing.attributes.kg: {gt: 2.5}}",
        "{seller.attributes.since: {gte: 2021-06-01}, seller.attributes.tier: silver, seller.attributes.open: true}",
        "{conflicts: priced_far_below_local}",
    )
    rules = "".join(rule(text, "review", f"r{at}") for at, text in enumerate(asked))
    tables = {"local.csv": "price,from,cluster\n100000,2021-01-01,craft\n"}
    held = policies(policy(rules, head), tables=tables)
    vectors = list(vectors_of(held, CLUSTERS))
    hold(held, vectors)
    matching_events = [dict(each.situation.said) for each in vectors if getattr(each, "expect", "") == MATCH]
    assert len(vectors) == 2 * len(matching_events) == 2 * len(asked)
    assert matching_events[0] == {"listing.title": "ships from abroad"}
    assert matching_events[2] == {"listing.title": "ships from japan"}
    assert vectors[6].situation.event()["listing"]["attributes"]["Halal No."] == "other"
    assert matching_events[5]["listing.price"] == {"amount": "39999.99", "currency": "IDR"}


def test_every_cue_has_a_title():
    """What titles can say is said by one of these, in full: whoever adds a country to the cues adds a title for it."""
    assert cues_of(list(CUE_TITLES.values())) == list(CUE_TITLES)
    assert {cue.says for cue in CUES} == set(CUE_TITLES)


def test_the_same_policies_give_the_same_vectors():
    """Nothing in the search is left to chance or to the order of sets."""
    rules = rule(
        "{any: [{listing.certificates: [halal, sni]}, {origin.country: [CN, VN]}], cluster: [craft, culinary]}"
    )
    assert [plain(each) for each in made(rules)] == [plain(each) for each in made(rules)]


def test_what_is_not_found_is_said():
    """A rule without a matching event, and one that nothing keeps from matching, have their reasons."""
    rules = rule("{listing.title: {prefix: batik, not: {prefix: batik}}}", "review", "no") + rule(
        "always", "block", "all"
    )
    first, match, last = made(rules)
    assert first == NoVector(first.rule, "no listing event was found that it matches")
    assert (match.expect, match.rule.name) == (MATCH, "all")
    assert last == NoVector(last.rule, "no single fact that is changed keeps the event it matches from matching")


def test_lists_and_rates_are_waited_for():
    """A rule that only a later list entry or rate lets match has its vectors as of then."""
    tables = {"codes.csv": "value,from\n62,2021-03-01\n", "bi.csv": "date,currency,rate\n2021-05-01,USD,14000\n"}
    head = "lists: {codes: codes.csv}\nrates: {bi: {file: bi.csv, base: IDR, basis: x}}"
    listed = made(rule("{listing.hs_code: {in_list: codes}}"), head, tables)
    assert {plain(each)["as_of"] for each in listed} == {"2021-02-28T17:00:00Z"}
    priced = made(rule("{listing.price: {lt: 100 USD, gte: 99 USD}}"), head, tables)
    assert [each.expect for each in priced] == [MATCH, NO_MATCH]
