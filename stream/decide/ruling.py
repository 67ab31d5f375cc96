"""Rulings: what the policies in force say of one listing, plain and ready for the wire.

The rules that matched come in, policy by policy, and a ruling goes out. It refuses to know how they were found.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from stream.decide.origin import PRICED
from stream.decide.policy import Phase, Policy
from stream.decide.rules import Rule

NO_RATE = {
    "id": "Tidak ada kurs pada hari itu untuk mata uang harga; aturan ini tidak dapat diperiksa.",
    "en": "There is no exchange rate that day for the price's currency; this rule could not be checked.",
}


class Ruling(NamedTuple):
    """The decision on a listing. Rulings, and what they hold, are shared between listings: nobody changes them."""

    decision: str
    review: bool
    reasons: tuple[dict[str, Any], ...]
    advice: tuple[str, ...]
    annotations: tuple[dict[str, Any], ...]
    evidence: tuple[str, ...]
    policies: tuple[str, ...]
    origin: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What one rule, or all rules of a policy, or all of them together add to a ruling."""

    block: bool = False
    review: bool = False
    reasons: tuple[dict[str, Any], ...] = ()
    advice: tuple[str, ...] = ()
    annotations: tuple[dict[str, Any], ...] = ()
    evidence: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()


NOTHING = Part()


@dataclass(frozen=True, slots=True)
class Line:
    """A rule in force: whether it decides, what it adds when it matches, and when only a missing rate keeps it open."""

    decides: bool
    matched: Part
    unpriced: Part


def line_of(policy: Policy, phase: Phase, rule: Rule) -> Line:
    """Prepare what a rule adds to rulings."""
    at = {"policy": policy.name, "phase": phase.name, "rule": rule.name}
    cited = {"citation": rule.citation or phase.citation}
    then = rule.then
    matched = Part(
        block=then.decision == "block",
        review=then.review,
        reasons=({**at, "then": then.word, "text": rule.text, **cited},),
        advice=then.advice,
        annotations=tuple({**each, "policy": policy.name, "rule": rule.name} for each in then.annotations),
        evidence=then.evidence,
    )
    unpriced = Part(review=True, reasons=({**at, "then": "review", "text": NO_RATE, **cited},))
    return Line(then.decision is not None, matched, unpriced)


PRICED_FAR_BELOW = Line(False, Part(conflicts=(PRICED,)), NOTHING)  # what a policy's local prices add, without a reason


def joined(parts: Sequence[Part]) -> Part:
    """Join parts in order: block beats allow; all else adds up, each advice and evidence once."""
    parts = [part for part in parts if part is not NOTHING]
    if len(parts) < 2:
        return parts[0] if parts else NOTHING
    block, review, reasons = False, False, []
    advice, annotations, evidence, conflicts = [], [], [], []
    for part in parts:  # one pass: this is most of what an event costs that matches rules in a new way
        block, review = block or part.block, review or part.review
        reasons += part.reasons
        if part.advice or part.annotations or part.evidence:
            advice += part.advice
            annotations += part.annotations
            evidence += part.evidence
        conflicts += part.conflicts
    outcomes = _once(advice), tuple(annotations), _once(evidence), _once(conflicts)
    return Part(block, review, tuple(reasons), *outcomes)


def _once(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names)) if names else ()


def matched_rules(ruling: Ruling) -> list[tuple[str, str, str]]:
    """Give policy, phase and rule of all that matched, without those that only a missing rate keeps open."""
    return [(r["policy"], r["phase"], r["rule"]) for r in ruling.reasons if r["text"] is not NO_RATE]


def ruling_of(part: Part, policies: tuple[str, ...], origin: dict[str, Any]) -> Ruling:
    """Make the ruling that a part comes to: what nothing blocks is allowed."""
    decision = "block" if part.block else "allow"
    if part.conflicts:
        origin = {**origin, "conflicts": [*origin["conflicts"], *part.conflicts]}
    return Ruling(decision, part.review, part.reasons, part.advice, part.annotations, part.evidence, policies, origin)
