"""Truths that hold for every policy and every event: the engine means what `truth_of` means, one by one and in batches."""

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream.contract.events import events_of
from stream.contract.instant import parse_instant
from stream.decide.asks import Moment
from stream.decide.batches import Batch
from stream.decide.conditions import settled, truth_of
from stream.decide.decide import decide
from stream.decide.facts import SIGNALS
from stream.decide.origin import Signals, infer_origin
from tests.decide.making import classified, event, policies, policy, rule

CONDITIONS = (
    "{seller.type: cross_border}", "{seller.type: {not: cross_border}}", "{origin.country: CN}", "{origin.country: {not: [ID, CN]}}",
    "{origin.ship_from: {present: false}}", "{inferred.country: [CN, SG]}", "{conflicts: {empty: false}}",
    "{conflicts: local_goods_ship_from_abroad}", "{inferred.seller_type: local}", "{cluster: [craft, culinary]}", "{abstained: true}",
    "{score_in: {clusters: [craft, textile_fashion], gte: 0.8}}", "{score_in: {clusters: other, lt: 0.5}}",
    "{listing.price: {lt: 100 USD}}", "{listing.price: {gte: 3 USD, lte: 90 USD}}", "{listing.price: {not: {lt: 100 SGD}}}",
    "{listing.hs_code: {prefix: ['62', 0401]}}", "{listing.hs_code: {prefix_in_list: codes}}", "{listing.tkdn.tkdn: {lt: 25}}",
    "{listing.tkdn.with_bmp: {gte: 40}}", "{listing.category_path: {prefix: Fashion > Muslim}}", "{listing.certificates: halal}",
    "{listing.title: {matches: 'a(m|y)'}}", "{listing.category_path: {matches: '* > muslim > **'}}", "{listing.certificates: {matches: al}}",
    "{listing.attributes.weight: {gt: 2}}", "{listing.attributes.marks: {not: a}}", "{seller.attributes.orders: {present: false}}",
    "{seller.attributes.cap: {lt: 100 USD}}", "{conflicts: priced_far_below_local}", "{conflicts: {empty: true}}", "{title_cue: abroad}",
    "{listing.title: {prefix: gamis}}", "{listing.condition: used}", "{listing.revision: {gt: 3, lt: 6}}",
    "{occurred_at: {gte: 2021-08-03}}", "{event_type: [listing.created, listing.updated]}",
)  # fmt: skip
TABLES = {
    "bi.csv": "date,currency,rate\n2021-08-03,USD,14345\n2021-08-04,USD,14000\n2021-08-04,SGD,10600\n",
    "local.csv": "price,from,cluster,category\n90000,2021-08-01,craft,\n2868999.99,2021-08-04,,Fashion\n",
    "codes.csv": "value,from\n62,2021-08-04\n85,\n",
}
HEAD = "rates: {bi: {file: bi.csv, base: IDR, basis: x}}\nlists: {codes: codes.csv}"
HEAD += "\nattributes: {listing: {weight: number, marks: set}, seller: {orders: counter, cap: money}}"
HEAD += "\nlocal_prices: {file: local.csv, currency: IDR, below: 50%}"
TIMES = [parse_instant(f"2021-08-0{day}T12:00:00+07:00") for day in (2, 3, 4, 5)]


def grouped(inner):
    groups = st.tuples(st.sampled_from(["all", "any", "none"]), st.lists(inner, min_size=1, max_size=3))
    return groups.map(lambda group: f"{{{group[0]}: [{', '.join(group[1])}]}}")


conditions = st.recursive(st.sampled_from(CONDITIONS), grouped, max_leaves=6)
thens = st.sampled_from(["block", "allow", "review", "{advice: a}", "{evidence: [b, c]}", "{annotations: {vat: 11%}}"])
rule_lists = st.lists(st.tuples(conditions, thens), max_size=5)
countries = st.sampled_from([None, "ID", "CN", "SG", "cn", "nowhere"])
listing_parts = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["Gamis", "kebaya", " ", "Gamis ready stock china", "PO 14 hari"]),
        "revision": st.integers(0, 9),
        "price": st.fixed_dictionaries(
            {"amount": st.sampled_from(["0", "43035", "1434499.99", "1434500", "100000000000000000000000.5"]), "currency": st.sampled_from(["IDR", "USD", "SGD", "EUR"])}
        ),
        "hs_code": st.sampled_from(["62", "6204.42", "04", "0401.10", "85", "n/a"]),
        "tkdn": st.fixed_dictionaries({}, optional={"tkdn": st.sampled_from([12.1, 25.0, 99.0]), "bmp": st.sampled_from([0.0, 15.0, 27.9])}),
        "category_path": st.sampled_from([["Fashion"], ["fashion", "Muslim", "Hijab"], []]),
        "certificates": st.sampled_from([["Halal"], [], ["SNI"]]),
        "condition": st.sampled_from(["new", "used"]),
        "attributes": st.fixed_dictionaries({}, optional={"weight": st.sampled_from([2, 2.5, "3", None]), "marks": st.sampled_from([["A"], [], "a"])}),
    },
)  # fmt: skip
seller_attributes = st.sampled_from([
    None, {}, {"orders": 3, "cap": {"amount": "1434499", "currency": "IDR"}}, {"orders": -1, "cap": {"amount": "5", "currency": "EUR"}},
])  # fmt: skip
events = st.builds(
    lambda listing, origin, ship, kind, home, held, market, when: event(
        listing=listing, origin={"country": origin, "ship_from": ship}, seller={"type": kind, "country": home, "attributes": held}, market=market, occurred_at=when.text
    ),
    listing_parts, countries, countries, st.sampled_from(["local", "cross_border"]), countries, seller_attributes, st.sampled_from(["ID", "ID", "MY"]), st.sampled_from(TIMES),
)  # fmt: skip
rows = st.tuples(
    events, st.sampled_from([(0.98, 0.02), (0.5, 0.3), (0.1, 0.1), (0, 0.9)]), st.booleans(), st.sampled_from(TIMES)
)


