"""Listing events to measure with: a seed in, the records of a marketplace's bus out, the same ones every time.

Titles are composed from the project's own corpus, in the languages that a market's sellers write in; what else an event
says varies as it does where sellers fill in forms. It knows nothing of Kafka or of who reads the events.
"""

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from training.entries import read_entries
from training.rows import Row
from training.titles import write_titles

# Round design's example record, 531 bytes; the few that are longer or shorter are drawn anew.
BYTES_AT_LEAST, BYTES_AT_MOST = 400, 700
# Real shops' titles are 55 bytes long on average, what the corpus's patterns give is 38. So many name a second product
# of the same language as it takes to come out alike.
NAMES_A_SECOND = 0.45

# One bus for a region: most listings are offered in Indonesia, the market that has a policy.
MARKETS = {"ID": 80, "MY": 6, "VN": 6, "TH": 5, "SG": 3}
LANGUAGES = {
    "ID": {"id": 76, "en": 16, "zh": 8},
    "MY": {"ms": 65, "en": 30, "zh": 5},
    "VN": {"vi": 90, "en": 10},
    "TH": {"th": 90, "en": 10},
    "SG": {"en": 70, "zh": 30},
}
CURRENCIES = {"ID": "IDR", "MY": "MYR", "VN": "VND", "TH": "THB", "SG": "SGD"}
ABROAD = {"CN": 70, "HK": 6, "KR": 8, "JP": 6, "TW": 4, "IN": 6}
CROSS_BORDER = 0.6
SHELVES = {
    "textile_fashion": "Fashion",
    "culinary": "Food & Beverages",
    "craft": "Home & Living",
    "other": "Everything Else",
}
COLOURS = ("hitam", "putih", "merah", "navy", "cream", "random")
_BEGIN = datetime(2021, 8, 3, 2, 0, tzinfo=UTC)


class Event(NamedTuple):
    """A record to produce, and the id that its decision will name."""

    event_id: str
    key: bytes
    value: bytes


def write_events(count: int, seed: int = 1) -> list[Event]:
    """Give `count` events, each of a listing of its own, from 400 to 700 bytes long."""
    chance = random.Random(seed)
    titles = _by_language(write_titles(read_entries(), dressed=2, seed=seed))
    return [_event_of_size(number, titles, chance) for number in range(count)]


def _by_language(titles: Sequence[Row]) -> Mapping[str, list[Row]]:
    # The first of three is the bare entry, which is what no seller writes.
    dressed = defaultdict(list)
    for number, title in enumerate(titles):
        if number % 3:
            dressed[title.language].append(title)
    return dressed


def _event_of_size(number: int, titles: Mapping[str, list[Row]], chance: random.Random) -> Event:
    while True:
        event = _event(number, titles, chance)
        value = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        if BYTES_AT_LEAST <= len(value) <= BYTES_AT_MOST:
            return Event(event["event_id"], event["listing"]["id"].encode(), value)


def _event(number: int, titles: Mapping[str, list[Row]], chance: random.Random) -> dict[str, Any]:
    market = _weighted(MARKETS, chance)
    first, second = chance.choices(titles[_weighted(LANGUAGES[market], chance)], k=2)
    title = f"{first.text} {second.text}" if chance.random() < NAMES_A_SECOND else first.text
    cross_border = chance.random() < CROSS_BORDER
    abroad = _weighted(ABROAD, chance)
    country = abroad if cross_border or chance.random() < 0.25 else market
    return {
        "schema": "keran.listing/1",
        "event_id": f"01JD{number:022d}",
        "event_type": chance.choice(("listing.created", "listing.updated")),
        "occurred_at": (_BEGIN + timedelta(milliseconds=40 * number)).isoformat(timespec="milliseconds"),
        "market": market,
        "listing": _listing(number, title, first, market, chance),
        "origin": {"country": country, "ship_from": abroad if cross_border else market},
        "seller": {
            "id": f"S-{chance.randrange(20_000)}",
            "type": "cross_border" if cross_border else "local",
            "country": abroad if cross_border else market,
            "attributes": {},
        },
    }


def _listing(number: int, title: str, product: Row, market: str, chance: random.Random) -> dict[str, Any]:
    listing = {
        "id": f"L-{number}",
        "revision": chance.randrange(1, 40),
        "title": title,
        "description": None,
        "category_path": [SHELVES[product.cluster], *product.source.rsplit("/", 1)[1].split("_")[:2]],
        "attributes": dict(_attributes(chance)),
        "price": {"amount": str(chance.randrange(5, 2_000) * 500), "currency": CURRENCIES[market]},
        "condition": "new" if chance.random() < 0.95 else "used",
    }
    if chance.random() < 0.6:
        listing["hs_code"] = f"{chance.randrange(1, 98):02d}{chance.randrange(1, 30):02d}.{chance.randrange(10, 99)}"
    if chance.random() < 0.3:
        listing["tkdn"] = {"tkdn": round(chance.uniform(5, 90), 1), "bmp": round(chance.uniform(0, 15), 1)}
    return listing | {"certificates": chance.choice(([], [], ["halal"], ["SNI"]))}


def _attributes(chance: random.Random) -> Iterator[tuple[str, Any]]:
    if chance.random() < 0.4:
        yield "color", chance.choice(COLOURS)
    if chance.random() < 0.3:
        yield "weight_g", chance.randrange(20, 5_000)


def _weighted(choices: Mapping[str, int], chance: random.Random) -> str:
    return chance.choices(list(choices), list(choices.values()))[0]
