"""A sample for people to review, weighted to the doubtful: changes in, at most so many of them out.

Weighted sampling without replacement by keys (Efraimidis and Spirakis, 2006): each change draws a number of its own
ids and the seed, its weight bends it, and the least are the sample. So a sample is one of the whole, whoever saw which
part of it and in what order, and no more than the sample is ever held.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from math import log
from typing import NamedTuple

import numpy as np
import orjson

from stream.changes.change import Change, Comparison, Effect
from stream.changes.compared import Changes
from stream.contract.classification import TEN_THOUSAND
from stream.contract.fields import EVENT_ID, LISTING_ID

# A sure one is drawn too, a hundred times less often than one between two clusters.
_LEAST = 100
_NOTHING_TO_REVIEW = frozenset({Effect.UNCHANGED, Effect.REASONS_ONLY})


class Drawn(NamedTuple):
    """A change in a sample; the least `key` first, ids between equals. `margin` is in ten-thousandths."""

    key: float
    listing: str
    event: str
    margin: int
    change: Change


@dataclass
class Sample:
    """At most `most` changes that flip or turn to or from a person; those drawn so far, the first drawn first."""

    most: int = 0
    seed: int = 1
    drawn: list[Drawn] = field(default_factory=list)

    def take(self, changes: Changes) -> None:
        """Draw from a run."""
        rows = changes.where(is_reviewed) if self.most else []
        if not rows:
            return
        ids = map(changes.events.rows(rows).column, (LISTING_ID, EVENT_ID))
        highest = np.sort(changes.after.scores[rows], axis=1)[:, -2:].astype(int)
        margins = (highest[:, -1] - (highest[:, 0] if highest.shape[1] > 1 else 0)).tolist()
        told = zip(rows, *ids, margins, strict=True)
        keyed = (
            (_key(self.seed, listing, event, margin), row, listing, event, margin)
            for row, listing, event, margin in told
        )
        worst = self.drawn[-1].key if len(self.drawn) == self.most else float("inf")
        self.add(Drawn(key, *ids, changes[row]) for key, row, *ids in keyed if key <= worst)

    def add(self, more: Iterable[Drawn]) -> None:
        """Take in what was drawn elsewhere; an event counts once."""
        once = {drawn[:3]: drawn for drawn in (*self.drawn, *more)}
        self.drawn = [once[key] for key in heapq.nsmallest(self.most, once)]


def is_reviewed(comparison: Comparison) -> bool:
    """Tell the changes that a person has something to say about."""
    return comparison.effect not in _NOTHING_TO_REVIEW


def _key(seed: int, listing: str, event: str, margin: int) -> float:
    digest = blake2b(orjson.dumps([seed, listing, event]), digest_size=7).digest()
    chance = (int.from_bytes(digest) + 1) / (2**56 + 1)
    return -log(chance) / (TEN_THOUSAND - margin + _LEAST)
