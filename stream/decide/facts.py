"""The facts a rule can ask for: the one table that conditions, checks and docs/policy.md share.

A fact has a name, a kind (which values it takes and what can be asked of it) and a reading: how a batch yields one
key an event, and how a key gives the fact's value, None where the event does not say. It refuses to know policies.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from typing import Any, get_args

import numpy as np

from stream.contract import fields
from stream.contract.alike import alike_numbers
from stream.contract.listing import ListingEventModel, Seller
from stream.decide.asks import Found
from stream.decide.batches import Batch, Few, few_of
from stream.decide.countries import country_of
from stream.decide.kinds import (
    CHOICE,
    CLUSTER,
    CODE,
    CONFLICT,
    COUNTRY,
    FLAG,
    IDENTIFIER,
    MONEY,
    NUMBER,
    PATH,
    SET,
    TEXT,
    TIME,
    Kind,
    code_of,
    path_of,
    set_of,
    text_of,
)
from stream.decide.money import Money, units_of
from stream.decide.origin import CONFLICTS, Origin
from stream.decide.title_cues import ABROAD, LONG_WAIT, cues_said


class Keys(Enum):
    """What a reading's keys are like, and so how answers are looked up."""

    REPEATING = "few and hashable: answers are remembered"
    NUMBERS = "numbers or None: answers change at points"
    REPEATING_NUMBERS = "the same, and few: answers are remembered as well"
    WHOLE = "an array of whole numbers"
    PRICES = "amount and currency as written, or None"
    SIGNALS = "what becomes an Origin before a fact reads it"


@dataclass(frozen=True, slots=True)
class Reading:
    """One key an event; a `late` one costs so much that it is read only of events that it can still matter for.

    `fields` are those that a key follows from, where it follows from some alone.
    """

    name: str
    keys: Callable[[Batch], Any]
    like: Keys = Keys.REPEATING
    late: bool = False
    fields: tuple[int, ...] = ()

    def few(self, batch: Batch) -> Few:
        """Give the keys each once: events that say the same byte for byte are read once."""
        if not self.fields:
            return few_of(self.keys(batch))
        codes, firsts = batch.events.alike(self.fields)
        return Few(codes, self.keys(batch if len(firsts) == len(codes) else batch.rows(firsts)))


@dataclass(frozen=True, slots=True)
class Fact:
    """Something an event, its classification or its origin says."""

    name: str
    kind: Kind
    reading: Reading
    value: Callable[[Any], Any]
    says: str
    choices: tuple[str, ...] = ()


def _same(key: Any) -> Any:
    return key


def _column(name: str, field: int, like: Keys = Keys.REPEATING, late: bool = False) -> Reading:
    return Reading(name, lambda batch: batch.column(field), like, late, (field,))


def _numbers(name: str, field: int) -> Reading:
    return Reading(name, lambda batch: batch.numbers(field), Keys.REPEATING_NUMBERS, fields=(field,))


def _paths(batch: Batch) -> list[tuple[str, ...] | None]:
    return [None if path is None else tuple(path) for path in batch.column(fields.CATEGORY_PATH)]


def _certificates(batch: Batch) -> list[frozenset[str] | None]:
    return [None if held is None else frozenset(held) for held in batch.column(fields.CERTIFICATES)]


def _prices(batch: Batch) -> list[tuple[str, str] | None]:
    prices = zip(batch.column(fields.AMOUNT), batch.column(fields.CURRENCY), strict=True)
    return [None if price[0] is None else price for price in prices]


_DECLARED = (fields.SELLER_TYPE, fields.SELLER_COUNTRY, fields.COUNTRY, fields.SHIP_FROM)


@dataclass(frozen=True, slots=True)
class _Coded(Reading):
    """A reading that numbers its keys itself."""

    coded: Callable[[Batch], Few] = lambda batch: few_of(())

    def few(self, batch: Batch) -> Few:
        return self.coded(batch)


def _signals(batch: Batch) -> Few:
    found = cues_said(batch.events)
    cues = list(dict.fromkeys([None, *found.values()]))
    said = np.zeros((len(batch.events), 2), np.int64)
    said[:, 0] = batch.events.alike(_DECLARED).codes
    said[list(found), 1] = list(map(cues.index, found.values()))
    codes, firsts = alike_numbers(said)
    declared = map(batch.rows(firsts).column, _DECLARED)
    return Few(codes, list(zip(*declared, map(cues.__getitem__, said[firsts, 1].tolist()), strict=True)))


def _classified(batch: Batch) -> Few:
    held = batch.classifications
    pairs = [(cluster, abstained) for cluster in held.clusters for abstained in (False, True)]
    return Few(held.likeliest * 2 + held.abstained, pairs)


def _with_bmp(batch: Batch) -> list[float | None]:
    """Add to nine places, so that 12.1 and 27.9 make 40 and not a hair less."""
    pairs = zip(batch.numbers(fields.TKDN), batch.numbers(fields.BMP), strict=True)
    return [None if tkdn is None or bmp is None else _nine_places(tkdn + bmp) for tkdn, bmp in pairs]


@lru_cache(1 << 14)
def _nine_places(number: float) -> float:
    return round(number, 9)


def _numbering(name: str, coded: Callable[[Batch], Few], like: Keys = Keys.REPEATING) -> Reading:
    return _Coded(name, lambda batch: _each(coded(batch)), like, coded=coded)


def _each(few: Few) -> list[Any]:
    return list(map(few.keys.__getitem__, few.codes.tolist()))


