"""The trace that `explain` shows agrees with the ruling that the batch-wise engine gives."""

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.classify.classifier import classify
from stream.contract.instant import parse_instant
from stream.contract.read import read_listing
from stream.decide.decide import decide
from stream.decide.trace import trace
from tests.conftest import value_with

AS_OF = parse_instant("2021-08-03T02:00:01Z")
TITLES = st.sampled_from(
    ["Gamis wanita", "keripik", "ukiran kayu jepara", "casing hp", "", "paket spesial", "kain rotan"]
)
COUNTRIES = st.none() | st.sampled_from(["ID", "CN", "cn", "Atlantis"])


@given(TITLES, st.sampled_from(["cross_border", "local"]), COUNTRIES, COUNTRIES, st.sampled_from(["ID", "SG"]))
@settings(deadline=None)
def test_the_rules_that_hold_in_the_trace_are_the_reasons_of_the_ruling(pipeline, title, seller, country, ship, market):
    value = value_with(listing__title=title, seller__type=seller, origin__country=country, origin__ship_from=ship, market=market)  # fmt: skip
    event = read_listing(value)
    classifications = classify(pipeline.model, [title])
    (ruling,) = decide(pipeline.policies, [event], classifications, [AS_OF])
    held = [
        rule.rule
        for rule in trace(pipeline.policies, event, classifications, AS_OF)
        if rule.reached and rule.answer == "true"
    ]
    assert held == [reason["rule"] for reason in ruling.reasons]


def test_a_rule_behind_the_one_that_decided_was_not_reached(pipeline):
    event = read_listing(value_with())
    rules = trace(pipeline.policies, event, classify(pipeline.model, [event.listing.title]), AS_OF)
    assert [rule.reached for rule in rules] == [True, False, False]


def test_what_the_event_does_not_say_is_shown_as_unknown(pipeline):
    event = read_listing(value_with(seller__type="local", origin__country=None))
    rules = trace(pipeline.policies, event, classify(pipeline.model, [event.listing.title]), AS_OF)
    (answer,) = [answer for answer in rules[2].answers if answer.fact == "origin.country"]
    assert (answer.value, answer.answer) == (None, "unknown")
    assert rules[2].answer == "unknown"
