"""A reference profile and the counts of a window -> how far each signal has drifted, and whether that is an alarm.

An alarm begins at `LIMIT` and ends below `CALM`, so that a signal at the limit does not ring at every look. Below
`TITLES_AT_LEAST` nothing is said, and what stands goes on standing. docs/why/023-drift.md has what the numbers
rest on.
"""

from collections.abc import Mapping
from typing import NamedTuple

from stream.drift.distance import Shares, distance
from stream.drift.profile import Profile
from stream.drift.signals import Counts, titles_in

LIMIT, CALM = 0.02, 0.015
TITLES_AT_LEAST = 1_000
# How many values a reason names: those whose shares moved most.
NAMED = 3


class Drifted(NamedTuple):
    """One signal: its distance from the profile, whether that is an alarm, and its reason in words."""

    signal: str
    distance: float
    alarm: bool
    reason: str


def drifted(profile: Profile, counts: Counts, before: Mapping[str, bool]) -> list[Drifted]:
    """Judge every signal of a window; `before` are the alarms that stand. Nothing where titles are too few."""
    titles = titles_in(counts)
    if titles < TITLES_AT_LEAST:
        return []
    return [_judge(profile, signal, found / titles, before.get(signal, False)) for signal, found in counts.items()]


def _judge(profile: Profile, signal: str, shares: Shares, before: bool) -> Drifted:
    reference = profile.shares(signal)
    far = distance(reference, shares)
    return Drifted(signal, far, far >= (CALM if before else LIMIT), _reason(profile, signal, reference, shares))


def _reason(profile: Profile, signal: str, reference: Shares, shares: Shares) -> str:
    moved = sorted(zip(profile.signals[signal], reference, shares, strict=True), key=lambda row: -abs(row[2] - row[1]))
    return ", ".join(f"`{value}` {now:.1%} (profile {then:.1%})" for value, then, now in moved[:NAMED])
