"""What deciding keeps, and that no text makes it slow. What it costs is measured:
`python -m benchmarks.deciding`.
"""

from collections import Counter

import pytest

from benchmarks.ten_policies import ten_policies
from stream.contract.classification import Classifications
from stream.contract.instant import parse_instant
from stream.decide import decide as deciding
from stream.decide.decide import decide
from stream.decide.kept import REMEMBERED_KEYS, Remembered
from stream.decide.patterns import Pattern
from tests.decide.making import FASHION, NOON, classified, event, policies, policy, rule


def test_policies_are_compiled_once():
    """However many batches and moments there are between two changes, one compilation serves them."""
    held = ten_policies()
    for minute in range(50):
        decide(held, [event()], FASHION, [parse_instant(f"2021-08-03T09:{minute:02}:00+07:00")])
    assert len(held.compiled) == 1


def test_what_is_remembered_is_bounded():
    """Keys are the events' to choose: what is remembered of them, and of moments and markets, never grows without end."""
    remembered = Remembered(lambda key: key, limit=10)
    assert [remembered[key] for key in range(1000)] == list(range(1000))
    assert len(remembered) <= 10 < REMEMBERED_KEYS
    before = len(remembered)
    assert [remembered[key] for key in ("x" * 300, ("CN", "x" * 300), frozenset({"x" * 300}))]
    assert len(remembered) == before
    held = policies(policy(rule("{seller.country: CN}")))
    for number in range(deciding.REMEMBERED_MOMENTS + 100):
        decide(held, [event(market=f"M{number}", seller={"country": f"C{number}"})], FASHION, [NOON])
    assert len(held.compiled) == deciding.REMEMBERED_MOMENTS


def test_equal_rulings_are_shared():
    """Events that come to the same share one ruling, so that a stream of them costs no memory of its own."""
    held = policies(policy(rule("{seller.type: local}", "review")))
    scored = Classifications(
        FASHION.clusters, FASHION.scores.repeat(2, 0), FASHION.likeliest.repeat(2), FASHION.abstained.repeat(2), "m#1"
    )
    one, other = decide(held, [event(), event(event_id="E-2")], scored, [NOON, NOON])
    assert one is other


@pytest.fixture
def searched(monkeypatch):
    """Counts how often each text is searched for a pattern."""
    found, counted = Pattern.found, Counter()
    monkeypatch.setattr(Pattern, "found", lambda self, text: (counted.update([text]), found(self, text))[1])
    return counted


def batch(*events):
    scored = classified(*([{"craft": 1}] * len(events)))
    return lambda held: decide(held, events, scored, [NOON] * len(events))


def test_what_rules_share_is_asked_once_a_value(searched):
    """A question that many rules of many policies ask is asked once of each different value, in whatever batch."""
    rules = "".join(rule("{listing.title: {matches: batik}}", "review", f"r{at}") for at in range(9))
    held = policies(*(policy(rules, name=name) for name in "abc"))
    searched.clear()
    run = batch(event(), event(listing={"title": "Batik"}), event())
    assert [len(ruling.reasons) for ruling in run(held)] == [0, 27, 0]
    run(held)
    assert searched == {"gamis syari": 1, "batik": 1}


def test_what_costs_is_asked_where_it_can_matter(searched):
    """Titles are searched only where everything else that a rule asks holds; where it does not, nothing is read."""
    rules = rule("{seller.type: cross_border, listing.title: {matches: batik}}", "review", "a")
    rules += rule("{any: [{listing.title: {matches: batik}}, {market: MY}], listing.condition: used}", "review", "b")
    held = policies(policy(rules))
    searched.clear()
    titles = {"local": {}, "abroad": {"seller": {"type": "cross_border"}}, "used": {"listing": {"condition": "used"}}}
    events = [event(**{**parts, "listing": {"title": t, **parts.get("listing", {})}}) for t, parts in titles.items()]
    batch(*events)(held)
    assert searched == {"abroad": 1, "used": 1}


def test_an_alternative_that_tells_nothing_makes_no_ruling():
    """Events that the same rules apply to share a ruling, however the alternatives of other rules turn out."""
    held = policies(policy(rule("{any: [{listing.condition: used}, {origin.country: CN}], cluster: culinary}")))
    one, other = batch(event(), event(listing={"condition": "used"}))(held)
    assert one is other


def test_rows_must_agree():
    """Events, classifications and moments belong together row by row; anything else is our own mistake and says so."""
    with pytest.raises(ValueError, match="2 events, 1 classifications, 2 moments"):
        decide(policies(), [event(), event()], FASHION, [NOON, NOON])


def test_nothing_in_nothing_out():
    """An empty batch has no rulings."""
    none = Classifications(FASHION.clusters, FASHION.scores[:0], FASHION.likeliest[:0], FASHION.abstained[:0], "m#1")
    assert decide(policies(), [], none, []) == []


# Linear work on half a million characters takes milliseconds, quadratic work many minutes.
@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", ["hs_code", "title", "description", "condition"])
@pytest.mark.parametrize("text", ["1" * 500_000 + "x", "1." * 250_000, "6204" + " " * 500_000, "é" * 500_000])
def test_no_text_hangs_the_worker(name, text):
    """Half a million characters, of whatever shape, are read in time that grows with their number alone."""
    rules = rule("{listing.hs_code: {prefix: '62'}}", "review", "a") + rule(
        "{listing.title: {prefix: 1}}", "review", "b"
    )
    rules += rule("{listing.description: {not: x}}", "review", "c") + rule(
        "{listing.condition: [new, used]}", "review", "d"
    )
    rules += rule("{listing.title: {matches: '(([1. ]*x)*|é[é1]{60}6)z'}}", "review", "e")
    (ruling,) = decide(policies(policy(rules)), [event(listing={name: text})], FASHION, [NOON])
    assert ruling.decision == "allow"


@pytest.mark.timeout(30)
@pytest.mark.parametrize("steps", [["a"] * 100_000, ["a" * 500_000], ["a\x00" * 100_000]])
def test_no_path_hangs_the_worker(steps):
    """A category path of a hundred thousand steps is compared in time that grows with its length alone."""
    pattern = " > ".join(["** > a*a*"] * 12)
    held = policies(policy(rule(f"{{listing.category_path: {{matches: '{pattern} > b'}}}}")))
    (ruling,) = decide(held, [event(listing={"category_path": steps})], FASHION, [NOON])
    assert ruling.decision == "allow"
