"""What cases came to, in words: one line a case, and for one that failed every difference with its place."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from stream.cases.expectations import found_in
from stream.cases.run import Ran, RanPolicy
from stream.decide.attributes import FIELD, OWNERS
from stream.decide.files import cases_file
from stream.decide.policy import Policy
from stream.decide.ruling import matched_rules
from stream.problems import did_you_mean


def in_words(policies: Sequence[RanPolicy]) -> str:
    """Give the results as text for a person, the count last."""
    lines = [line for policy in policies for line in _policy(policy)]
    failed = sum(bool(ran.differences) for policy in policies for ran in policy.ran)
    total = sum(len(policy.ran) for policy in policies)
    without = sum(not policy.ran for policy in policies)
    count = f"cases: {total}, failed: {failed}" + (f", policies without cases: {without}" if without else "")
    return "\n".join([*lines, count])


def _policy(policy: RanPolicy) -> Iterator[str]:
    file = policy.policy.place.file
    if not policy.ran:
        yield f"{file}: no cases, write some in `{cases_file(Path(file)).name}` beside it"
        return
    yield file
    for ran in policy.ran:
        yield f"  {'failed' if ran.differences else 'passed'}  {ran.case.name}"
        yield from _differences(ran)
        if ran.differences:
            yield from (f"            {said}" for said in _unread(policy.policy, ran))


def _differences(ran: Ran) -> Iterator[str]:
    found = found_in(ran.ruling)
    for name in ran.differences:
        expected = ran.case.expected[name]
        yield f"            expected {name} {_said(expected.value)}, got {_said(found[name])}"
        yield f"              --> {expected.place}"
    if ran.differences:
        matched = ", ".join(f"{phase} / {rule}" for _, phase, rule in matched_rules(ran.ruling))
        yield f"            rules that matched: {matched or 'none'}"


def _unread(policy: Policy, ran: Ran) -> Iterator[str]:
    """Tell which attributes of a case's event the policy takes nothing from: mostly a slip."""
    for owner in OWNERS:
        above = f"{owner}.{FIELD}."
        declared = [path.removeprefix(above) for path in policy.attributes if path.startswith(above)]
        for name in getattr(ran.case.event, owner).attributes or ():
            path = f"{above}{name}"
            fact = policy.attributes.get(path)
            if fact is None:
                yield f"the policy declares no `{path}`{did_you_mean(name, declared)}"
            elif path in ran.silent:
                yield f"`{path}` says nothing: it is no {fact.kind.name} as declared"


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str):
        return f"`{value}`"
    held = sorted(value) if isinstance(value, frozenset) else value
    return ", ".join(f"`{each}`" for each in held) or "none"
