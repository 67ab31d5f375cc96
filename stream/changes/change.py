"""A change: how one event was ruled on before and after, what that means for its listing, and the rules behind it.

Two rulings on an event come in, their comparison goes out.
It refuses to know where the events came from, and why there are two ways: two policy sets, two models, two moments.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from stream.contract.classification import Classifications
from stream.contract.event import ListingEvent
from stream.decide.ruling import Ruling

# What a ruling says besides allow or block and review; its policy ids change with every edit and say nothing here.
SAID = ("reasons", "advice", "annotations", "evidence", "conflicts")


def said(ruling: Ruling, name: str) -> Any:
    """Give one of these; of the origin only conflicts are a policy's to tell, those of its local prices."""
    return ruling.origin["conflicts"] if name == "conflicts" else getattr(ruling, name)


class Effect(StrEnum):
    """What a change does to its listing: exactly one, the weightiest. A block that also asks for review is a block."""

    NEWLY_BLOCKED = "newly_blocked"
    NEWLY_ALLOWED = "newly_allowed"
    INTO_REVIEW = "into_review"
    OUT_OF_REVIEW = "out_of_review"
    REASONS_ONLY = "reasons_only"
    UNCHANGED = "unchanged"


FLIPS = frozenset({Effect.NEWLY_BLOCKED, Effect.NEWLY_ALLOWED})


class RuleName(NamedTuple):
    """A rule that matched, and what it asked for."""

    policy: str
    rule: str
    then: str


class Responsible(NamedTuple):
    """The rules behind a change: `old` matched before and no longer do, `new` match now and did not.

    Where the same rules match they are on both sides, and `parts` are the parts of their reasons, or the outcomes, that
    differ.
    """

    old: tuple[RuleName, ...] = ()
    new: tuple[RuleName, ...] = ()
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two rulings side by side; the events of a run that share both rulings share their comparison."""

    before: Ruling
    after: Ruling
    effect: Effect
    responsible: Responsible


class Cause(StrEnum):
    """Whose a flip is where model and policies both are others: which of the two alone would have brought it."""

    MODEL = "model"
    POLICY = "policy"
    EITHER = "either"
    BOTH = "both"


class Change(NamedTuple):
    """One event, decided both ways; `cause` is told of flips between two models."""

    event: ListingEvent
    cluster_before: str
    cluster_after: str
    comparison: Comparison
    cause: Cause | None = None


def cause_of(by_model: bool, by_policy: bool) -> Cause:
    """Say whose a flip is, by whether the model alone and the policies alone bring it; `both`: neither does.

    >>> cause_of(by_model=False, by_policy=False).value
    'both'
    """
    if by_model == by_policy:
        return Cause.EITHER if by_model else Cause.BOTH
    return Cause.MODEL if by_model else Cause.POLICY


class Ruled(NamedTuple):
    """A run's events, classified and ruled on one way, row by row."""

    classifications: Classifications
    rulings: Sequence[Ruling]


def compare(before: Ruling, after: Ruling) -> Comparison:
    """Compare two rulings on one event."""
    effect = _effect(before, after)
    responsible = Responsible() if effect is Effect.UNCHANGED else _responsible(before, after)
    return Comparison(before, after, effect, responsible)


def _effect(before: Ruling, after: Ruling) -> Effect:
    if before.decision != after.decision:
        return Effect.NEWLY_BLOCKED if after.decision == "block" else Effect.NEWLY_ALLOWED
    if before.review != after.review:
        return Effect.INTO_REVIEW if after.review else Effect.OUT_OF_REVIEW
    same = all(said(before, name) == said(after, name) for name in SAID)
    return Effect.UNCHANGED if same else Effect.REASONS_ONLY


def _responsible(before: Ruling, after: Ruling) -> Responsible:
    old, new = (tuple(map(_name, ruling.reasons)) for ruling in (before, after))
    gone, come = tuple(name for name in old if name not in new), tuple(name for name in new if name not in old)
    if gone or come:
        return Responsible(gone, come)
    was, now = (dict(zip(map(_name, ruling.reasons), ruling.reasons, strict=True)) for ruling in (before, after))
    edited = {name: {part for part in was[name] if was[name][part] != now[name].get(part)} for name in old}
    outcomes = {name for name in SAID[1:] if said(before, name) != said(after, name)}
    outcomes |= {"review"} if before.review != after.review else set()
    parts = outcomes.union(*edited.values()) or {"order"}
    names = tuple(name for name in old if edited[name]) or old
    return Responsible(names, names, tuple(sorted(parts)))


def _name(reason: dict[str, Any]) -> RuleName:
    return RuleName(reason["policy"], reason["rule"], reason["then"])
