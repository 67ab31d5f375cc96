"""What a rule asks and what an event says are told as a policy writes them."""

from zoneinfo import ZoneInfo

import pytest

from stream.classify.classifier import classify
from stream.contract.instant import parse_instant
from stream.contract.read import read_listing
from stream.decide.load import load_policies
from stream.decide.local_time import read_time, said_at
from stream.decide.trace import trace
from tests.conftest import value_with
from tests.decide.making import CLUSTERS, policy, rule

AS_OF = parse_instant("2022-03-01T00:00:00+07:00")
EXTRA = "attributes: {listing: {due: time, weight_kg: number}}"
SAYS = {
    "listing__price": {"amount": "1999999.5", "currency": "IDR"},
    "listing__attributes": {"due": "2024-06-01T09:00:00+07:00", "weight_kg": 1234567.5},
    "listing__category_path": ["Fashion", "Batik"],
    "listing__certificates": ["SNI 1"],
    "listing__hs_code": "6204.42",
    "origin__country": "Atlantis",
}


@pytest.mark.parametrize(
    ("when", "asked", "said", "answer"),
    [
        ("listing.price: {lt: 2000000 IDR}", "at the rate of the day is under 2000000 IDR", "1999999.5 IDR", "true"),
        ("listing.price: {not: {gte: 0.1 IDR, lt: 1 IDR}}", "at the rate of the day is not at least 0.1 and under 1 IDR", "1999999.5 IDR", "true"),
        ("listing.price: 5 IDR", "at the rate of the day is 5 IDR", "1999999.5 IDR", "false"),
        ("listing.attributes.due: {lt: 2024-06-01}", "is under 2024-06-01", "2024-06-01 09:00", "false"),
        ("listing.attributes.weight_kg: {gt: 1234567}", "is over 1234567", "1234567.5", "true"),
        ("listing.category_path: Fashion > Batik", "is fashion > batik", "fashion > batik", "true"),
        ("listing.category_path: {prefix: Food}", "is under food", "fashion > batik", "false"),
        ("listing.certificates: {not: halal}", "lacks halal", "sni 1", "true"),
        ("listing.certificates: {matches: '^sni'}", "matches `^sni`", "sni 1", "true"),
        ("listing.hs_code: {not: {prefix: 61}}", "does not start with 61", "620442", "true"),
        ("listing.title: {not: {matches: x}}", "does not match `x`", "gamis wanita syari premium", "true"),
        ("listing.description: {not: {present: true}}", "is absent", None, "true"),
        ("origin.country: {not: ID}", "is not ID", None, "unknown"),
        ("none: [{origin.ship_from: ID}]", "is not ID", "CN", "true"),
    ],
)  # fmt: skip
def test_a_question_is_told_as_its_policy_writes_it(tmp_path, pipeline, when, asked, said, answer):
    """Amounts and numbers stand in full, times in the policy's zone, and what is negated is told negated."""
    (tmp_path / "policy.yaml").write_text(policy(rule(f"{{{when}}}", "review"), EXTRA))
    event = read_listing(value_with(**SAYS))
    policies = load_policies(tmp_path, CLUSTERS)
    (told,) = trace(policies, event, classify(pipeline.model, [event.listing.title]), AS_OF)
    assert [(each.asked, each.value, each.answer) for each in told.answers] == [(asked, said, answer)]


def test_what_says_nothing_is_told_as_it_stands(tmp_path, pipeline):
    """A country that is none is unknown, and whoever wonders why sees what the event has there."""
    (tmp_path / "policy.yaml").write_text(policy(rule("{origin.country: ID}", "review")))
    event = read_listing(value_with(**SAYS))
    (told,) = trace(load_policies(tmp_path, CLUSTERS), event, classify(pipeline.model, [event.listing.title]), AS_OF)
    assert [(each.value, each.unread) for each in told.answers] == [(None, "Atlantis")]


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_an_event_of_any_year_can_be_explained(tmp_path, pipeline, text):
    """An event may say that it happened at either end of the calendar, where the zone's clocks have no time for it."""
    (tmp_path / "policy.yaml").write_text(policy(rule("{occurred_at: {lt: 2021-01-01}}", "review")))
    event = read_listing(value_with(occurred_at=text))
    policies = load_policies(tmp_path, CLUSTERS)
    (told,) = trace(policies, event, classify(pipeline.model, [event.listing.title]), AS_OF)
    assert told.answers[0].value.startswith(text[:-1])


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Asia/Jakarta", "2021-08-03"),
        ("Asia/Jakarta", "2021-08-03 00:00:01"),
        ("America/New_York", "2021-11-07 01:30-04:00"),
        ("America/New_York", "2021-11-07 01:30-05:00"),
        ("America/Havana", "2021-11-07 00:00-05:00"),
        ("America/Havana", "2021-03-14 01:00"),
    ],
)
def test_a_moment_is_told_so_that_a_policy_can_take_it(zone, text):
    """What is told reads back as the same moment, in the hour that the clocks show twice too."""
    assert said_at(read_time(text, ZoneInfo(zone)), ZoneInfo(zone)) == text
