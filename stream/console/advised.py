"""Who was advised to turn to local goods, and who did: decisions and listing events in, counts out.

Somebody took the advice where, after it, a new listing of theirs, or one that it was about, is declared to come from
its market, or states a local content (TKDN). Events may come in before the decisions that they follow: what counts are
their times. Whatever is forgotten, or was never read, makes the count too small and never too large.
"""

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

ADVICE = "tkdn"
SELLERS_KEPT, SHOWN_KEPT, LISTINGS_OF_A_SELLER = 100_000, 200_000, 20
CREATED = "listing.created"


class Goods(NamedTuple):
    """What a listing event shows of its goods."""

    seller: str
    listing: str
    event_type: str
    local: bool
    tkdn: bool


class Uptake(NamedTuple):
    """Sellers that were advised, and of them those who then showed goods of local origin, a TKDN, or either."""

    advised: int
    local: int
    tkdn: int
    either: int


class _Advice(NamedTuple):
    market: str
    at: int
    listings: tuple[str, ...]


class Advised:
    """What is remembered of sellers. One thread adds, any may ask; times are in milliseconds."""

    def __init__(self) -> None:
        self._advised: OrderedDict[str, _Advice] = OrderedDict()
        # By seller for new listings, by listing for changed ones: when local goods, and a TKDN, were last shown.
        self._shown: OrderedDict[tuple[str, str], tuple[int, int]] = OrderedDict()
        self._lock = Lock()

    def advise(self, seller: str, listing: str, market: str, at: int) -> None:
        """Take in that a decision about a seller's listing advises."""
        with self._lock:
            held = self._advised.get(seller, _Advice(market, at, ()))
            listings = held.listings
            if listing not in listings and len(listings) < LISTINGS_OF_A_SELLER:
                listings = (*listings, listing)
            self._advised[seller] = _Advice(held.market, min(held.at, at), listings)
            if len(self._advised) > SELLERS_KEPT:
                self._advised.popitem(last=False)

    def show(self, goods: Goods, at: int) -> None:
        """Take in an event; what shows neither changes nothing."""
        if not (goods.local or goods.tkdn):
            return
        key = ("seller", goods.seller) if goods.event_type == CREATED else ("listing", goods.listing)
        with self._lock:
            local, tkdn = self._shown.pop(key, (0, 0))
            self._shown[key] = (max(local, at * goods.local), max(tkdn, at * goods.tkdn))
            if len(self._shown) > SHOWN_KEPT:
                self._shown.popitem(last=False)

    def uptake(self, market: str) -> Uptake:
        """Give the counts of a market, of every one where it is empty."""
        with self._lock:
            found = [self._took(name, held) for name, held in self._advised.items() if market in ("", held.market)]
        return Uptake(
            len(found), sum(local for local, _ in found), sum(tkdn for _, tkdn in found), sum(map(any, found))
        )

    def _took(self, seller: str, held: _Advice) -> tuple[bool, bool]:
        keys = [("seller", seller), *(("listing", name) for name in held.listings)]
        shown = [self._shown.get(key, (0, 0)) for key in keys]
        return any(local > held.at for local, _ in shown), any(tkdn > held.at for _, tkdn in shown)
