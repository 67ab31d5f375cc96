"""What rules and policies come to together: block beats allow, the first deciding rule ends its policy, all else adds up."""

import pytest

from tests.decide.making import event, fired, policies, policy, rule, ruling

# policies as lists of (rule, then) that all match -> decision, review, the rules among the reasons
TABLE = [
    ([], "allow", False, []),
    ([[("a", "block")]], "block", False, ["a"]),
    ([[("a", "allow"), ("b", "block")]], "allow", False, ["a"]),
    ([[("a", "block"), ("b", "allow")]], "block", False, ["a"]),
    ([[("a", "review"), ("b", "block")]], "block", True, ["a", "b"]),
    ([[("a", "block"), ("b", "review")]], "block", False, ["a"]),
    (
        [[("a", "{advice: tkdn}"), ("b", "{evidence: coo}"), ("c", "allow"), ("d", "block")]],
        "allow",
        False,
        ["a", "b", "c"],
    ),
    ([[("a", "{decision: block, review: true}"), ("b", "allow")]], "block", True, ["a"]),
    ([[("a", "allow")], [("b", "block")]], "block", False, ["a", "b"]),
    ([[("a", "block")], [("b", "allow")]], "block", False, ["a", "b"]),
    ([[("a", "allow")], [("b", "review")]], "allow", True, ["a", "b"]),
]


def several(held):
    texts = []
    for at, rules in enumerate(held):
        parts = [rule(f"{{listing.id: L-1, seller.id: S-{at}}}", then, name) for name, then in rules]
        texts.append(policy("".join(parts).replace(f"S-{at}", "S-1"), name=f"p{at}"))
    return policies(*texts)


@pytest.mark.parametrize(("held", "decision", "review", "reasons"), TABLE)
def test_precedence(held, decision, review, reasons):
    """Every rule that matched up to the deciding one is a reason, policy by policy, in the order of the policies' names."""
    found = ruling(several(held), event())
    assert (found.decision, found.review, fired(found)) == (decision, review, reasons)


def test_files_come_in_any_order():
    """Rulings do not depend on the order in which policies were read."""
    one, two = (policy(rule("always", then, name), name=name) for name, then in (("a", "block"), ("b", "review")))
    assert ruling(policies(one, two), event()) == ruling(policies(two, one), event())


def test_advice_annotations_and_evidence_add_up():
    """Each advice and evidence is named once; each annotation says which rule of which policy gave it."""
    text = policy(
        rule(
            "always", "{advice: [tkdn, label], evidence: coo, annotations: {import-duty: 7.5%, fee: 20000 IDR}}", "one"
        )
        + rule("always", "{advice: tkdn, evidence: [coo, invoice], annotations: {vat: 11 %}}", "two")
    )
    found = ruling(policies(text), event())
    assert (found.decision, found.advice, found.evidence) == ("allow", ("tkdn", "label"), ("coo", "invoice"))
    assert found.annotations == (
        {"name": "import-duty", "percent": "7.5", "policy": "p", "rule": "one"},
        {"name": "fee", "amount": "20000", "currency": "IDR", "policy": "p", "rule": "one"},
        {"name": "vat", "percent": "11", "policy": "p", "rule": "two"},
    )


@pytest.mark.parametrize(
    ("then", "word"),
    [
        ("block", "block"),
        ("{decision: allow, review: true}", "allow"),
        ("review", "review"),
        ("{review: true, advice: a}", "review"),
        ("{advice: a, evidence: b}", "advice"),
        ("{annotations: {a: 1%}}", "annotations"),
        ("{evidence: b}", "evidence"),
    ],
)
def test_a_reason_says_what_its_rule_asked_for(then, word):
    """`then` in a reason is the weightiest thing that the rule asks for."""
    assert ruling(policies(policy(rule("always", then))), event()).reasons[0]["then"] == word


def test_a_rules_own_citation_beats_its_phases():
    """A rule may cite another text than its phase."""
    found = ruling(policies(policy(rule("always", more="citation: Art. 5"))), event())
    assert found.reasons[0]["citation"] == "Art. 5"


def test_only_the_markets_policies_are_asked_and_named():
    """`policies` names what was in force for the event's market, whether its rules matched or not."""
    here = policy(rule("{seller.type: cross_border}"), name="here")
    there = policy(rule("always"), name="there").replace("market: ID", "market: MY")
    found = ruling(policies(here, there), event())
    assert [name.partition("@")[0] for name in found.policies] == ["here"]
    assert (found.decision, found.reasons) == ("allow", ())


def test_a_policy_for_several_markets():
    """A policy may be for several markets: it binds in each, its rules may tell them apart, and nowhere else is it asked."""
    rules = rule("{market: FR}", "review", "a") + rule("{market: {not: FR}}", "block", "b")
    held = policies(policy(rules).replace("market: ID", "market: [DE, FR]"))
    found = {market: fired(ruling(held, event(market=market))) for market in ("DE", "FR", "ID")}
    assert found == {"DE": ["b"], "FR": ["a"], "ID": []}
    assert ruling(held, event(market="ID")).policies == ()
