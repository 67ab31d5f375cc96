"""Records with every oddity of the contract, seeded: what a shop's bus holds once in a million, here in every thousand.

A seed and a count in; the same records every time out, offsets from 0. Ordinary listings, the contract's examples,
every refusal that has a test of its wording, and mutations of them by bytes, fields and keys.
"""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.events import write_events
from stream.contract.record import FileRecord
from stream.decide.currencies import CURRENCIES
from tests.conftest import event_with, value_with
from tests.contract.test_read import REFUSALS, raw_with

EXAMPLES = Path(__file__).parent / "contract/examples/keran.listing-1"
LONG = 512
TITLES = (
    "",
    " ",
    "\u0000",
    "بتيك",
    "テスト 着物",
    "𝔟𝔞𝔱𝔦𝔨",
    "b\u200bat\u200dik",
    "ﬁne tenun",
    "e\u0301mas" * 40,
    "batik " * 3_000,
    "🪴" * 99,
    '\\"\t',
)
IDS = ("x" * LONG, "ü" * LONG, "🪴" * LONG, " ", '"', "\\", "\n", "\u2028", "L-1")
NUMBERS = (0, -0.0, 1.5, 2**63 - 1, -(2**63), 2**64, 10**24, 1e308, 5e-324, 12345678901234.5)
TIMES = (
    "2021-08-03T09:00:00Z",
    "2021-08-03t09:00:00.5z",
    "2016-12-31T23:59:60Z",
    "0001-01-01T00:00:00+10:00",
    "9999-12-31T23:59:59.999999-23:59",
    "2021-08-02T23:59:59.999999999+07:00",
    "1969-12-31T23:59:59Z",
)
AMOUNTS = ("0", "0.000000000001", "9" * 24, "1" * 25, "", "-1", "1e3", "159000.50", "٣")
MARKETS = ("ID", "MY", "VN", "TH", "SG", "XX", "id", "")
Chance = random.Random


