"""A policy's calendar: what was, is and will be in force, as known at a moment; plain values for people to be shown.

A policy and a moment come in; its known phases, each from when it binds until when, go out. It holds to
`Policy.phase_at`, which decides. It refuses to know clocks and pages.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from stream.decide.asks import Moment
from stream.decide.policy import Phase, Policy
from stream.decide.reviews import Reviews, reviews_by
from stream.decide.spans import spans


class State(StrEnum):
    """What a phase is at a moment.

    `REPLACED`: another took effect in the same second and was published later. `SUPERSEDED`: another replaced it by
    name, before it took effect or after.
    """

    ENDED = "ended"
    REPLACED = "replaced"
    SUPERSEDED = "superseded"
    IN_FORCE = "in force"
    COMING = "coming"


@dataclass(frozen=True, slots=True)
class Span:
    """A phase and when it binds, in microseconds since 1970; `ends` None: no end is known.

    One that never binds ends as it begins. `by` is the phase that supersedes it, where one does.
    """

    phase: Phase
    begins: int
    ends: int | None
    state: State
    by: Phase | None = None

    @property
    def binds(self) -> bool:
        return self.ends != self.begins

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
        bounds = {at for span in self.spans if span.binds for at in (span.begins, span.ends)}
        at = min((at for at in bounds if at is not None and at > self.moment.as_of), default=None)
        return None if at is None else (at, next((span for span in self.spans if _binds(span, at)), None))


def calendar_of(policy: Policy, moment: Moment) -> Calendar:
    """Give a policy's calendar as known at a moment."""
    known = policy.known_on(moment.known_on)
    found = sorted(_spans(policy, known, moment), key=lambda span: (span.begins, span.phase.published))
    calendar = Calendar(policy, moment, tuple(found), len(policy.phases) - len(known), None)
    if policy.review_every is None or calendar.in_force is None:
        return calendar
    reviews = reviews_by(moment.as_of, policy.review_every, calendar.in_force.begins, policy.zone)
    return replace(calendar, reviews=reviews)


def _spans(policy: Policy, known: list[Phase], moment: Moment) -> Iterator[Span]:
    held = spans(policy, moment.known_on)
    for phase in known:
        by = _superseding(phase, known)
        bound = [(span.since, span.until) for span in held if span.phase is phase]
        for begins, ends in bound or [(phase.effective, phase.effective)]:
            superseded = by if not bound or (by and ends == by.effective) else None
            yield Span(phase, begins, ends, _state(begins, ends, superseded, moment.as_of), superseded)


def _superseding(phase: Phase, known: list[Phase]) -> Phase | None:
    """Give the phase that ends another by name: the first to keep it from beginning, else the first to take effect."""
    halting = [by for by in known if by.halts(phase)]
    if halting:
        return min(halting, key=lambda by: by.published)
    begun = [by for by in known if by.replaces(phase) and not any(other.halts(by) for other in known)]
    return min(begun, key=lambda by: by.effective, default=None)


def _state(begins: int, ends: int | None, by: Phase | None, as_of: int) -> State:
    if ends == begins:
        return State.SUPERSEDED if by else State.REPLACED
    if begins > as_of:
        return State.COMING
    if ends is None or as_of < ends:
        return State.IN_FORCE
    return State.SUPERSEDED if by else State.ENDED


def _binds(span: Span, at: int) -> bool:
    return span.begins <= at and (span.ends is None or at < span.ends)
