"""Conditions, as a table: under every operator a listing that matches, one that does not, and one that does not say."""

import pytest

from tests.decide.making import FASHION, classified, event, fired, policies, policy, rule, ruling

LISTS = {
    "codes.csv": "value,from,until,note\n04,,,dairy\n6204.42,2021-08-01,,dresses\n85,,2021-08-01,no longer\n",
    "countries.csv": "value\nCN\nVN\n",
    "paths.csv": "value\nFashion > Muslim\nFood\n",
    "sellers.csv": "value\nS-1\nS-2\n",
}
HEAD = "lists: {codes: codes.csv, countries: countries.csv, paths: paths.csv, sellers: sellers.csv}"
PATH = {"category_path": ["Fashion", "Muslim", "Hijab"]}


def listing(**parts):
    return {"listing": parts}


def seller(**parts):
    return {"seller": parts}


def origin(country=None, ship_from=None):
    return {"origin": {"country": country, "ship_from": ship_from}}


# condition -> (what the event says, whether it holds) ...
TABLE = {
    # equality, lists, not
    "seller.type: local": [({}, True), (seller(type="cross_border"), False)],
    "seller.type: {not: local}": [({}, False), (seller(type="cross_border"), True)],
    "origin.country: CN": [(origin("CN"), True), (origin("cn"), True), (origin("ID"), False), ({}, None), (origin("China"), None)],
    "origin.country: [CN, VN]": [(origin("VN"), True), (origin("ID"), False), ({}, None)],
    "origin.country: {not: ID}": [(origin("CN"), True), (origin("ID"), False), ({}, None)],
    "origin.country: {not: [ID, MY]}": [(origin("CN"), True), (origin("MY"), False), ({}, None)],
    "origin.country: NO": [(origin("NO"), True), (origin("ID"), False)],
    "origin.ship_from: {not: ID}": [(origin(None, "SG"), True), (origin("SG", "ID"), False), ({}, None)],
    "seller.country: SG": [(seller(country="SG"), True), (seller(country="ID"), False), ({}, None)],
    "seller.id: S-1": [({}, True), (seller(id="s-1"), False)],
    "listing.id: [L-1, L-2]": [({}, True), (listing(id="L-3"), False)],
    "listing.condition: used": [(listing(condition=" Used"), True), (listing(condition="new"), False), ({}, None), (listing(condition=" "), None)],
    "market: ID": [({}, True)],
    "event_type: listing.created": [({"event_type": "listing.created"}, True), ({}, False)],
    # text, code and path prefix
    "listing.title: {prefix: [gamis, tunik]}": [({}, True), (listing(title="Kebaya"), False), (listing(title="  "), None)],
    "listing.title: GAMIS SYARI": [({}, True), (listing(title="gamis"), False)],
    "listing.description: {not: {prefix: 'ready stock'}}": [
        (listing(description="Ready Stock China"), False), (listing(description="PO"), True), ({}, None),
    ],
    "seller.id: {prefix: S-}": [({}, True), (seller(id="T-1"), False)],
    "listing.hs_code: {prefix: '6204'}": [
        (listing(hs_code="6204.42"), True), (listing(hs_code="6204"), True), (listing(hs_code="6104"), False),
        (listing(hs_code="62"), None), (listing(hs_code="HS 6204"), None), ({}, None),
    ],
    "listing.hs_code: {prefix: ['04', '62']}": [(listing(hs_code="0406 10"), True), (listing(hs_code="6"), None), (listing(hs_code="7"), False)],
    "listing.hs_code: {not: {prefix: 6204.42}}": [(listing(hs_code="6204.43.00"), True), (listing(hs_code="62044210"), False), (listing(hs_code="6204"), None)],
    "listing.hs_code: 6204.42": [(listing(hs_code="620442"), True), (listing(hs_code="62044200"), False)],
    "listing.category_path: {prefix: Fashion > muslim}": [
        (listing(**PATH), True), (listing(category_path=["Fashion"]), False), (listing(category_path=[]), None), ({}, None),
    ],
    "listing.category_path: {prefix: [[Food], [Fashion, Muslim]]}": [(listing(**PATH), True), (listing(category_path=["Home"]), False)],
    "listing.category_path: [Food > Snack, Fashion]": [(listing(category_path=["fashion"]), True), (listing(**PATH), False)],
    # patterns
    "listing.title: {matches: 'ready stock (china|cn)'}": [
        (listing(title="Tas READY STOCK China murah"), True), (listing(title="ready stock jakarta"), False), (listing(title=" "), None),
    ],
    "listing.title: {matches: ['^gamis', 'syari$']}": [({}, True), (listing(title="  Baju SYARI "), True), (listing(title="kain gamis"), False)],
    "listing.title: {matches: '^É'}": [(listing(title="ÉTOFFE"), True), (listing(title="étoffe"), True), (listing(title="etoffe"), False)],
    "listing.description: {not: {matches: 'ready.stock'}}": [
        (listing(description="ready\nstock"), False), (listing(description="PO 14 hari"), True), ({}, None),
    ],
    "seller.id: {matches: '^S-[0-9]+$'}": [({}, True), (seller(id="s-1"), False), (seller(id="S-1x"), False)],
    "listing.category_path: {matches: 'Fashion > * > Hijab'}": [
        (listing(**PATH), True), (listing(category_path=["Fashion", "Hijab"]), False),
        (listing(category_path=["Fashion", "Muslim", "Hijab", "Pashmina"]), False), (listing(category_path=[]), None), ({}, None),
    ],
    "listing.category_path: {matches: ['** > *jab', '** > Food > **']}": [
        (listing(**PATH), True), (listing(category_path=["hijab"]), True), (listing(category_path=["Grocery", "Food", "Snack"]), True),
        (listing(category_path=["Hijab", "Pin"]), False), (listing(category_path=["Seafood"]), False),
    ],
    "listing.category_path: {not: {matches: [[Fashion, '**']]}}": [(listing(**PATH), False), (listing(category_path=["Food"]), True), ({}, None)],
    "listing.category_path: {matches: 'a.b > (c)'}": [(listing(category_path=["A.B", "(c)"]), True), (listing(category_path=["axb", "c"]), False)],
    "listing.certificates: {matches: '^sni [0-9]{4}'}": [
        (listing(certificates=["Halal", "SNI 7617:2013"]), True), (listing(certificates=["SNI"]), False),
        (listing(certificates=[]), False), ({}, None),
    ],
    "listing.certificates: {not: {matches: '^sni'}}": [(listing(certificates=[]), True), (listing(certificates=["SNI 1"]), False), ({}, None)],
    # named lists, dated
    "listing.hs_code: {in_list: codes}": [(listing(hs_code="6204.42"), True), (listing(hs_code="85"), False), ({}, None)],
    "listing.hs_code: {prefix_in_list: codes}": [(listing(hs_code="0406.10"), True), (listing(hs_code="8517"), False), (listing(hs_code="62"), None)],
    "origin.country: {not: {in_list: countries}}": [(origin("MY"), True), (origin("CN"), False), ({}, None)],
    "listing.category_path: {prefix_in_list: paths}": [(listing(**PATH), True), (listing(category_path=["Home"]), False)],
    "seller.id: {in_list: sellers}": [({}, True), (seller(id="S-3"), False)],
    # comparisons and ranges
    "listing.tkdn.tkdn: {lt: 25}": [(listing(tkdn={"tkdn": 24.99}), True), (listing(tkdn={"tkdn": 25.0}), False), (listing(tkdn={"bmp": 1.0}), None), ({}, None)],
    "listing.tkdn.tkdn: {not: {gte: 25}}": [(listing(tkdn={"tkdn": 24.99}), True), (listing(tkdn={"tkdn": 25.0}), False), ({}, None)],
    "listing.tkdn.bmp: {gt: 10, lte: 15}": [(listing(tkdn={"bmp": 15.0}), True), (listing(tkdn={"bmp": 10.0}), False), (listing(tkdn={"bmp": 15.1}), False)],
    "listing.tkdn.with_bmp: {gte: 40}": [
        (listing(tkdn={"tkdn": 12.1, "bmp": 27.9}), True), (listing(tkdn={"tkdn": 25.3, "bmp": 14.69}), False),
        (listing(tkdn={"tkdn": 99.0}), None), ({}, None),
    ],
    "listing.tkdn.with_bmp: {lte: 0.3}": [(listing(tkdn={"tkdn": 0.1, "bmp": 0.2}), True)],
    "listing.tkdn.tkdn: [0, 100]": [(listing(tkdn={"tkdn": 0.0}), True), (listing(tkdn={"tkdn": 50.0}), False), ({}, None)],
    "listing.revision: {gte: 7}": [(listing(revision=7), True), (listing(revision=6), False), ({}, None)],
    "occurred_at: {gte: 2021-08-03, lt: 2021-08-04}": [({}, True), ({"occurred_at": "2021-08-02T23:59:59+07:00"}, False), ({"occurred_at": "2021-08-02T17:00:00Z"}, True)],
    # presence
    "listing.hs_code: {present: true}": [(listing(hs_code="1"), True), (listing(hs_code=""), False), ({}, False)],
    "listing.tkdn.tkdn: {present: false}": [({}, True), (listing(tkdn={"tkdn": 0.0}), False)],
    "listing.price: {present: false}": [({}, True), (listing(price={"amount": "0", "currency": "IDR"}), False)],
    "origin.country: {not: {present: true}}": [({}, True), (origin("CN"), False)],
    # sets
    "listing.certificates: halal": [(listing(certificates=["BPOM", "Halal"]), True), (listing(certificates=[]), False), ({}, None)],
    "listing.certificates: {not: [halal, bpom]}": [(listing(certificates=["SNI"]), True), (listing(certificates=["bpom"]), False), ({}, None)],
    "listing.certificates: {empty: true}": [(listing(certificates=[]), True), (listing(certificates=["SNI"]), False), ({}, None)],
    "conflicts: local_seller_ships_from_abroad": [(origin(None, "CN"), True), (origin(None, "ID"), False), ({}, None)],
    "conflicts: {empty: true}": [
        (origin("ID", "ID") | seller(country="ID"), True), (origin("ID", "CN"), False), ({}, None),
    ],
    # inferred, never mixed with what is declared
    "inferred.seller_type: cross_border": [(origin(None, "CN"), True), ({}, False)],
    "inferred.country: CN": [(origin("ID", "CN"), True), (origin("ID", "ID"), False), ({}, None)],
    "{seller.type: local, inferred.seller_type: cross_border}": [(origin(None, "CN"), True), ({}, False)],
    # groups
    "all: [{origin.country: CN}, {listing.hs_code: {prefix: '62'}}]": [
        (origin("CN") | listing(hs_code="6204"), True), (origin("ID"), False), (origin("CN"), None), ({}, None),
    ],
    "any: [{origin.country: CN}, {listing.hs_code: {prefix: '62'}}]": [
        (origin("CN"), True), (listing(hs_code="62"), True), (origin("ID") | listing(hs_code="85"), False), (origin("ID"), None), ({}, None),
    ],
    "none: [{origin.country: CN}, {listing.hs_code: {prefix: '62'}}]": [
        (origin("CN"), False), (origin("ID") | listing(hs_code="85"), True), (origin("ID"), None),
    ],
    "{any: [{origin.country: CN}, {none: [{seller.type: local}, {listing.condition: used}]}], market: ID}": [
        (origin("CN"), True), (origin("ID"), False), (origin("ID") | seller(type="cross_border"), None),
        (origin("ID") | seller(type="cross_border") | listing(condition="new"), True),
    ],
    "always": [({}, True)],
}  # fmt: skip


