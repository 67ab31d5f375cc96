"""What is asked of `conflicts`, with prices far below local among them: a condition in, a condition out.

The signals' own contradictions come with an event's origin; this one comes from the policy's table, as a condition. It
refuses to know where that comes from.
"""

from stream.decide.asks import HasOneOf, IsEmpty
from stream.decide.conditions import Ask, Condition, Every, Not, Some
from stream.decide.kinds import CONFLICT
from stream.decide.origin import PRICED
from stream.problems import Problem

_HINT = "declare `local_prices` at the top of the policy"


def with_prices(condition: Condition, far_below: Condition | None, problems: list[Problem]) -> Condition | None:
    """Let questions about conflicts tell of the price too; None where they name it and the policy has no table."""
    match condition:
        case Not(part):
            inner = with_prices(part, far_below, problems)
            return Not(inner) if inner else None
        case Every(parts):
            inners = [with_prices(part, far_below, problems) for part in parts]
            return None if None in inners else Every(tuple(inner for inner in inners if inner))
        case Ask(fact, HasOneOf(values), words) if fact.kind is CONFLICT and PRICED in values:
            if far_below is None:
                place = next(word.place for word in words if word.text == PRICED)
                return problems.append(place.problem(f"`{PRICED}` without local prices", _HINT))
            return Some((Ask(fact, HasOneOf(values - {PRICED}), words), far_below))
        case Ask(fact, IsEmpty(wanted)) as ask if fact.kind is CONFLICT and far_below:
            return Every((ask, Not(far_below))) if wanted else Some((ask, far_below))
    return condition
