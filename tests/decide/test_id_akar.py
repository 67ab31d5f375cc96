"""The AKAR policy that ships with Keran, held to what was announced on 3 August 2021."""

from pathlib import Path

import pytest

from stream.contract.instant import parse_instant
from stream.decide.load import load_policies
from tests.decide.making import CLUSTERS, classified, event, fired, ruling

POLICIES = Path(__file__).parents[2] / "policies"
AFTER = parse_instant("2021-08-03T02:00:01Z")


@pytest.fixture(scope="module")
def akar():
    return load_policies(POLICIES / "id-akar.yaml", CLUSTERS)


# seller type, origin country, scores, abstained -> decision, review, rules, advice
TABLE = [
    ("cross_border", "CN", {"textile_fashion": 0.98}, False, "block", False, ["close-cross-border"], ()),
    ("cross_border", "CN", {"culinary": 0.8}, False, "block", False, ["close-cross-border"], ()),
    ("cross_border", "CN", {"craft": 0.7999, "other": 0.2001}, False, "allow", False, [], ()),
    (
        "cross_border",
        "CN",
        {"craft": 0.5, "textile_fashion": 0.3, "other": 0.2},
        True,
        "block",
        False,
        ["close-cross-border"],
        (),
    ),
    ("cross_border", "CN", {"craft": 0.5, "other": 0.5}, True, "allow", True, ["doubtful"], ()),
    ("cross_border", "CN", {"other": 0.97}, False, "allow", False, [], ()),
    ("cross_border", None, {"craft": 0.9}, False, "block", False, ["close-cross-border"], ()),
    ("local", "ID", {"craft": 0.99}, False, "allow", False, [], ()),
    ("local", "CN", {"craft": 0.99}, False, "allow", False, ["grow-local"], ("tkdn",)),
    ("local", None, {"craft": 0.99}, False, "allow", False, [], ()),
    ("local", "CN", {"other": 0.99}, False, "allow", False, [], ()),
]


@pytest.mark.parametrize("row", TABLE)
def test_akar(akar, row):
    """Cross-border sellers are closed in the three clusters, doubt asks for a person, local sellers of imports are nudged."""
    seller, country, scores, abstained, decision, review, rules, advice = row
    listing = event(seller={"type": seller}, origin={"country": country})
    found = ruling(akar, listing, classified(scores, abstained=abstained), AFTER)
    assert (found.decision, found.review, fired(found), found.advice) == (decision, review, rules, advice)


def test_akar_begins_at_midnight_in_jakarta(akar):
    """One second before 3 August 2021 in Jakarta nothing is closed and no policy is named; at midnight it is."""
    listing = event(seller={"type": "cross_border"})
    before = ruling(akar, listing, as_of=parse_instant("2021-08-02T16:59:59Z"))
    assert (before.decision, before.reasons, before.policies) == ("allow", (), ())
    at = ruling(akar, listing, as_of=parse_instant("2021-08-02T17:00:00Z"))
    assert (at.decision, [name.partition("#")[0] for name in at.policies]) == ("block", ["id-akar@3/2021-08"])


def test_akar_holds_in_indonesia_alone(akar):
    """In another market the same listing is allowed without a reason."""
    found = ruling(akar, event(market="MY", seller={"type": "cross_border"}), as_of=AFTER)
    assert (found.decision, found.reasons, found.policies) == ("allow", (), ())


def test_every_reason_says_why_in_both_languages(akar):
    """Whoever is decided about can read the reason in Indonesian and English, with its citation."""
    for rule in akar.policies[0].phases[0].rules:
        assert set(rule.text) == {"id", "en"}
        assert all(len(text.split()) > 5 for text in rule.text.values())
    found = ruling(akar, event(seller={"type": "cross_border"}), as_of=AFTER)
    assert found.reasons[0]["citation"] == "Lazada x KemenKopUKM, 3 Aug 2021"


def test_the_policies_that_ship_are_sound():
    """The folder that a worker reads by default has no problem, and AKAR alone in it."""
    assert [policy.name for policy in load_policies(POLICIES, CLUSTERS).policies] == ["id-akar"]
