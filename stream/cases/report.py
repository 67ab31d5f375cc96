"""What cases came to, in words: one line a case, and for one that failed every difference with its place."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from stream.cases.expectations import found_in
from stream.cases.run import Ran, RanPolicy
from stream.decide.files import cases_file


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


def _differences(ran: Ran) -> Iterator[str]:
    found = found_in(ran.ruling)
    for name in ran.differences:
        expected = ran.case.expected[name]
        yield f"            expected {name} {_said(expected.value)}, got {_said(found[name])}"
        yield f"              --> {expected.place}"
    if ran.differences:
        matched = ", ".join(f"{reason['phase']} / {reason['rule']}" for reason in ran.ruling.reasons)
        yield f"            rules that matched: {matched or 'none'}"


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str):
        return f"`{value}`"
    held = sorted(value) if isinstance(value, frozenset) else value
    return ", ".join(f"`{each}`" for each in held) or "none"
