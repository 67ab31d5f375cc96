"""What conditions imply: whether several of them can be true, or not true, together for any event at all.

Conditions come in, and one of two answers goes out: certainly not, or possibly. It never says "certainly not" of what
an event could do: events are taken to be able to say more than they can, and a question of a kind that is not known
here to answer anything at all, the same question the same. Lists are taken as of a moment; rates need no day, since
two thresholds in one currency keep their order at any rate.
"""

from collections.abc import Iterable, Sequence

from stream.decide.asks import (
    InList,
    Moment,
    settle,
)
from stream.decide.conditions import Ask, Condition, Every, Not, Some
from stream.decide.dimensions import World, dimensions_of
from stream.decide.numbered import Numbered
from stream.decide.policy import Policy
from stream.decide.search import TRUE, UNKNOWN, Dimension, GaveUp, Search, Wanted


def worlds(policy: Policy, clusters: tuple[str, ...] | None) -> list[World]:
    """Give the world of each market that a policy is for."""
    return [World(market, clusters) for market in policy.markets]


def listed(condition: Condition, moment: Moment) -> Condition:
    """Give a condition with its lists as they are at a moment; rates stay open, and a list that is empty then."""
    match condition:
        case Ask(fact, InList() as question, words):
            held = settle(question, moment)
            return Ask(fact, held, words) if held.values else condition
        case Ask():
            return condition
        case Not(part):
            return Not(listed(part, moment))
        case Every(parts):
            return Every(tuple(listed(part, moment) for part in parts))
        case Some(parts):
            return Some(tuple(listed(part, moment) for part in parts))


def impossible(wanted: Iterable[tuple[Condition, int]], world: World) -> bool:
    """Tell whether certainly no event makes each condition have one of the truths given with it.

    The conditions are `listed` ones. False means possibly: it is not known that an event does.
    """
    numbered = Numbered()
    formulas = [Wanted(numbered.formula(condition), truths) for condition, truths in wanted]
    dimensions = [_unknown_first(each) for each in dimensions_of(numbered, world)]
    try:
        return next(Search(formulas, _asked_first(formulas, dimensions)).choices(), None) is None
    except GaveUp:
        return False


def _unknown_first(dimension: Dimension) -> Dimension:
    """Try first what leaves most unknown: that makes the fewest conditions true."""
    least = sorted(dimension.options, key=lambda option: len(option.answers) - option.answers.count(UNKNOWN))
    return Dimension(dimension.questions, tuple(least))


def _asked_first(formulas: Sequence[Wanted], dimensions: Iterable[Dimension]) -> list[Dimension]:
    """Put first what the formulas that must be true ask for: it cuts most."""
    first = {at for formula, truths in formulas if truths == TRUE for at in formula.questions()}
    return sorted(dimensions, key=lambda each: (not first.intersection(each.questions), len(each.options)))