def truth(when, said, scored=FASHION, head=HEAD, tables=LISTS):
    """Ask a condition and its negation of one event: True, False, or None where neither matches."""
    asked = when if when == "always" or when.startswith("{") else f"{{{when}}}"
    plain, negated = rule(asked, "review", "yes"), rule(f"{{none: [{asked}]}}", "review", "no")
    found = fired(ruling(policies(policy(plain + negated, head), tables=tables), event(**said), scored))
    assert len(found) < 2, "a condition and its negation both match"
    return {"yes": True, "no": False}[found[0]] if found else None


@pytest.mark.parametrize(("when", "said", "expected"), [(when, *row) for when, rows in TABLE.items() for row in rows])
def test_condition(when, said, expected):
    """A rule matches only when its condition is true; where the event does not say, neither it nor its negation matches."""
    assert truth(when, said) is expected


SCORES = [
    ("score_in: {clusters: [textile_fashion, craft], gte: 0.8}", {"textile_fashion": 0.5, "craft": 0.3}, True),
    ("score_in: {clusters: [textile_fashion, craft], gte: 0.8}", {"textile_fashion": 0.5, "craft": 0.2999}, False),
    ("score_in: {clusters: [textile_fashion, craft], gt: 0.8}", {"textile_fashion": 0.5, "craft": 0.3}, False),
    ("score_in: {clusters: other, lt: 0.05}", {"other": 0.0499}, True),
    ("score_in: {clusters: other, lte: 0.05}", {"other": 0.05}, True),
    ("score_in: {clusters: [craft, craft], gte: 0.5}", {"craft": 0.4}, False),
    ("score_in: {clusters: craft, gte: 0.2, lt: 0.5}", {"craft": 0.5}, False),
    ("cluster: craft", {"craft": 0.6, "other": 0.4}, True),
    ("cluster: [craft, culinary]", {"other": 1}, False),
    ("cluster: {not: [craft, culinary]}", {"other": 1}, True),
]


