"""Origin signals: what the event declares of seller and goods in, what follows and where it contradicts itself out.

The same signals in the same market always give the same origin. It refuses to know policies: what is inferred here
decides only where a rule names it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from stream.decide.countries import COUNTRIES, country_of
from stream.decide.title_cues import ABROAD, LONG_WAIT
from stream.decide.truth import Truth, every, opposite, some


class Signals(NamedTuple):
    """What one event declares, as written, and what its title lets on of where the goods are sent from."""

    seller_type: str
    seller_country: str | None
    country: str | None
    ship_from: str | None
    title_cue: str | None = None


# The one contradiction that policies find, each by a table of its own, and not this module.
PRICED = "priced_far_below_local"
_SENT_OR_REGISTERED = ("ship_from", "seller_country", "title")
# Every contradiction that is looked for: its name in decisions and conditions, and what it means.
CONFLICTS = {
    "local_seller_ships_from_abroad": "the seller is registered as local and the goods are sent from another country",
    "local_seller_registered_abroad": "the seller's type is local and the seller's country is another one",
    "cross_border_seller_registered_here": "the seller's type is cross-border and the seller's country is the market",
    "local_seller_title_says_abroad": "the seller's type is local and the title says that goods are sent from abroad",
    "local_seller_title_says_long_wait": "the seller's type is local and the title tells of a wait of ten days or more",
    "local_goods_ship_from_abroad": "the goods are declared to come from the market and are sent from abroad",
    PRICED: "the seller's type is local and the price is far below what a policy's table says of local goods",
}


@dataclass(frozen=True)
class Origin:
    """The origin of one listing: as declared, as inferred, and its conflicts; `open_conflicts` cannot be told.

    `title_cue` is `abroad`, `long_wait` or None: the title's cue as this market sees it.
    """

    declared: Signals
    seller_type: str
    country: str | None
    title_cue: str | None
    conflicts: tuple[str, ...]
    open_conflicts: tuple[str, ...]

    @cached_property
    def view(self) -> dict[str, Any]:
        """The origin as decisions show it."""
        return {
            "declared": {"seller_type": self.declared.seller_type, "country": self.declared.country},
            "inferred": {"seller_type": self.seller_type, "country": self.country},
            "conflicts": list(self.conflicts),
        }


def infer_origin(signals: Signals, market: str) -> Origin:
    """Infer who sells and where the goods come from; in a market that is no country nothing is here or abroad.

    Seller: cross-border where the event says so, where the goods are sent or the seller is registered abroad, or where
    the title says that they are sent from abroad. Goods: declared origin abroad, else sent from abroad, else the
    country abroad that the title names, else here where either says here, else the seller's country.

    >>> origin = infer_origin(Signals("local", "ID", "ID", "CN"), "ID")
    >>> origin.seller_type, origin.country, origin.conflicts
    ('cross_border', 'CN', ('local_seller_ships_from_abroad', 'local_goods_ship_from_abroad'))
    """
    abroad = _abroad(signals, market)
    truths = _conflicts(signals, abroad)
    return Origin(
        declared=signals,
        seller_type=_seller_type(signals, abroad),
        country=_country(signals, abroad),
        title_cue=ABROAD if abroad["title"] else LONG_WAIT if signals.title_cue == LONG_WAIT else None,
        conflicts=tuple(name for name, truth in truths.items() if truth),
        open_conflicts=tuple(name for name, truth in truths.items() if truth is None),
    )


def _abroad(signals: Signals, market: str) -> dict[str, Truth]:
    """Tell for each place the event names whether it is another country than the market."""

    def tell(text: str | None) -> Truth:
        code = country_of(text)
        return None if code is None or market not in COUNTRIES else code != market

    told = {name: tell(getattr(signals, name)) for name in ("seller_country", "country", "ship_from")}
    return told | {"title": _title_says_abroad(signals.title_cue, tell)}


def _title_says_abroad(cue: str | None, tell: Callable[[str | None], Truth]) -> Truth:
    """A title that says nothing of it is known to say nothing."""
    return False if cue in (None, LONG_WAIT) else True if cue == ABROAD else tell(cue)


def _conflicts(signals: Signals, abroad: dict[str, Truth]) -> dict[str, Truth]:
    local = signals.seller_type == "local"
    return {
        "local_seller_ships_from_abroad": every([local, abroad["ship_from"]]),
        "local_seller_registered_abroad": every([local, abroad["seller_country"]]),
        "cross_border_seller_registered_here": every([not local, opposite(abroad["seller_country"])]),
        "local_seller_title_says_abroad": every([local, abroad["title"]]),
        "local_seller_title_says_long_wait": local and signals.title_cue == LONG_WAIT,
        "local_goods_ship_from_abroad": every([opposite(abroad["country"]), abroad["ship_from"]]),
    }


def _seller_type(signals: Signals, abroad: dict[str, Truth]) -> str:
    foreign = some([signals.seller_type == "cross_border", *(abroad[name] for name in _SENT_OR_REGISTERED)])
    return "cross_border" if foreign else "local"


def _country(signals: Signals, abroad: dict[str, Truth]) -> str | None:
    """The first known of: goods from abroad, sent from abroad, by the title too, their word for here, the seller's."""
    declared, sent, seller = (country_of(text) for text in (signals.country, signals.ship_from, signals.seller_country))
    if abroad["country"] or abroad["ship_from"]:
        return declared if abroad["country"] else sent
    if abroad["title"] and signals.title_cue != ABROAD:
        return signals.title_cue
    return declared or sent or seller
