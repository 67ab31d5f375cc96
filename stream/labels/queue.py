"""Decisions that ask for a person -> the order in which people are asked: what the model doubts most, old ones and many
sellers not forgotten.

It knows scores, times and names, and no listing, no topic and no person. The same decisions and seed give the same
order, however they come.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from heapq import heapify, heappop, heappush
from typing import NamedTuple

DAY = 86_400_000_000
# A day of waiting is worth this much doubt, so that what is hardly doubtful is asked within some weeks too.
DOUBT_A_DAY = 0.05
# So many of one seller in a row at most, while others wait.
IN_A_ROW = 3


class Waiting(NamedTuple):
    """A decision that waits for a person. `scores` are by cluster, `since` is in microseconds."""

    listing_id: str
    seller_id: str
    scores: Mapping[str, float]
    since: int


def doubt(scores: Mapping[str, float], abstain_below: Mapping[str, float] | None = None) -> float:
    """Say how much a classification is in doubt, from 0 (certain) to 2: how near the second cluster comes to the first,
    and how far the first stays below the threshold under which the model abstains.

    >>> doubt({"craft": 1.0, "other": 0.0}), doubt({"craft": 0.5, "other": 0.5}, {"craft": 0.75})
    (0.0, 1.25)
    """
    best, second = sorted(scores, key=lambda cluster: (-scores[cluster], cluster))[:2]
    below = max(0.0, (abstain_below or {}).get(best, 0.0) - scores[best])
    return 1.0 - (scores[best] - scores[second]) + below


def ask_next(
    waiting: Iterable[Waiting], now: int, abstain_below: Mapping[str, float] | None = None, seed: int = 1
) -> list[Waiting]:
    """Put what waits at `now`, in microseconds, into the order in which people should be asked."""

    def first(each: Waiting) -> tuple[float, bytes, str]:
        urgent = doubt(each.scores, abstain_below) + DOUBT_A_DAY * max(0, now - each.since) / DAY
        return -urgent, _drawn(each.listing_id, seed), each.listing_id

    of_seller: dict[str, deque[tuple[tuple[float, bytes, str], Waiting]]] = {}
    for key, each in sorted(((first(each), each) for each in waiting), key=lambda pair: pair[0]):
        of_seller.setdefault(each.seller_id, deque()).append((key, each))
    return _spread(of_seller)


def _drawn(listing_id: str, seed: int) -> bytes:
    """Draw lots among equals: by listing and seed alone."""
    return blake2b(listing_id.encode(), digest_size=8, salt=seed.to_bytes(8)).digest()


def _spread(of_seller: Mapping[str, deque[tuple[tuple[float, bytes, str], Waiting]]]) -> list[Waiting]:
    heap = [(held[0][0], seller) for seller, held in of_seller.items()]
    heapify(heap)
    asked: list[Waiting] = []
    while heap:
        entry = heappop(heap)
        if heap and len(asked) >= IN_A_ROW and {each.seller_id for each in asked[-IN_A_ROW:]} == {entry[1]}:
            other = heappop(heap)
            heappush(heap, entry)
            entry = other
        held = of_seller[entry[1]]
        asked.append(held.popleft()[1])
        if held:
            heappush(heap, (held[0][0], entry[1]))
    return asked