@pytest.mark.parametrize(("when", "scores", "expected"), SCORES)
def test_scores(when, scores, expected):
    """Scores are summed and compared exactly, to four places; a cluster named twice counts once."""
    assert truth(when, {}, classified(scores)) is expected


@pytest.mark.parametrize("abstained", [True, False])
def test_abstained(abstained):
    """`abstained` is what the classification says, and changes nothing of `cluster`."""
    scored = classified({"craft": 0.6, "other": 0.4}, abstained=abstained)
    assert truth("abstained: true", {}, scored) is abstained
    assert truth("{abstained: false, cluster: craft}", {}, scored) is not abstained


EXCEPT = policy(rule("{seller.type: cross_border}", more="except: {listing.certificates: halal}"))
CAREFUL = policy(
    rule(
        "{seller.type: cross_border}",
        more="except: {all: [{listing.certificates: {present: true}}, {listing.certificates: halal}]}",
    )
)


@pytest.mark.parametrize(
    ("text", "certificates", "decision"),
    [
        (EXCEPT, ["halal"], "allow"),
        (EXCEPT, [], "block"),
        (EXCEPT, None, "allow"),
        (CAREFUL, ["halal"], "allow"),
        (CAREFUL, [], "block"),
        (CAREFUL, None, "block"),
    ],
)
def test_exceptions(text, certificates, decision):
    """An exception that is unknown leaves the rule unknown; one that asks for presence first does not."""
    said = event(listing={"certificates": certificates}, seller={"type": "cross_border"})
    assert ruling(policies(text), said).decision == decision
