"""Of two policies in force for a market at once, none allows what the other blocks.

Block beats allow, so that the allow is moot. Told only with a listing that both decide on. A rule that allows `always`
is no breach: it allows nothing in particular.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations, product

from stream.decide.asks import Moment
from stream.decide.conditions import Every
from stream.decide.implied import World, impossible, listed
from stream.decide.laws.given import Given
from stream.decide.policy import Phase, Policy, PolicySet
from stream.decide.rules import Rule
from stream.decide.situations import Asking, reached, shown_by
from stream.decide.spans import moments_together
from stream.problems import Problem

TRIED_MOMENTS = 3
MOST_NAMED = 3


def breaches(policies: PolicySet, given: Given) -> Iterator[Problem]:
    for one, other in permutations(policies.policies, 2):
        if one.market == other.market:
            for allows, blocks in product(one.phases, other.phases):
                yield from _between(one, allows, other, blocks, World(one.market, given.clusters))


def _between(one: Policy, allows: Phase, other: Policy, blocks: Phase, world: World) -> Iterator[Problem]:
    moments = moments_together((one, allows), (other, blocks))[:TRIED_MOMENTS]
    allowing = [rule for rule in allows.rules if rule.then.decision == "allow" and rule.condition != Every(())]
    blocking = [rule for rule in blocks.rules if rule.then.decision == "block"]
    for allow in allowing if moments else ():
        found = _blocked(_reached(allow, allows), blocks, blocking, moments, world)
        if found:
            names = " and ".join(f"`{block.name}`" for block, _ in found)
            block, example = found[0]
            where = f"{block.place.file}:{block.place.line}"
            verb = "blocks" if len(found) == 1 else "block"
            message = f"the rule allows what {names} of the policy `{other.name}` {verb}, {where}"
            hint = f"block beats allow for {example}; make the exception in that policy"
            yield allow.place.warning(message, hint)


def _blocked(
    allowed: Asking, phase: Phase, blocking: Iterable[Rule], moments: Sequence[Moment], world: World
) -> list[tuple[Rule, str]]:
    """Give the first rules that block what is asked for, each with a listing."""
    found: list[tuple[Rule, str]] = []
    for block in blocking:
        if len(found) < MOST_NAMED:
            asked = [*allowed, *_reached(block, phase)]
            example = next((each for moment in moments if (each := _found(asked, moment, world))), None)
            found += [(block, example)] if example else []
    return found


def _found(asked: Asking, moment: Moment, world: World) -> str | None:
    if impossible([(listed(condition, moment), truths) for condition, truths in asked], world):
        return None
    found = shown_by(asked, moment, world)
    return found and found.in_words()


def _reached(rule: Rule, phase: Phase) -> Asking:
    return reached(rule.condition, phase.rules[: phase.rules.index(rule)])
