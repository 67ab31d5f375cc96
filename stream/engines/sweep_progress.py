"""How far a sweep is, as it stands beside its offsets: what it is, and of each partition its end and its counts.

Text in, values out, and back. It knows no client and no clock.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from stream.changes.change import FLIPS, Effect
from stream.engines.sweep_publisher import Reached

REQUESTED, LOCAL_BLOCKS = "requested", "local_blocks"


class Identity(NamedTuple):
    """What a sweep decides with, as of when, the policy ids in force then, what it asks for, and of which topic."""

    pair: str
    as_of: str
    in_force: list[str]
    changes: str
    source: str


class _Word(msgspec.Struct):
    sweep: Identity
    end: int
    counts: dict[str, int]
    asked: int = 0


_decode = msgspec.json.Decoder(_Word).decode


@dataclass
class Part:
    """A partition: the next offset, the end as it was when the sweep began, and what its records came to so far.

    `asked` is where the topic of requests ended then: all that the sweep asks for lies behind it.
    """

    next: int
    end: int
    counts: Counter[str] = field(default_factory=Counter)
    asked: int = 0

    @property
    def done(self) -> bool:
        return self.next >= self.end


def write_reached(identity: Identity, part: Part) -> Reached:
    """Write how far a partition is."""
    return Reached(part.next, msgspec.json.encode(_Word(identity, part.end, dict(part.counts), part.asked)).decode())


def read_reached(found: Mapping[int, Reached]) -> tuple[Identity | None, dict[int, Part]]:
    """Read how far earlier runs came; no identity where there was none. Raises ValueError where it is no sweep's."""
    identity, parts = None, {}
    for partition, at in sorted(found.items()):
        word = _decode(at.word)
        identity = word.sweep
        parts[partition] = Part(at.offset, word.end, Counter(word.counts), word.asked)
    return identity, parts


def total(parts: Iterable[Part]) -> Counter[str]:
    """Give the counts of the whole sweep, earlier runs included."""
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update(part.counts)
    return counts


def decided_in_all(counts: Counter[str]) -> int:
    """Give how many listings were decided."""
    return sum(counts[effect] for effect in Effect)


def flips_in_all(counts: Counter[str]) -> int:
    """Give how many of them flip."""
    return sum(counts[effect] for effect in FLIPS)
