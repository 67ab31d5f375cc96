"""A policy's calendar: what was, is and will be in force, as known at a moment; plain values for people to be shown.

A policy and a moment come in; its known phases, each from when it binds until when, go out. It holds to
`Policy.phase_at`, which decides. It refuses to know clocks and pages.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from stream.decide.asks import Moment
from stream.decide.policy import Phase, Policy
from stream.decide.reviews import Reviews, reviews_by


class State(StrEnum):
    """What a phase is at a moment; `REPLACED`: another took effect in the same second and was published later."""

    ENDED = "ended"
    REPLACED = "replaced"
    IN_FORCE = "in force"
    COMING = "coming"


@dataclass(frozen=True, slots=True)
class Span:
    """A phase and when it binds, in microseconds since 1970; `ends` None: no end is known."""

    phase: Phase
    ends: int | None
    state: State

    @property
    def begins(self) -> int:
        return self.phase.effective

    @property
    def retroactive(self) -> bool:
        """Whether it was published after it took effect: decisions made in between did not know it."""
        return self.phase.published > self.phase.effective


@dataclass(frozen=True, slots=True)
class Calendar:
    """`spans` are in the order they bind; `left_out` counts phases that were published later than `moment` knows."""

    policy: Policy
    moment: Moment
    spans: tuple[Span, ...]
    left_out: int
    reviews: Reviews | None

    @property
    def in_force(self) -> Span | None:
        return next((span for span in self.spans if span.state is State.IN_FORCE), None)

    @property
    def coming(self) -> tuple[Span, ...]:
        return tuple(span for span in self.spans if span.state is State.COMING)

    @property
    def review_due(self) -> bool:
        return bool(self.reviews and self.reviews.times)

    def next_change(self) -> tuple[int, Span | None] | None:
        """Give when what is in force changes next, and what is in force then; None: no change is known."""
        bounds = {at for span in self.spans if span.state is not State.REPLACED for at in (span.begins, span.ends)}
        at = min((at for at in bounds if at is not None and at > self.moment.as_of), default=None)
        return None if at is None else (at, next((span for span in self.spans if _binds(span, at)), None))


def calendar_of(policy: Policy, moment: Moment) -> Calendar:
    """Give a policy's calendar as known at a moment."""
    known = sorted(
        (p for p in policy.phases if p.published <= moment.known_on), key=lambda p: (p.effective, p.published)
    )
    spans = tuple(_spans(known, moment.as_of))
    calendar = Calendar(policy, moment, spans, len(policy.phases) - len(known), None)
    if policy.review_every is None or calendar.in_force is None:
        return calendar
    reviews = reviews_by(moment.as_of, policy.review_every, calendar.in_force.begins, policy.zone)
    return Calendar(policy, moment, spans, calendar.left_out, reviews)


def _spans(known: list[Phase], as_of: int) -> Iterator[Span]:
    for phase, following in pairwise([*known, None]):
        ends = [at for at in (phase.until, following and following.effective) if at is not None]
        yield Span(phase, end := min(ends, default=None), _state(phase.effective, end, as_of))


def _state(begins: int, ends: int | None, as_of: int) -> State:
    if ends is not None and ends <= begins:
        return State.REPLACED
    if begins > as_of:
        return State.COMING
    return State.IN_FORCE if ends is None or as_of < ends else State.ENDED


def _binds(span: Span, at: int) -> bool:
    return span.begins <= at and (span.ends is None or at < span.ends)
