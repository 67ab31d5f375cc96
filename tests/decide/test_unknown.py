"""Unknown is not false, under every operator: of every fact that an event can leave out, and of money without a rate.

The conditions are made from the kinds themselves, so that a fact, a kind or an operator that is added is asked too.
"""

import pytest

from stream.decide.attributes import FORMS
from stream.decide.facts import FACTS
from stream.decide.ruling import NO_RATE, matched_rules
from tests.decide.making import event, policies, policy, rule, ruling

ALWAYS_SAID = {
    "market", "event_type", "occurred_at", "listing.id", "seller.id", "seller.type", "inferred.seller_type", "cluster", "abstained",
}  # fmt: skip
VALUES = {
    "identifier": "x", "text": "x", "country": "CN", "code": "'6204'", "path": "Food > Snack", "set": "halal", "number": "1", "counter": "1",
    "money": "1 IDR", "time": "2021-01-01", "flag": "true", "conflicts": "local_seller_ships_from_abroad",
}  # fmt: skip
TABLES = {
    "one.csv": "value\n{}\n",
    "rates.csv": "date,currency,rate\n2021-01-01,USD,14000\n",
}
HEAD = "attributes: {{seller: {{{kinds}, choice: [gold, silver]}}}}\nlists: {{one: one.csv}}\nrates: {{cb: {{file: rates.csv, base: IDR, basis: b, valid_for: P52W}}}}"
YES, NO = "{seller.type: local}", "{seller.type: cross_border}"


def facts():
    """Give name, kind, operators, a value and whether it can stand alone, of all that an event can leave out."""
    for name, fact in FACTS.items():
        if name not in ALWAYS_SAID:
            value = fact.choices[0] if fact.choices else VALUES[fact.kind.name]
            yield name, fact.kind.operators, value, fact.kind.bare
    for kind, form in FORMS.items():
        yield f"seller.attributes.{kind}", {*form.kind.operators, "present"}, VALUES[kind], form.kind.bare
    yield "seller.attributes.choice", {*FACTS["title_cue"].kind.operators, "present"}, "gold", True


def asked(operator, value, bare):
    """Give every way in which an operator is written; none for `present`, which is never unknown."""
    match operator:
        case "not":
            return [f"{{not: {value if bare else f'{{lt: {value}}}'}}}"]
        case "in_list" | "prefix_in_list":
            return with_negation(f"{{{operator}: one}}")
        case "empty":
            return [*with_negation("{empty: true}"), "{empty: false}"]
        case "at":
            return [f"{{lt: {value}, at: cb}}"]
        case "present":
            return []
    return with_negation(f"{{{operator}: {value}}}")


def with_negation(written):
    return [written, f"{{not: {written}}}"]


CONDITIONS = [
    (f"{{{name}: {written}}}", value.strip("'"))
    for name, operators, value, bare in facts()
    for written in [*([value, f"[{value}]"] if bare else []), *(w for each in sorted(operators) for w in asked(each, value, bare))]
    if not (written == f"[{value}]" and ">" in value)
]  # fmt: skip


def matched(condition, value, said):
    """Give which of the condition, its negation and groups with it match: none of the first five may, where it is unknown."""
    rules = {
        "plain": rule(condition, "review", "plain"),
        "negated": rule(f"{{none: [{condition}]}}", "review", "negated"),
        "twice": rule(f"{{none: [{{none: [{condition}]}}]}}", "review", "twice"),
        "with-true": rule(f"{{all: [{YES}, {condition}]}}", "review", "with-true"),
        "or-false": rule(f"{{any: [{NO}, {condition}]}}", "review", "or-false"),
        "excepted": rule(YES, "review", "excepted", f"except: {condition}"),
        "or-true": rule(f"{{any: [{condition}, {YES}]}}", "review", "or-true"),
        "none-with-false": rule(f"{{none: [{{all: [{condition}, {NO}]}}]}}", "review", "none-with-false"),
        "excepted-otherwise": rule(YES, "review", "excepted-otherwise", f"except: {{all: [{condition}, {NO}]}}"),
    }
    kinds = ", ".join(f"{kind}: {kind}" for kind in FORMS)
    tables = {**TABLES, "one.csv": TABLES["one.csv"].format(value)}
    held = policies(policy("".join(rules.values()), HEAD.format(kinds=kinds)), tables=tables)
    return ruling(held, said)


@pytest.mark.parametrize(("condition", "value"), CONDITIONS, ids=lambda each: str(each)[:80])
def test_what_an_event_leaves_out_is_unknown_under_every_operator(condition, value):
    """Neither the condition nor its negation matches, nor an exception; what one true or false part settles does."""
    found = matched(condition, value, event(listing={"title": " "}))
    settled = ["or-true", "none-with-false", "excepted-otherwise"]
    assert [name for _, _, name in matched_rules(found)] == settled
    assert NO_RATE not in [reason["text"] for reason in found.reasons]


MONEY = [each for each in CONDITIONS if each[0].startswith(("{listing.price:", "{seller.attributes.money:"))]


@pytest.mark.parametrize("condition", [each for each, _ in MONEY])
def test_money_without_a_rate_is_unknown_under_every_operator_and_asks_for_a_person(condition):
    """No rate that day: neither it nor its negation matches, and every rule that hangs on it says so."""
    price = {"amount": "1", "currency": "EUR"}
    said = event(listing={"price": price}, seller={"attributes": {"money": price}})
    found = matched(condition, "", said)
    lacking = [reason["rule"] for reason in found.reasons if reason["text"] == NO_RATE]
    assert [name for _, _, name in matched_rules(found)] == ["or-true", "none-with-false", "excepted-otherwise"]
    assert lacking == ["plain", "negated", "twice", "with-true", "or-false", "excepted"]
    assert found.review


@pytest.mark.parametrize("name", [name for name, operators, _, _ in facts() if "present" in operators])
def test_presence_is_never_unknown(name):
    """What is left out is not there: that is known."""
    for flag, holds in (("true", False), ("false", True)):
        found = matched(f"{{{name}: {{present: {flag}}}}}", "", event(listing={"title": " "}))
        rules = {rule for _, _, rule in matched_rules(found)}
        assert rules & {"plain", "negated", "excepted"} == ({"plain"} if holds else {"negated", "excepted"})
