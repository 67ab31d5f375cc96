"""Differences between what two events say, by path: which they are, and how far apart.

It refuses to know rules.
"""

from collections.abc import Mapping
from typing import Any

from stream.contract.classification import TEN_THOUSAND

# What an event or a classification says in any case: left out of `said`, it is the plainest there is.
ALWAYS_SAID = {
    "scores",
    "abstained",
    "event_type",
    "occurred_at",
    "listing.id",
    "listing.title",
    "seller.id",
    "seller.type",
}


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Give the paths at which two events, each what it says by path, differ."""
    return [path for path in dict.fromkeys([*one, *other]) if one.get(path) != other.get(path)]


def distance(said: Mapping[str, Any], changed: Mapping[str, Any]) -> tuple[int, float]:
    """Order changes: by how far numbers are apart, then other values, last what is left out."""
    (path,) = differing(said, changed)
    one, other = said.get(path), changed.get(path)
    if other is None and path not in ALWAYS_SAID:
        return 2, 0
    far = _apart(one, other)
    return (1, 0) if far is None else (0, far)


def _apart(one: Any, other: Any) -> float | None:
    match one, other:
        case {"amount": a, "currency": c}, {"amount": b, "currency": d} if c == d:
            return abs(float(a) - float(b))
        case ((int() | float()), (int() | float())) if not isinstance(other, bool):
            return abs(one - other)
        case dict(), dict() if "amount" not in other:
            return sum(abs(other[name] - score) for name, score in one.items()) / TEN_THOUSAND
    return None
