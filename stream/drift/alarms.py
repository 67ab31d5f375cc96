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
# How many values a reason names.
NAMED = 3


class Moved(NamedTuple):
    """A value's share in the profile and now."""

    value: str
    expected: float
    share: float


class Drifted(NamedTuple):
    """One signal: its distance from the profile, whether that is an alarm, and the values that moved most."""

    signal: str
    distance: float
    alarm: bool
    moved: tuple[Moved, ...]

    @property
    def reason(self) -> str:
        """What moved, in words."""
        return ", ".join(f"`{value}` {share:.1%} (profile {expected:.1%})" for value, expected, share in self.moved)


def drifted(profile: Profile, counts: Counts, before: Mapping[str, bool]) -> list[Drifted]:
    """Judge every signal of a window; `before` are the alarms that stand. Nothing where titles are too few."""
    titles = titles_in(counts)
    if titles < TITLES_AT_LEAST:
        return []
    return [_judge(profile, signal, found / titles, before.get(signal, False)) for signal, found in counts.items()]


def _judge(profile: Profile, signal: str, shares: Shares, before: bool) -> Drifted:
    reference = profile.shares(signal)
    far = distance(reference, shares)
    return Drifted(signal, far, far >= (CALM if before else LIMIT), _moved(profile, signal, reference, shares))


def _moved(profile: Profile, signal: str, reference: Shares, shares: Shares) -> tuple[Moved, ...]:
    rows = map(Moved, profile.signals[signal], reference.tolist(), shares.tolist())
    return tuple(sorted(rows, key=lambda row: -abs(row.share - row.expected))[:NAMED])
