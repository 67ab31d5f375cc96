"""Test vectors: for every rule the smallest listing event that matches it, and the nearest one that does not.

A checked policy set goes in, and for each rule of each phase its vectors come out, or why there are none. Every vector
was decided: what it expects is what `decide` ruled. The same policies give the same vectors. It refuses to know files.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from stream.contract.classification import TEN_THOUSAND
from stream.contract.instant import instant_at
from stream.decide.asks import Moment
from stream.decide.decide import decide
from stream.decide.differences import differing, distance
from stream.decide.dimensions import World
from stream.decide.implied import worlds
from stream.decide.policy import Phase, Policy, PolicySet
from stream.decide.rules import Rule
from stream.decide.ruling import Ruling, matched_rules
from stream.decide.sayings import Asked
from stream.decide.situations import Situation, reached, situations
from stream.decide.spans import deciding_moments
from stream.decide.trace import trace

MATCH, NO_MATCH = "match", "no match"


@dataclass(frozen=True, slots=True)
class Vector:
    """A situation, what was ruled on it, and by `changed` what it says otherwise than the one that matches."""

    policy: Policy
    phase: Phase
    rule: Rule
    expect: str
    situation: Situation
    moment: Moment
    ruling: Ruling
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoVector:
    """A rule for which no event was found, and why not."""

    rule: Rule
    reason: str


def vectors_of(policies: PolicySet, clusters: tuple[str, ...] | None) -> Iterator[Vector | NoVector]:
    """Give two vectors for every rule of every phase, or say what a search of bounded length did not find."""
    for policy in policies.policies:
        for phase in policy.phases:
            for at, rule in enumerate(phase.rules):
                maker = _Maker(policies, policy, phase, rule, phase.rules[:at], worlds(policy, clusters))
                yield from maker.vectors()


def rule_on(policies: PolicySet, situation: Situation, moment: Moment) -> Ruling | None:
    """Decide a situation; None where no event can say it."""
    event = situation.read()
    if event is None:
        return None
    as_of, known = map(instant_at, moment)
    (ruling,) = decide(policies, [event], situation.classified(), [as_of], known)
    return ruling


@dataclass(frozen=True, slots=True)
class _Maker:
    """Holds what making the vectors of one rule needs."""

    policies: PolicySet
    policy: Policy
    phase: Phase
    rule: Rule
    before: Sequence[Rule]
    worlds: Sequence[World]

    def vectors(self) -> Iterator[Vector | NoVector]:
        moments = deciding_moments(self.policy, self.phase)
        tried = product(moments, self.worlds)
        match = next((found for moment, world in tried if (found := self.match(moment, world))), None)
        if match is None:
            reason = "no listing event was found that it matches" if moments else "its phase is never in force"
            yield NoVector(self.rule, reason)
            return
        nearest = self.nearest(match)
        yield self.nearer(match, nearest) if nearest else match
        reason = "no single fact that is changed keeps the event it matches from matching"
        yield nearest or NoVector(self.rule, reason)

    def match(self, moment: Moment, world: World) -> Vector | None:
        """Find the smallest event that matches."""
        for situation in situations(reached(self.rule.condition, self.before), moment, world):
            ruling = rule_on(self.policies, situation, moment)
            if ruling and self.is_matched(ruling):
                return Vector(self.policy, self.phase, self.rule, MATCH, situation, moment, ruling)
        return None

    def is_matched(self, ruling: Ruling) -> bool:
        return (self.policy.name, self.phase.name, self.rule.name) in matched_rules(ruling)

    def nearest(self, match: Vector) -> Vector | None:
        """Change one fact of the event that matches, the nearest values first, until it does not.

        Better that the rule itself does not hold than that one before it decides.
        """
        hidden = None
        for changed in self.nearest_first(match, match.situation.said):
            found = self.decided(changed, match, NO_MATCH)
            if found and not self.is_matched(found.ruling):
                if not self.holds(found):
                    return found
                hidden = hidden or found
        return hidden

    def nearer(self, match: Vector, nearest: Vector) -> Vector:
        """Give the event that matches with the value that lies next to the one that does not: the edge of the rule."""
        said = match.situation.said
        for changed in self.nearest_first(match, nearest.situation.said):
            same = differing(changed, said) in ([], list(nearest.changed))
            found = self.decided(changed, match, MATCH) if same and len(changed) <= len(said) else None
            if found and self.is_matched(found.ruling):
                return found
        return match

    def decided(self, said: Mapping[str, Any], match: Vector, expect: str) -> Vector | None:
        situation = Situation(match.situation.world, match.moment.as_of, said)
        ruling = rule_on(self.policies, situation, match.moment)
        changed = tuple(differing(match.situation.said, said)) if expect == NO_MATCH else ()
        at = (self.policy, self.phase, self.rule)
        return ruling and Vector(*at, expect, situation, match.moment, ruling, changed)

    def holds(self, vector: Vector) -> bool:
        """Tell whether the rule's own condition is true, reached or not."""
        event, (as_of, known) = vector.situation.read(), map(instant_at, vector.moment)
        asked = trace(self.policies, event, vector.situation.classified(), as_of, known) if event else []
        here = (self.policy.name, self.rule.name)
        return any((each.policy, each.rule) == here and each.answer == "true" for each in asked)

    def nearest_first(self, match: Vector, said: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Give what the event could say instead, one fact changed, those nearest to what is said first."""
        changes = [each for each in self.changes(match) if len(differing(said, each)) == 1]
        return sorted(changes, key=lambda each: distance(said, each))

    def changes(self, match: Vector) -> Iterator[dict[str, Any]]:
        """Give all that the event can say in place of what it says of one thing that the rule asks for."""
        said = match.situation.said
        for dimension in Asked([self.rule.condition], match.moment, match.situation.world).dimensions:
            paths = {path for option in dimension.options for path in option.said}
            kept = {path: value for path, value in said.items() if path not in paths}
            for option in dimension.options:
                yield {**kept, **option.said}


def plain(vector: Vector) -> dict[str, Any]:
    """Give a vector as JSON takes it."""
    situation, ruling = vector.situation, vector.ruling
    scores, classified = situation.scores(), next(iter(situation.classified()))
    at = {"policy": vector.policy.name, "phase": vector.phase.name, "rule": vector.rule.name, "expect": vector.expect}
    named = [{"policy": policy, "phase": phase, "rule": rule} for policy, phase, rule in matched_rules(ruling)]
    return {
        **at,
        "changed": list(vector.changed),
        "as_of": instant_at(vector.moment.as_of).text,
        "as_known_on": instant_at(vector.moment.known_on).text,
        "event": situation.event(),
        "classification": {
            "cluster": classified.cluster,
            "scores": {name: score / TEN_THOUSAND for name, score in scores.items()},
            "abstained": classified.abstained,
        },
        "decision": ruling.decision,
        "review": ruling.review,
        "matched": named,
    }
