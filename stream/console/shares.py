"""What is counted of local sellers and local origin: decisions in, counts by hour and sellers by day out.

As declared, never as inferred (promise 7): goods are local where their country is their market, foreign where it is
another, and unknown where none is declared.
"""

from collections import Counter, defaultdict
from typing import Literal

from stream.console.advised import ADVICE, Advised
from stream.console.sellers import Part, Sellers
from stream.console.sorts import OTHER, Seen, Sort

Origin = Literal["local", "foreign", "unknown"]
HOUR, DAY = 3_600_000, 86_400_000
# Whoever writes a new market or cluster into every event must not fill the store.
GROUPS_AT_MOST = 200


def origin_of(country: str | None, market: str) -> Origin:
    """Tell where goods come from, as a market sees it.

    >>> origin_of("ID", "ID"), origin_of("CN", "ID"), origin_of(None, "ID")
    ('local', 'foreign', 'unknown')
    """
    return "unknown" if country is None else "local" if country.upper() == market.upper() else "foreign"


class Shares:
    """A batch is taken in decision by decision and given out as counts; sellers and advice are kept here."""

    def __init__(self) -> None:
        self.sellers, self.advised = Sellers(), Advised()
        self._groups: set[tuple[str, str]] = set()
        self._counts: Counter[tuple] = Counter()
        self._names: defaultdict[Part, set[str]] = defaultdict(set)

    def take(self, at: int, seen: Seen, sort: Sort) -> None:
        """Take in a decision; `at` in milliseconds."""
        market, cluster = self._group(sort.market, sort.cluster)
        seller = "local" if seen.seller_type == "local" else "cross_border"
        self._counts[at // HOUR, market, cluster, seller, origin_of(seen.country, sort.market), sort.outcome] += 1
        self._names[Part(at // DAY, market, cluster, seller)].add(seen.seller)
        if ADVICE in seen.advice:
            self.advised.advise(seen.seller, seen.listing, sort.market, at)

    def give(self) -> Counter[tuple]:
        """Give what was counted since the last time."""
        self.sellers.add(self._names)
        counts, self._counts, self._names = self._counts, Counter(), defaultdict(set)
        return counts

    def _group(self, market: str, cluster: str) -> tuple[str, str]:
        group = (market, cluster)
        if group not in self._groups:
            if len(self._groups) >= GROUPS_AT_MOST:
                return OTHER, OTHER
            self._groups.add(group)
        return group
