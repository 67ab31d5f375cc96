"""Of two policies in force for a market at once, none allows what the other blocks.

Block beats allow, so that the allow is moot. Told only with a listing that both decide on. A rule that allows `always`
is no breach: it allows nothing in particular.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations, product

from stream.decide.asks import Moment
from stream.decide.conditions import Every
from stream.decide.implied import World, impossible, listed, worlds
from stream.decide.laws.given import Given
from stream.decide.policy import Phase, Policy, PolicySet
from stream.decide.rules import Rule
from stream.decide.situations import Asking, reached, shown_by
from stream.decide.spans import moments_together
from stream.problems import Problem

TRIED_MOMENTS = 3
TRIED_MARKETS = 3
MOST_NAMED = 3


def breaches(policies: PolicySet, given: Given) -> Iterator[Problem]:
    for one, other in permutations(policies.policies, 2):
        shared = [world for world in worlds(one, given.clusters) if world in worlds(other, given.clusters)]
        for allows, blocks in product(one.phases, other.phases):
            moments = moments_together((one, allows), (other, blocks))[:TRIED_MOMENTS]
            tried = list(product(moments, shared[:TRIED_MARKETS]))
            yield from _between(allows, other, blocks, tried) if tried else ()


def _between(allows: Phase, other: Policy, blocks: Phase, tried: Sequence[tuple[Moment, World]]) -> Iterator[Problem]:
    allowing = [rule for rule in allows.rules if rule.then.decision == "allow" and rule.condition != Every(())]
    blocking = [rule for rule in blocks.rules if rule.then.decision == "block"]
    for allow in allowing:
        found = _blocked(_reached(allow, allows), blocks, blocking, tried)
        if found:
            names = " and ".join(f"`{block.name}`" for block, _ in found)
            block, example = found[0]
            where = f"{block.place.file}:{block.place.line}"
            verb = "blocks" if len(found) == 1 else "block"
            message = f"the rule allows what {names} of the policy `{other.name}` {verb}, {where}"
            hint = f"block beats allow for {example}; make the exception in that policy"
            yield allow.place.warning(message, hint)


def _blocked(
    allowed: Asking, phase: Phase, blocking: Iterable[Rule], tried: Sequence[tuple[Moment, World]]
) -> list[tuple[Rule, str]]:
    """Give the first rules that block what is asked for, each with a listing."""
    found: list[tuple[Rule, str]] = []
    for block in blocking:
        if len(found) < MOST_NAMED:
            asked = [*allowed, *_reached(block, phase)]
            example = next((shown for each in tried if (shown := _found(asked, *each))), None)
            found += [(block, example)] if example else []
    return found


def _found(asked: Asking, moment: Moment, world: World) -> str | None:
    if impossible([(listed(condition, moment), truths) for condition, truths in asked], world):
        return None
    found = shown_by(asked, moment, world)
    return found and found.in_words()


def _reached(rule: Rule, phase: Phase) -> Asking:
    return reached(rule.condition, phase.rules[: phase.rules.index(rule)])