def held_by(*rule_sets, reverse=False):
    texts = [
        policy("".join(rule(*each, f"r{at}") for at, each in enumerate(rules)) or "[]", HEAD, f"p{n}")
        for n, rules in enumerate(rule_sets)
    ]
    return policies(*(texts[::-1] if reverse else texts), tables=TABLES)


def batch_of(found):
    scores = [{"craft": craft, "other": other, "culinary": 1 - craft - other} for _, (craft, other), _, _ in found]
    scored = classified(*scores)
    scored.abstained[:] = [row[2] for row in found]
    return [row[0] for row in found], scored, [row[3] for row in found]


def plain_ruling(held, listing, scored, as_of):
    """Decide as the promises read, rule by rule, with no table, bit or memory."""
    moment = Moment(as_of.micros, as_of.micros)

    def value_of(fact):
        (key,) = fact.reading.keys(Batch(events_of([listing]), scored))
        return fact.value(infer_origin(Signals(*key), listing.market) if fact.reading is SIGNALS else key)

    decisions, reasons = [], []
    for each in held.policies:
        for one in each.phases[0].rules if each.market == listing.market else ():
            if truth_of(settled(one.condition, moment), value_of) is True:
                reasons.append((each.name, one.name))
                if one.then.decision:
                    decisions.append(one.then.decision)
                    break
    return "block" if "block" in decisions else "allow", reasons


quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(st.lists(rule_lists, max_size=3), st.lists(rows, max_size=8))
def test_the_engine_means_what_the_conditions_mean(rule_sets, found):
    """Asking all rules of a batch at once gives the decision and reasons of asking each rule of each event by itself."""
    held = held_by(*rule_sets)
    listings, scored, times = batch_of(found)
    for row, got in enumerate(decide(held, listings, scored, times)):
        _, one, _ = batch_of([found[row]])
        reasons = [(reason["policy"], reason["rule"]) for reason in got.reasons if reason["text"] == {}]
        assert (got.decision, reasons) == plain_ruling(held, listings[row], one, times[row])


@quick
@given(st.lists(rule_lists, max_size=3), st.lists(rows, max_size=8), st.sampled_from([None, *TIMES]))
def test_a_batch_equals_its_events_one_by_one(rule_sets, found, known):
    """Neither neighbours nor earlier batches change a ruling, down to its bytes."""
    listings, scored, times = batch_of(found)
    together = decide(held_by(*rule_sets), listings, scored, times, known)
    fresh = held_by(*rule_sets)
    apart = [decide(fresh, *batch_of([row]), known)[0] for row in found]
    assert [orjson.dumps(each._asdict()) for each in together] == [orjson.dumps(each._asdict()) for each in apart]


@quick
@given(st.lists(rule_lists, min_size=2, max_size=3), rows)
def test_the_order_of_policies_changes_nothing(rule_sets, row):
    """Policies are a set: read in another order they give the same ruling."""
    assert decide(held_by(*rule_sets), *batch_of([row])) == decide(held_by(*rule_sets, reverse=True), *batch_of([row]))


@quick
@given(conditions, rows)
def test_a_condition_and_its_negation_never_both_match(condition, row):
    """Unknown matches neither way; what is known matches one way."""
    held = held_by([(condition, "review"), (f"{{none: [{condition}]}}", "review")])
    (found,) = decide(held, *batch_of([row]))
    assert len([reason for reason in found.reasons if reason["text"] == {}]) < 2


@quick
@given(rule_lists, rule_lists, rows)
def test_block_beats_allow(one, other, row):
    """Two policies together block exactly where either blocks."""

    def decided(*rule_sets):
        return decide(held_by(*rule_sets), *batch_of([row]))[0].decision

    assert (decided(one, other) == "block") == ("block" in (decided(one), decided(other)))


@quick
@given(rule_lists, rule_lists, rows)
def test_the_first_deciding_rule_ends_a_policy(first, more, row):
    """Rules behind one that decides change nothing at all."""
    (short,) = decide(held_by([*first, ("always", "review"), ("{seller.id: S-1}", "allow")]), *batch_of([row]))
    (long,) = decide(held_by([*first, ("always", "review"), ("{seller.id: S-1}", "allow"), *more]), *batch_of([row]))
    assert short[:6] == long[:6]
