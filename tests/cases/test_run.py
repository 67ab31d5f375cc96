"""Running cases: the same decision as the stream's, differences in words, and which rules the cases reach."""

import numpy as np
import pytest

from stream.cases.event_parts import event_fields
from stream.cases.load_cases import load_cases
from stream.cases.report import in_words
from stream.cases.run import RanPolicy, reached_rules, run_cases
from stream.contract.classification import Classifications
from stream.decide.load import load_policies
from tests.cases.test_refusals import GOLDEN
from tests.decide.making import CLUSTERS, classified, event, policies, policy, rule, ruling

CASES = """\
- name: closed
  as_of: 2021-09-01
  event: {seller.type: cross_border, listing.price: 100 USD}
  classification: {scores: {craft: 0.5, culinary: 0.3, other: 0.2}}
  expect: {decision: block, rules: close, evidence: permit, annotations: {}, review: false}
- name: all that is noted
  as_of: 2021-09-01
  event: {listing.price: {amount: "12.50", currency: SGD}, origin: {country: NO, ship_from: SG}}
  classification: {cluster: other, abstained: true}
  expect:
    decision: allow
    review: true
    rules: [doubtful, levy]
    advice: [local, tkdn]
    annotations: {fee: 20000 IDR, import-duty: 7.5%}
    conflicts: local_seller_ships_from_abroad
- name: wrong in every part
  as_of: 2021-09-01
  event: {seller.type: cross_border}
  classification: craft
  expect: {decision: allow, review: true, rules: [], advice: tkdn, annotations: {fee: 1 IDR}, evidence: [], conflicts: cross_border_seller_registered_here}
"""
DIFFERENCES = """\
policy.yaml
  passed  closed
  passed  all that is noted
  failed  wrong in every part
            expected decision `allow`, got `block`
              --> policy.cases.yaml:21, case `wrong in every part`, `expect.decision`
            expected review `true`, got `false`
              --> policy.cases.yaml:21, case `wrong in every part`, `expect.review`
            expected rules none, got `close`
              --> policy.cases.yaml:21, case `wrong in every part`, `expect.rules`
            expected advice `tkdn`, got none
              --> policy.cases.yaml:21, case `wrong in every part`, `expect.advice`
            expected annotations `fee 1 IDR`, got none
              --> policy.cases.yaml:21, case `wrong in every part`, `expect.annotations`
            expected evidence none, got `permit`
              --> policy.cases.yaml:21, case `wrong in every part`, `expect.evidence`
            expected conflicts `cross_border_seller_registered_here`, got none
              --> policy.cases.yaml:21, case `wrong in every part`, `expect.conflicts`
            rules that matched: only / close
cases: 3, failed: 1"""


@pytest.fixture
def held(tmp_path, monkeypatch):
    """A policy that was loaded, with what is written as its cases."""
    monkeypatch.chdir(tmp_path)

    def write(text, cases=None):
        (tmp_path / "policy.yaml").write_text(text)
        if cases is not None:
            (tmp_path / "policy.cases.yaml").write_text(cases)
        (found,) = load_policies(tmp_path.relative_to(tmp_path) / "policy.yaml", CLUSTERS).policies
        return found

    return write


def test_differences_are_told_in_words(held, pipeline):
    """A case that fails shows every part that differs, where it was expected, and what matched."""
    found = held((GOLDEN / "policy.yaml").read_text(), CASES)
    ran = tuple(run_cases(found, load_cases(found, CLUSTERS), pipeline.model))
    assert in_words([RanPolicy(found, ran)]) == DIFFERENCES


def test_a_case_says_only_what_differs_from_the_plainest_event(held):
    """All else is the plainest event, at the case's moment, in the policy's first market; its name is no title."""
    found = held(
        policy(rule("always")).replace("market: ID", "market: [ID, MY]"),
        "- {name: ships from China, as_of: 2021-09-01, expect: {decision: block}}",
    )
    (case,) = load_cases(found, CLUSTERS)
    said = case.event
    assert (said.listing.title, said.market, said.occurred_at.text) == ("listing", "ID", "2021-08-31T17:00:00Z")
    assert (said.event_id, said.event_type) == ("E-1", "listing.updated")
    assert (said.seller.id, said.seller.type) == ("S-1", "local")
    assert (said.origin.country, said.listing.price, said.listing.category_path) == (None, None, None)


