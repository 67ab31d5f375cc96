"""Sample traffic: listing events from `listings.tsv` in a shuffled order that a seed decides, some removals and some
broken records.
"""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

LISTINGS = Path(__file__).with_name("listings.tsv")
# When the sample's events happen; the demo decides as of the live clock, so only their order matters.
_START = datetime(2021, 8, 3, 2, 0, tzinfo=UTC)
_BROKEN_ONE_IN, _REMOVED_ONE_IN = 25, 40


class Sample(NamedTuple):
    """A record to produce: `key` and `value` as Kafka takes them, and the title for people."""

    key: bytes | None
    value: bytes | None
    title: str


def traffic(count: int, seed: int = 3) -> Iterator[Sample]:
    """Give `count` records. The same seed gives the same records."""
    chance = random.Random(seed)
    rows = _rows()
    order = [chance.choice(rows) if i >= len(rows) else rows[i] for i in range(count)]
    chance.shuffle(order)
    for number, row in enumerate(order, 1):
        listing_id = f"L-{rows.index(row) + 1}"
        if number % _BROKEN_ONE_IN == 0:
            yield _broken(listing_id, _event(row, listing_id, number), chance)
        elif number % _REMOVED_ONE_IN == 0:
            yield Sample(listing_id.encode(), None, "(removed)")
        else:
            yield Sample(
                listing_id.encode(), json.dumps(_event(row, listing_id, number), ensure_ascii=False).encode(), row[0]
            )


def _event(row: list[str], listing_id: str, number: int) -> dict:
    title, seller_type, country, ship_from, price = row
    return {
        "schema": "keran.listing/1",
        "event_id": f"demo-{number:06d}",
        "event_type": "listing.updated",
        "occurred_at": (_START + timedelta(seconds=number)).isoformat(),
        "market": "ID",
        "listing": {
            "id": listing_id,
            "revision": number,
            "title": title,
            "price": {"amount": price, "currency": "IDR"},
        },
        "origin": {"country": country, "ship_from": ship_from},
        "seller": {
            "id": f"S-{int(listing_id[2:]) % 17}",
            "type": seller_type,
            "country": "ID" if seller_type == "local" else country,
        },
    }


def _broken(listing_id: str, event: dict, chance: random.Random) -> Sample:
    kind = chance.randrange(5)
    key = listing_id.encode()
    if kind == 0:
        return Sample(key, json.dumps(event).encode()[:-20], "(cut off)")
    if kind == 1:
        return Sample(key, json.dumps({**event, "occurred_at": "yesterday"}).encode(), "(no time)")
    if kind == 2:
        return Sample(
            key, json.dumps({**event, "listing": {"id": listing_id, "title": 7}}).encode(), "(title is a number)"
        )
    if kind == 3:
        return Sample(b"L-other", json.dumps(event).encode(), "(foreign key)")
    return Sample(key, b"\xff\xfe not text", "(not UTF-8)")


def _rows() -> list[list[str]]:
    lines = LISTINGS.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]
