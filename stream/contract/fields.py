"""The fields of `keran.listing/1` as a scan knows them: their numbers, where they stand, and what may stand there.

The pydantic models in `listing.py` are the truth; this is the part of it that can be told from the bytes alone, as
arrays for `plain_json.py` to look up. It refuses to know how JSON is scanned.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# The record itself is a field like those within it.
RECORD, SCHEMA, EVENT_ID, EVENT_TYPE, OCCURRED_AT, MARKET, LISTING, ORIGIN, SELLER = range(9)
LISTING_ID, REVISION, TITLE, DESCRIPTION, CATEGORY_PATH, ATTRIBUTES, PRICE = range(9, 16)
CONDITION, HS_CODE, LOCAL_CONTENT, CERTIFICATES, AMOUNT, CURRENCY, TKDN, BMP = range(16, 24)
COUNTRY, SHIP_FROM, SELLER_ID, SELLER_TYPE, SELLER_COUNTRY, SELLER_ATTRIBUTES = range(24, 30)
FIELDS = 30
# What stands in a list of texts, and whatever has no meaning here.
ELEMENT, ELSEWHERE = FIELDS, FIELDS + 1

# What a value is, as bits.
TEXT, NUMBER, NULL, OBJECT, ARRAY, FLAG = (1 << kind for kind in range(6))


class Field(NamedTuple):
    """A field: the object that it stands in, its name there, and what its value may be."""

    owner: int
    name: str
    allowed: int


_OPTIONAL_TEXT, _OPTIONAL_NUMBER, _OPTIONAL_OBJECT, _OPTIONAL_TEXTS = (
    kind | NULL for kind in (TEXT, NUMBER, OBJECT, ARRAY)
)
_FIELDS = {
    SCHEMA: Field(RECORD, "schema", TEXT),
    EVENT_ID: Field(RECORD, "event_id", TEXT),
    EVENT_TYPE: Field(RECORD, "event_type", TEXT),
    OCCURRED_AT: Field(RECORD, "occurred_at", TEXT),
    MARKET: Field(RECORD, "market", TEXT),
    LISTING: Field(RECORD, "listing", OBJECT),
    ORIGIN: Field(RECORD, "origin", _OPTIONAL_OBJECT),
    SELLER: Field(RECORD, "seller", OBJECT),
    LISTING_ID: Field(LISTING, "id", TEXT),
    REVISION: Field(LISTING, "revision", _OPTIONAL_NUMBER),
    TITLE: Field(LISTING, "title", TEXT),
    DESCRIPTION: Field(LISTING, "description", _OPTIONAL_TEXT),
    CATEGORY_PATH: Field(LISTING, "category_path", _OPTIONAL_TEXTS),
    ATTRIBUTES: Field(LISTING, "attributes", _OPTIONAL_OBJECT),
    PRICE: Field(LISTING, "price", _OPTIONAL_OBJECT),
    CONDITION: Field(LISTING, "condition", _OPTIONAL_TEXT),
    HS_CODE: Field(LISTING, "hs_code", _OPTIONAL_TEXT),
    LOCAL_CONTENT: Field(LISTING, "tkdn", _OPTIONAL_OBJECT),
    CERTIFICATES: Field(LISTING, "certificates", _OPTIONAL_TEXTS),
    AMOUNT: Field(PRICE, "amount", TEXT),
    CURRENCY: Field(PRICE, "currency", TEXT),
    TKDN: Field(LOCAL_CONTENT, "tkdn", _OPTIONAL_NUMBER),
    BMP: Field(LOCAL_CONTENT, "bmp", _OPTIONAL_NUMBER),
    COUNTRY: Field(ORIGIN, "country", _OPTIONAL_TEXT),
    SHIP_FROM: Field(ORIGIN, "ship_from", _OPTIONAL_TEXT),
    SELLER_ID: Field(SELLER, "id", TEXT),
    SELLER_TYPE: Field(SELLER, "type", TEXT),
    SELLER_COUNTRY: Field(SELLER, "country", _OPTIONAL_TEXT),
    SELLER_ATTRIBUTES: Field(SELLER, "attributes", _OPTIONAL_OBJECT),
}
# What an enumeration may say is looked up as names are, with the field for the object.
_CHOICES = {
    SCHEMA: ("keran.listing/1",),
    EVENT_TYPE: ("listing.created", "listing.updated"),
    SELLER_TYPE: ("local", "cross_border"),
}
_IN_RECORD = (SCHEMA, EVENT_ID, EVENT_TYPE, OCCURRED_AT, MARKET, LISTING, SELLER)
_REQUIRED = (*_IN_RECORD, LISTING_ID, TITLE, SELLER_ID, SELLER_TYPE)

# Sixteen bytes, two words, hold every name; those are looked up by a hash of both and the owner.
LONGEST_NAME = 16
SLOTS = 128
NO_NAME = 255
MIX = 0x9E3779B97F4A7C15
HASH_SHIFT = 64 - 7


class Table(NamedTuple):
    """`slots[h]` is where the names with hash h, or one below it, begin in `words` (two of a name, its bytes from the
    lowest on, and its owner) and `meanings`; `allowed[f]` are the kinds that field f may have; bit f of `bits[0]` says
    that it must be there, of `bits[1]` that it is a list of texts.
    """

    slots: NDArray[np.uint8]
    words: NDArray[np.uint64]
    meanings: NDArray[np.uint8]
    allowed: NDArray[np.uint8]
    bits: NDArray[np.uint64]


def _table() -> Table:
    named = [(field.owner, field.name, number) for number, field in _FIELDS.items()]
    named += [(owner, choice, owner) for owner, choices in _CHOICES.items() for choice in choices]
    words = [(*_words(name), owner) for owner, name, _ in named]
    slots = [NO_NAME] * SLOTS
    for place, row in enumerate(words):
        slot = hash_of(*row)
        while slots[slot] != NO_NAME:
            slot = (slot + 1) % SLOTS
        slots[slot] = place
    allowed = [OBJECT, *(_FIELDS[number].allowed for number in range(1, FIELDS)), TEXT, 255]
    texts = [number for number, field in _FIELDS.items() if field.allowed & ARRAY]
    bits = [sum(1 << number for number in numbers) for numbers in (_REQUIRED, texts)]
    meanings = [number for _, _, number in named]
    return Table(
        np.array(slots, np.uint8),
        np.array(words, np.uint64),
        np.array(meanings, np.uint8),
        np.array(allowed, np.uint8),
        np.array(bits, np.uint64),
    )


def _words(name: str) -> tuple[int, int]:
    padded = name.encode().ljust(LONGEST_NAME, b"\0")
    return int.from_bytes(padded[:8], "little"), int.from_bytes(padded[8:], "little")


def hash_of(low: int, high: int, owner: int) -> int:
    """Give the slot where a name is looked for first."""
    return ((low ^ high * MIX ^ owner) * MIX % 2**64) >> HASH_SHIFT


TABLE = _table()