def odd_records(count: int, seed: int = 1) -> list[FileRecord]:
    """Give `count` records; about one in three is ordinary."""
    chance = random.Random(seed)
    ordinary = write_events(max(100, count // 50), seed)
    fixed = fixed_records()
    records = list(fixed)
    while len(records) < count:
        event = chance.choice(ordinary)
        make = chance.choice(KINDS)
        records.append(make(chance, FileRecord(event.value, event.key)))
    chance.shuffle(records)
    return [_placed(record, offset, chance) for offset, record in enumerate(records[:count])]


def fixed_records() -> list[FileRecord]:
    """Give the examples of the contract and every refusal, each once."""
    values = [file.read_bytes() for file in sorted(EXAMPLES.glob("*.json"))]
    values += [refusal[0] for refusal in REFUSALS.values()]
    values += [value_with(listing__price={"amount": "1", "currency": currency}) for currency in sorted(CURRENCIES)]
    values += [value_with(listing__title=title) for title in TITLES]
    values += [value_with(**{path: name}) for path in ("listing__id", "event_id", "seller__id") for name in IDS]
    values += [raw_with("x", b'"\\ud83d\\ude00\\u0000\\/"'), value_with()[:-1] + b', "market": "MY"}']
    keyed = [FileRecord(value_with(), key) for key in (b"L-1", b"L-2", b"", b"\xff")]
    keys = (None, b"", b"L-1", b"\xff\xfe", b"x" * LONG, b"x" * (LONG + 1), "ü".encode() * LONG)
    return [*map(FileRecord, values), *keyed, *(FileRecord(None, key) for key in keys)]


def _placed(record: FileRecord, offset: int, chance: Chance) -> FileRecord:
    return record._replace(topic=chance.choice(("listings", "listings.redecide")), partition=offset % 7, offset=offset)


def _as_it_is(chance: Chance, record: FileRecord) -> FileRecord:
    return record


def _no_key(chance: Chance, record: FileRecord) -> FileRecord:
    return record._replace(key=None)


def _foreign_key(chance: Chance, record: FileRecord) -> FileRecord:
    return record._replace(key=chance.choice((b"", b"\xff", b"L-1", (record.key or b"") + b" ")))


def _no_value(chance: Chance, record: FileRecord) -> FileRecord:
    return FileRecord(None, chance.choice((record.key, None, b"\xff\xfe", b"")))


def _one_byte(chance: Chance, record: FileRecord) -> FileRecord:
    value = bytearray(record.value or b"")
    value[chance.randrange(len(value))] = chance.randrange(256)
    return record._replace(value=bytes(value))


def _cut(chance: Chance, record: FileRecord) -> FileRecord:
    value = record.value or b""
    return record._replace(value=value[: chance.randrange(len(value))])


def _twice_said(chance: Chance, record: FileRecord) -> FileRecord:
    """A name that stands twice in an object: the last one counts, wherever the quick reader looks."""
    more = chance.choice(
        (b'"market":"SG"', b'"schema":"keran.listing/9"', b'"event_id":7', b'"origin":null', b'"seller":{}')
    )
    value = (record.value or b"").rstrip(b"}\n ")
    closing = len(record.value or b"") - len(value)
    return record._replace(value=value + b"}" * (closing - 1) + b"," + more + b"}")


def _spelt_out(chance: Chance, record: FileRecord) -> FileRecord:
    """The same event, every letter that can be as an escape, or with white space of all kinds."""
    event = json.loads(record.value or b"")
    if chance.random() < 0.5:
        return record._replace(
            value=json.dumps(event, ensure_ascii=True, indent=chance.choice((0, 1, "\t", "\r\n"))).encode()
        )
    title = "".join(f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else sign for sign in event["listing"]["title"])
    event["listing"]["title"] = "TITLE"
    return record._replace(value=json.dumps(event, ensure_ascii=False).replace("TITLE", title).encode())


def _one_field(chance: Chance, record: FileRecord) -> FileRecord:
    """A field with a value of any type, of any size, or without."""
    event = json.loads(record.value or b"")
    part = chance.choice((event, event["listing"], event["seller"], event.setdefault("origin", {})))
    name = chance.choice((*part, "unknown"))
    anything = (None, True, [], {}, "", "x" * LONG, "x" * (LONG + 1), ["a", 1], {"a": {"b": [None]}}, *NUMBERS)
    if chance.random() < 0.3:
        part.pop(name, None)
    else:
        part[name] = chance.choice(anything)
    return record._replace(value=_written(event))


def _odd_words(chance: Chance, record: FileRecord) -> FileRecord:
    """Values that are of the right type and rarely seen: keys no longer fit where ids change."""
    event = json.loads(record.value or b"")
    event["listing"] |= {
        "title": chance.choice((event["listing"]["title"], *TITLES)),
        "id": chance.choice((event["listing"]["id"], *IDS)),
        "revision": chance.choice((None, 0, 1, 2**63 - 1)),
        "price": {"amount": chance.choice(AMOUNTS), "currency": chance.choice((*sorted(CURRENCIES), "ABC", "IDR"))},
        "hs_code": chance.choice((None, "6204.42", "62", "", "６２０４", "not a code")),
        "tkdn": chance.choice((None, {}, {"tkdn": chance.choice(NUMBERS)}, {"tkdn": 40.0, "bmp": 15.0})),
        "attributes": {chance.choice(TITLES[:6]): chance.choice(NUMBERS)},
    }
    event["occurred_at"] = chance.choice((event["occurred_at"], *TIMES))
    event["market"] = chance.choice((event["market"], *MARKETS))
    event["seller"]["type"] = chance.choice(("local", "cross_border", "cross_border", "retail"))
    return FileRecord(_written(event), chance.choice((record.key, None)))


def _removed(chance: Chance, record: FileRecord) -> FileRecord:
    event = json.loads(record.value or b"") | {"event_type": "listing.removed"}
    for name in ("seller", "origin", chance.choice(("seller", "occurred_at", "event_id"))):
        event.pop(name, None)
    return record._replace(value=_written(event))


def _lone_surrogate(chance: Chance, record: FileRecord) -> FileRecord:
    place = chance.choice(("listing__title", "listing__id", "seller__id", "event_id"))
    text = json.dumps(event_with(**{place: "SIGN"}))
    return FileRecord(text.replace("SIGN", chance.choice(("\\ud800", "a\\udc00", "\\ud83d\\u0041"))).encode())


def _written(event: Any) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


KINDS: tuple[Callable[[Chance, FileRecord], FileRecord], ...] = (
    *(_as_it_is,) * 5,
    _no_key,
    _foreign_key,
    _no_value,
    _one_byte,
    _cut,
    _twice_said,
    _spelt_out,
    _one_field,
    *(_odd_words,) * 3,
    _removed,
    _lone_surrogate,
)
