"""Ten policies of twenty rules, and events with classifications: what the cost of deciding is measured on.

The same numbers give the same policies, events and scores; it refuses to know how long anything takes.
"""

import random

import numpy as np

from stream.contract.classification import Classifications
from stream.contract.event import ListingEvent
from stream.contract.instant import parse_instant
from stream.contract.read import event_of
from stream.decide.load import read_policies
from stream.decide.policy import PolicySet
from stream.decide.policy_reader import Document, Table

CLUSTERS = ("craft", "culinary", "other", "textile_fashion")
COUNTRIES = ("CN", "ID", "JP", "KR", "MY", "SG", "TH", "US", "VN", None)
CATEGORIES = ("Fashion > Muslim", "Fashion > Batik", "Food", "Home > Craft > Rattan", "Electronics")
CODES = ("04", "0901", "4602", "6204.42", "6911.10", "85", "8517.13.00")
RATES = "date,currency,rate\n2021-08-03,USD,14345.00\n2021-08-03,SGD,10612.55\n"
AS_OF = parse_instant("2021-08-03T09:00:00+07:00")


def _condition(chance: random.Random, at: int) -> str:
    """One of the shapes that real rules have, on other values for every rule."""
    clusters = ", ".join(chance.sample(CLUSTERS[:2] + CLUSTERS[3:], 2))
    country, code, path = chance.choice(COUNTRIES[:-1]), chance.choice(CODES), chance.choice(CATEGORIES)
    share, dollars, content = chance.randint(50, 95) / 100, chance.randint(1, 200), chance.randint(5, 60)
    return (
        f"{{seller.type: cross_border, score_in: {{clusters: [{clusters}], gte: {share}}}, origin.country: {country}}}",
        f"{{seller.type: cross_border, abstained: true, origin.country: {country}, listing.condition: used}}",
        f"{{listing.price: {{lt: {dollars} USD}}, origin.ship_from: {country}, listing.hs_code: {{prefix: '{code}'}}}}",
        f"{{listing.hs_code: {{prefix: '{code}'}}, seller.type: cross_border, seller.country: {country}}}",
        f"{{listing.category_path: {{prefix: {path}}}, listing.condition: used, inferred.country: {country}}}",
        f"{{origin.country: {country}, cluster: [{clusters}], listing.tkdn.with_bmp: {{lt: {content}}}}}",
        f"{{any: [{{origin.country: {country}}}, {{listing.price: {{lt: {dollars} SGD}}}}], cluster: craft, "
        "abstained: true}",
        f"{{conflicts: {{empty: false}}, listing.category_path: {path}, seller.country: {country}}}",
    )[at % 8]


def policy_text(number: int, rules: int = 20) -> str:
    """Give one policy; every fifth rule decides, and those come last, so that nearly all rules are asked."""
    chance = random.Random(number)
    lines = [
        f"policy: p{number}", "version: 1", "market: ID", "timezone: Asia/Jakarta",
        "rates: {bi: {file: bi.csv, base: IDR, basis: middle}}",
        "phases:", "  - id: '2021'", "    effective: 2021-01-01", "    citation: none", "    rules:",
    ]  # fmt: skip
    for at in range(rules):
        then = "block" if at >= rules * 4 // 5 else ("review", f"{{advice: a{at}}}", "{evidence: coo}")[at % 3]
        lines += [f"      - id: r{at}", f"        when: {_condition(chance, at + number)}", f"        then: {then}"]
    return "\n".join(lines)


def ten_policies() -> PolicySet:
    """Give the policies, read and checked."""
    documents = [Document(f"p{n}.yaml", policy_text(n), lambda name: Table(name, RATES)) for n in range(10)]
    policies, problems = read_policies(documents, CLUSTERS)
    assert not problems, "\n".join(map(str, problems))
    return policies


def listing_events(count: int, seed: int = 1) -> list[ListingEvent]:
    """Give events as a marketplace has them: nearly all local, mixed countries, prices that hardly repeat."""
    chance = random.Random(seed)
    return [_event(chance, number) for number in range(count)]


def _event(chance: random.Random, number: int) -> ListingEvent:
    foreign = chance.random() < 0.3
    country, home = chance.choice(COUNTRIES), None if chance.random() < 0.2 else "ID"
    listing = {
        "id": f"L-{number}",
        "title": f"Barang {number}",
        "category_path": chance.choice(CATEGORIES).split(" > "),
        "price": {"amount": f"{chance.randint(1, 5_000_000)}.{chance.randint(0, 99):02}", "currency": "IDR"},
        "condition": chance.choice(("new", "used", None)),
        "hs_code": chance.choice((*CODES, None)),
        "tkdn": chance.choice((None, {"tkdn": chance.randint(0, 1000) / 10, "bmp": chance.randint(0, 150) / 10})),
    }
    seller = {
        "id": f"S-{number}",
        "type": "cross_border" if foreign else "local",
        "country": country if foreign else home,
    }
    return event_of(
        {
            "schema": "keran.listing/1", "event_id": f"E-{number}", "event_type": "listing.updated",
            "occurred_at": "2021-08-03T09:00:00+07:00", "market": "ID", "listing": listing, "seller": seller,
            "origin": {"country": country, "ship_from": country if foreign else home},
        }
    )  # fmt: skip


def classified(count: int, seed: int = 1) -> Classifications:
    """Give scores that sum to one, as a calibrated model's do."""
    shares = np.random.default_rng(seed).dirichlet([0.3] * len(CLUSTERS), count)
    scores = np.rint(shares * 10_000).astype(np.int32)
    return Classifications(CLUSTERS, scores, scores.argmax(1), scores.max(1) < 6000, "m")
