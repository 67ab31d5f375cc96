"""What a change is: its effect and the rules behind it, from two rulings on one event."""

import pytest

from stream.changes.change import Effect, Responsible, Ruled, RuleName, compare
from stream.changes.compared import changes_of
from tests.decide.making import FASHION, classified, event, policies, policy, rule, ruling

ALWAYS = "{market: ID}"
GOODS = event()


def ruled_by(*rules, **more):
    return ruling(policies(policy("\n".join(rules) if rules else "[]", **more)), GOODS)


BLOCK, ALLOW, REVIEW = (rule(ALWAYS, then, then) for then in ("block", "allow", "review"))
ADVICE = rule(ALWAYS, "{advice: tkdn}", "nudge")
CASES = {
    "newly blocked, whatever review does": ([REVIEW], [BLOCK], Effect.NEWLY_BLOCKED, "review", "block"),
    "newly allowed by no rule": ([BLOCK], [], Effect.NEWLY_ALLOWED, "block", ""),
    "newly allowed by a rule": ([BLOCK], [ALLOW], Effect.NEWLY_ALLOWED, "block", "allow"),
    "into review": ([ALLOW], [REVIEW, ALLOW], Effect.INTO_REVIEW, "", "review"),
    "out of review": ([REVIEW, BLOCK], [BLOCK], Effect.OUT_OF_REVIEW, "review", ""),
    "another reason for the same": ([], [ADVICE], Effect.REASONS_ONLY, "", "nudge"),
    "nothing": ([REVIEW, BLOCK], [REVIEW, BLOCK], Effect.UNCHANGED, "", ""),
}


@pytest.mark.parametrize("case", CASES)
def test_the_weightiest_effect_counts_and_the_rules_that_differ_are_responsible(case):
    old, new, effect, gone, come = CASES[case]
    found = compare(ruled_by(*old), ruled_by(*new))
    assert found.effect is effect
    assert [" ".join(name.rule for name in side) for side in found.responsible[:2]] == [gone, come]


def test_an_edition_that_decides_alike_changes_nothing():
    """Every edit gives a policy another id; the id alone is no change."""
    old, new = ruled_by(BLOCK), ruled_by(BLOCK, rule("{market: SG}", name="never"))
    assert old.policies != new.policies
    assert compare(old, new).effect is Effect.UNCHANGED


def test_where_the_same_rules_match_the_parts_that_differ_are_told():
    old, new = (rule(ALWAYS, "block", "b", f'text: {{id: "a", en: "{text}"}}') for text in ("c", "d"))
    name = RuleName("p", "b", "block")
    assert compare(ruled_by(old), ruled_by(new)).responsible == Responsible((name,), (name,), ("text",))


def test_a_rule_that_now_also_asks_for_review_is_responsible_for_that():
    """Its reason reads the same, since the decision is the weightiest thing that it asks for."""
    found = compare(ruled_by(rule(ALWAYS, "block")), ruled_by(rule(ALWAYS, "{decision: block, review: true}")))
    name = RuleName("p", "r", "block")
    assert (found.effect, found.responsible) == (Effect.INTO_REVIEW, Responsible((name,), (name,), ("review",)))


def test_the_same_reasons_in_another_order_are_told_as_that():
    found = compare(ruled_by(REVIEW, ADVICE), ruled_by(ADVICE, REVIEW))
    assert (found.effect, found.responsible.parts) == (Effect.REASONS_ONLY, ("order",))


def test_other_outcomes_of_the_same_rule_are_parts_too():
    advised = [ruled_by(rule(ALWAYS, f"{{advice: {name}}}", "nudge")) for name in ("tkdn", "halal")]
    assert compare(*advised).responsible.parts == ("advice",)


def test_each_event_has_its_change_in_order_and_equal_pairs_share_a_comparison():
    old, new, both = ruled_by(), ruled_by(BLOCK), classified({"craft": 0.9}, {"other": 1}, {"craft": 1})
    changes = changes_of([GOODS] * 3, Ruled(both, [old, old, new]), Ruled(both, [new, new, new]))
    effects = [change.comparison.effect for change in changes]
    assert effects == [Effect.NEWLY_BLOCKED, Effect.NEWLY_BLOCKED, Effect.UNCHANGED]
    assert [change.cluster_after for change in changes] == ["craft", "other", "craft"]
    assert changes[0].comparison is changes[1].comparison


def test_rulings_that_are_not_the_events_are_refused():
    with pytest.raises(ValueError, match="1 events, 0 rulings before, 1 after"):
        changes_of([GOODS], Ruled(FASHION, []), Ruled(FASHION, [ruled_by()]))


def test_another_conflict_is_a_part_of_what_is_said():
    """Whoever reads decisions reads their conflicts: those of local prices are the policy's, and no rule's."""
    head = "local_prices: {file: local.csv, currency: IDR, below: 40%}"
    tables = {"local.csv": "price,from,cluster\n100000,2021-01-01,textile_fashion\n"}
    cheap = event(listing={"price": {"amount": "1", "currency": "IDR"}}, seller={"type": "local"})
    old, new = (ruling(policies(policy("[]", more), tables=tables), cheap) for more in ("", head))
    found = compare(old, new)
    assert (found.effect, found.responsible) == (Effect.REASONS_ONLY, Responsible((), (), ("conflicts",)))
    assert compare(new, new).effect is Effect.UNCHANGED
