"""When the phases of a policy are in force, and the moments at which that, or a list, changes: a policy in, spans out.

All by what the policy itself says is in force, so that whatever rules that rules here too.
"""

from itertools import pairwise
from typing import Any, NamedTuple

from stream.decide.asks import InList, Moment
from stream.decide.conditions import asks_in
from stream.decide.policy import Phase, Policy

MAX_MOMENTS = 2_500
FEW_MOMENTS = 12


class InForceSpan(NamedTuple):
    """A phase, or none, from `since` until `until` in microseconds since 1970; None is without end."""

    phase: Phase | None
    since: int
    until: int | None


def spans(policy: Policy, known_on: int | None = None) -> list[InForceSpan]:
    """Give what is in force from the first phase on, one after another, as known at a moment, or by all published."""
    turns = sorted(_turns(policy))
    known = turns[-1] if known_on is None else known_on
    found: list[InForceSpan] = []
    for since, until in pairwise([*turns, None]):
        phase = policy.phase_at(Moment(since, known))
        if found and found[-1].phase is phase:
            found[-1] = found[-1]._replace(until=until)
        elif found or phase:
            found.append(InForceSpan(phase, since, until))
    return found


def moments_of(policy: Policy, phase: Phase) -> list[Moment] | None:
    """Give one moment for every state of the lists that a phase asks, while it is in force; None: too many."""
    asks = (ask for rule in phase.rules for ask in asks_in(rule.condition))
    lists = {ask.question.list_name: ask.question for ask in asks if isinstance(ask.question, InList)}
    turns = sorted(_turns(policy).union(*(policy.lists[name].moments() for name in lists)))
    if len(turns) ** 2 > MAX_MOMENTS:
        return None
    held = (Moment(as_of, known) for as_of in turns for known in turns if as_of >= phase.effective)
    first: dict[Any, Moment] = {}
    for moment in (moment for moment in held if policy.phase_at(moment) is phase):
        first.setdefault(tuple(question.at(moment) for question in lists.values()), moment)
    return list(first.values())


def deciding_moments(policy: Policy, phase: Phase) -> list[Moment]:
    """Give a few moments at which a phase decides: as it begins, and as lists and rates change under it; those first
    that know no more than what was published by then.
    """
    turns = sorted(policy.moments())
    known = sorted(_turns(policy), reverse=True)
    held = [*(Moment(turn, turn) for turn in turns), *(Moment(turn, then) for then in known for turn in turns)]
    found = [moment for moment in held if moment.as_of >= phase.effective and policy.phase_at(moment) is phase]
    return _few(found)


def moments_together(*held: tuple[Policy, Phase]) -> list[Moment]:
    """Give a few moments at which phases of several policies are in force together, by all that is published."""
    turns = sorted({turn for policy, _ in held for turn in policy.moments()})
    moments = [Moment(turn, turns[-1]) for turn in turns]
    found = [moment for moment in moments if all(policy.phase_at(moment) is phase for policy, phase in held)]
    return _few(found)


def _few(moments: list[Moment]) -> list[Moment]:
    return moments[:: max(1, len(moments) // FEW_MOMENTS)][: FEW_MOMENTS + 1]


def _turns(policy: Policy) -> set[int]:
    return {m for phase in policy.phases for m in (phase.effective, phase.until, phase.published) if m is not None}