PRICE = Reading("price", _prices, Keys.PRICES, late=True)
SIGNALS = _numbering("signals", _signals, Keys.SIGNALS)
_CLASSIFIED = _numbering("classified", _classified)
_EVENT = {
    "market": _column("market", fields.MARKET),
    "event_type": _column("event_type", fields.EVENT_TYPE),
    "occurred_at": Reading("occurred_at", lambda batch: batch.events.micros.tolist(), Keys.NUMBERS),
}
_LISTING = {
    "id": _column("id", fields.LISTING_ID),
    "revision": _column("revision", fields.REVISION, Keys.NUMBERS),
    "title": _column("title", fields.TITLE, late=True),
    "description": _column("description", fields.DESCRIPTION, late=True),
    "category_path": Reading("category_path", _paths, late=True),
    "condition": _column("condition", fields.CONDITION),
    "hs_code": _column("hs_code", fields.HS_CODE),
    "tkdn": _numbers("tkdn", fields.TKDN),
    "bmp": _numbers("bmp", fields.BMP),
    "with_bmp": Reading("with_bmp", _with_bmp, Keys.REPEATING_NUMBERS, fields=(fields.TKDN, fields.BMP)),
    "certificates": Reading("certificates", _certificates, late=True),
}
_SELLER_ID = _column("seller_id", fields.SELLER_ID)


def money_of(key: tuple[str, str] | Money | None) -> Money | None:
    return key if key is None or isinstance(key, Money) else Money(units_of(key[0]), key[1])


def _conflicts(origin: Origin) -> Found:
    return Found(frozenset(origin.conflicts), frozenset(origin.open_conflicts))


_SELLER_TYPES = get_args(Seller.model_fields["type"].annotation)
_EVENT_TYPES = get_args(ListingEventModel.model_fields["event_type"].annotation)

_FACTS = (
    Fact("market", IDENTIFIER, _EVENT["market"], _same, "where it is offered"),
    Fact("event_type", CHOICE, _EVENT["event_type"], _same, "what happened to it", _EVENT_TYPES),
    Fact("occurred_at", TIME, _EVENT["occurred_at"], _same, "when it happened"),
    Fact("listing.id", IDENTIFIER, _LISTING["id"], _same, "the listing's id"),
    Fact("listing.revision", NUMBER, _LISTING["revision"], _same, "the listing's revision"),
    Fact("listing.title", TEXT, _LISTING["title"], text_of, "its title"),
    Fact("listing.description", TEXT, _LISTING["description"], text_of, "its description"),
    Fact("listing.category_path", PATH, _LISTING["category_path"], path_of, "the marketplace's own category"),
    Fact("listing.price", MONEY, PRICE, money_of, "what it costs"),
    Fact("listing.condition", TEXT, _LISTING["condition"], text_of, "`new`, `used` or what the event says"),
    Fact("listing.hs_code", CODE, _LISTING["hs_code"], code_of, "its customs code"),
    Fact("listing.tkdn.tkdn", NUMBER, _LISTING["tkdn"], _same, "certified local content in percent"),
    Fact("listing.tkdn.bmp", NUMBER, _LISTING["bmp"], _same, "company benefit weight in percent"),
    Fact("listing.tkdn.with_bmp", NUMBER, _LISTING["with_bmp"], _same, "both added; unknown where either is"),
    Fact("listing.certificates", SET, _LISTING["certificates"], set_of, "the certificates it names"),
    Fact("seller.id", IDENTIFIER, _SELLER_ID, _same, "the seller's id"),
    Fact("seller.type", CHOICE, SIGNALS, lambda o: o.declared.seller_type, "the seller's type", _SELLER_TYPES),
    Fact("seller.country", COUNTRY, SIGNALS, lambda o: country_of(o.declared.seller_country), "the seller's country"),
    Fact(
        "origin.country",
        COUNTRY,
        SIGNALS,
        lambda o: country_of(o.declared.country),
        "where the goods come from",
    ),
    Fact(
        "origin.ship_from",
        COUNTRY,
        SIGNALS,
        lambda o: country_of(o.declared.ship_from),
        "where they are sent from",
    ),
    Fact("inferred.seller_type", CHOICE, SIGNALS, lambda o: o.seller_type, "inferred from all signals", _SELLER_TYPES),
    Fact(
        "inferred.country",
        COUNTRY,
        SIGNALS,
        lambda o: o.country,
        "the goods' country, inferred from all signals",
    ),
    Fact("title_cue", CHOICE, SIGNALS, lambda o: o.title_cue, "what its title lets on", (ABROAD, LONG_WAIT)),
    Fact("conflicts", CONFLICT, SIGNALS, _conflicts, "contradictions between the signals", tuple(CONFLICTS)),
    Fact("cluster", CLUSTER, _CLASSIFIED, lambda pair: pair[0], "the likeliest cluster"),
    Fact("abstained", FLAG, _CLASSIFIED, lambda pair: pair[1], "whether the model is in doubt"),
)
FACTS: dict[str, Fact] = {fact.name: fact for fact in _FACTS}


def summed_score(clusters: Sequence[str]) -> Fact:
    """Give the fact that `score_in` asks for: the sum of some clusters' scores, in ten-thousandths."""
    return _summed_score(tuple(sorted(set(clusters))))


@cache
def _summed_score(names: tuple[str, ...]) -> Fact:

    def keys(batch: Batch) -> Any:
        held = batch.classifications
        return held.scores[:, [held.clusters.index(name) for name in names]].sum(axis=1)

    return Fact("score_in", NUMBER, Reading(f"score:{','.join(names)}", keys, Keys.WHOLE), _same, "summed scores")