VALUES = {
    "listing.revision: 7": lambda e: e.listing.revision == 7,
    "listing.title: 12": lambda e: e.listing.title == "12",
    "listing.category_path: Fashion > Muslim": lambda e: e.listing.category_path == ["Fashion", "Muslim"],
    "listing.category_path: [Fashion, Muslim]": lambda e: e.listing.category_path == ["Fashion", "Muslim"],
    "listing.certificates: halal": lambda e: e.listing.certificates == ["halal"],
    "listing.certificates: []": lambda e: e.listing.certificates == [],
    "listing.hs_code: 0401": lambda e: e.listing.hs_code == "0401",
    "listing.tkdn: {tkdn: 12.5, bmp: 3}": lambda e: (e.listing.tkdn.tkdn, e.listing.tkdn.bmp) == (12.5, 3),
    "listing.attributes: {brand: Sido, seri: '7', count: 7, new: true}": lambda e: (
        e.listing.attributes == {"brand": "Sido", "seri": "7", "count": 7, "new": True}
    ),
    "listing.attributes.brand: Sido": lambda e: e.listing.attributes == {"brand": "Sido"},
    "listing.attributes.Halal No.: ID1": lambda e: e.listing.attributes == {"Halal No.": "ID1"},
    "seller.attributes: {tags: [a, 2, ~]}": lambda e: e.seller.attributes == {"tags": ["a", 2, None]},
    "origin: {country: NO}": lambda e: e.origin.country == "NO",
    "occurred_at: 2021-08-01T00:00:00+07:00": lambda e: e.occurred_at.text == "2021-08-01T00:00:00+07:00",
    "event_type: listing.created": lambda e: e.event_type == "listing.created",
    "market: MY": lambda e: e.market == "MY",
}


@pytest.mark.parametrize("written", VALUES)
def test_values_are_what_the_wire_asks_for(written, held):
    """Texts stay texts, numbers are numbers where the wire has numbers, `NO` is Norway."""
    found = held(
        policy(rule("always")),
        f"- name: one\n  as_of: 2021-09-01\n  event:\n    {written}\n  expect: {{decision: allow}}\n",
    )
    (case,) = load_cases(found, CLUSTERS)
    assert VALUES[written](case.event)


DECLARED = {
    "due: 2021-09-01": "2021-08-31T17:00:00Z",
    "due: 2021-09-01T09:00": "2021-09-01T02:00:00Z",
    "due: 2021-09-01T09:00:00+08:00": "2021-09-01T09:00:00+08:00",
    "due: soon": "soon",
    "licence: 1234567": "1234567",
    "code: 6204": "6204",
    "made_in: NO": "NO",
    "turnover: 100 USD": {"amount": "100", "currency": "USD"},
    "shelf: Fashion > Muslim": ["Fashion", "Muslim"],
    "marks: halal": ["halal"],
    "weight: 1.5": 1.5,
    "sold: 3": 3,
    "new: true": True,
    "tier: 1": "1",
    "other: 7": 7,
}


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("written", DECLARED)
def test_attributes_are_written_as_their_kind_is(written, nested, held):
    """What the policy declares stands on the wire in its kind's form: a code's digits as text, a time in the zone as an instant."""
    kinds = "due: time, licence: identifier, code: code, made_in: country, turnover: money, shelf: path, marks: set"
    kinds += ", weight: number, sold: counter, new: flag, tier: ['1', '2']"
    found = held(
        policy(rule("always"), f"attributes: {{listing: {{{kinds}}}}}"),
        "- name: one\n  as_of: 2021-09-01\n  expect: {decision: allow}\n"
        f"  event: {{{f'listing.attributes: {{{written}}}' if nested else f'listing.attributes.{written}'}}}\n",
    )
    (case,) = load_cases(found, CLUSTERS)
    assert case.event.listing.attributes == {written.split(":")[0]: DECLARED[written]}


def test_a_rule_that_only_lacks_a_rate_has_not_matched(held, pipeline):
    """Among a case's rules are those that matched; one that a missing rate keeps open is seen by the review alone."""
    found = held(
        policy(rule("{listing.price: {lt: 100 USD}}")),
        "- {name: one, as_of: 2021-09-01, event: {listing.price: 5 IDR}, expect: {decision: allow, review: true, rules: [], annotations: []}}",
    )
    (ran,) = run_cases(found, load_cases(found, CLUSTERS), pipeline.model)
    assert ran.differences == []


def test_attributes_that_say_nothing_are_told_where_a_case_fails(held, pipeline):
    """A name that the policy does not declare and a value that its kind cannot be are why a case fails, mostly."""
    found = held(
        policy(
            rule("{listing.attributes.due: {lt: 2021-06-01}}"), "attributes: {listing: {due: time, weight: number}}"
        ),
        "- name: one\n  as_of: 2021-09-01\n  expect: {decision: block}\n"
        "  event: {listing.attributes: {due: soon, wieght: 1}, seller.attributes.tier: gold}\n",
    )
    told = in_words([RanPolicy(found, tuple(run_cases(found, load_cases(found, CLUSTERS), pipeline.model)))])
    assert told.splitlines()[-4:] == [
        "            `listing.attributes.due` says nothing: it is no time as declared",
        "            the policy declares no `listing.attributes.wieght`, did you mean `weight`?",
        "            the policy declares no `seller.attributes.tier`",
        "cases: 1, failed: 1",
    ]


def test_every_field_of_the_wire_can_be_written():
    """What an event can say, a case can say; only the schema is not its to choose."""
    assert {"seller.type", "origin.ship_from", "listing.tkdn.bmp", "listing.price"} <= set(event_fields())
    assert "schema" not in event_fields()


def test_a_case_is_decided_as_the_stream_decides(held, pipeline):
    """The ruling of a case is the one that `decide` gives on the same event, classification and moment."""
    text = (GOLDEN / "policy.yaml").read_text()
    found = held(text, CASES)
    for ran in run_cases(found, load_cases(found, CLUSTERS), pipeline.model):
        given = ran.case.classification
        one = Classifications(
            given.clusters,
            np.array([given.scores], np.int32),
            np.array([given.clusters.index(given.cluster)]),
            np.array([given.abstained]),
            "m",
        )
        assert ruling(policies(text), ran.case.event, one, ran.case.as_of) == ran.ruling


def test_the_model_reads_the_title_where_a_case_asks_for_it(held, pipeline):
    """`classify: true` takes the shelf's model at its word."""
    text = policy(rule("{cluster: culinary}"))
    cases = "- name: coffee\n  as_of: 2021-09-01\n  event: {listing.title: Kopi bubuk gayo arabika 250 gram}\n  classify: true\n  expect: {decision: block}\n"
    found = held(text, cases)
    (ran,) = run_cases(found, load_cases(found, pipeline.model.clusters), pipeline.model)
    assert not ran.differences


def test_a_policy_that_asks_nothing_of_the_model_needs_no_classification(held, pipeline):
    """What the classification would be does not matter there, and it is not asked for."""
    found = held(policy(rule("{seller.type: local}")), "- {name: one, as_of: 2021-09-01, expect: {decision: block}}")
    (ran,) = run_cases(found, load_cases(found, CLUSTERS), pipeline.model)
    assert not ran.differences


def test_which_rules_the_cases_reach(held, pipeline):
    """A rule is reached where it matched in some case; one that no case matches is not."""
    found = held((GOLDEN / "policy.yaml").read_text(), CASES)
    cases = load_cases(found, CLUSTERS)
    assert reached_rules(found, cases, pipeline.model) == {("only", "close"), ("only", "doubtful"), ("only", "levy")}
    assert reached_rules(found, cases[:1], pipeline.model) == {("only", "close")}


def test_a_policy_without_cases_has_not_passed(held):
    """Nothing tried is nothing shown."""
    found = RanPolicy(held(policy("[]")), ())
    assert load_cases(found.policy, CLUSTERS) == []
    assert not found.passed
    assert in_words([found]).splitlines() == [
        "policy.yaml: no cases, write some in `policy.cases.yaml` beside it",
        "cases: 0, failed: 0, policies without cases: 1",
    ]


def test_scores_may_round(held):
    """Four places of four scores need not make one to the last place; a cluster that is not named scores nothing."""
    cases = "- {name: one, as_of: 2021-09-01, classification: {scores: {craft: 0.9999, other: 0.0002}}, expect: {decision: allow}}"
    (case,) = load_cases(held(policy(rule("{cluster: culinary}")), cases), CLUSTERS)
    assert case.classification.scores == (9_999, 0, 2, 0)
    assert (
        ruling(policies(policy(rule("{cluster: craft}"))), event(), classified({"craft": 0.9999})).decision == "block"
    )
