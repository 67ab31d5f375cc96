"""Ranges: the comparisons of a condition in, one question between two bounds out.

Whatever is wrong is added to `problems`. It refuses to know facts: the bounds come as values that compare.
"""

import re
from collections.abc import Mapping
from typing import Any

from stream.decide.asks import IsPriced, IsWithin
from stream.decide.fields import read_word
from stream.decide.money import Money, RateTable
from stream.decide.yaml_nodes import Fields, Node, Scalar, shown
from stream.problems import Problem, did_you_mean

_SCORE = re.compile(r"0(\.[0-9]{1,4})?|1(\.0{1,4})?")


def read_range(node: Fields, bounds: Mapping[str, Any], problems: list[Problem]) -> IsWithin | None:
    """Make a range of up to two bounds by operator; one that nothing can lie in is refused."""
    for strict, loose in (("gt", "gte"), ("lt", "lte")):
        if strict in bounds and loose in bounds:
            return problems.append(
                node.place.problem(f"both `{strict}` and `{loose}` bound it on one side", "keep one")
            )
    low, high = bounds.get("gt", bounds.get("gte")), bounds.get("lt", bounds.get("lte"))
    closed = "gt" not in bounds and "lt" not in bounds
    if low is not None and high is not None and (low > high or (low == high and not closed)):
        hint = "swap them, or use `any` for what lies outside"
        return problems.append(node.place.problem("nothing lies within these bounds", hint))
    return IsWithin(low, high, "gt" not in bounds, "lt" not in bounds)


def read_score(node: Node, problems: list[Problem]) -> int | None:
    """Read a score of up to four places as ten-thousandths."""
    text = node.text if isinstance(node, Scalar) else ""
    whole, _, fraction = text.partition(".")
    if _SCORE.fullmatch(text):
        return int(whole + f"{fraction:0<4}")
    message = f"expected a score from 0 to 1 with up to four places, found {shown(node)}"
    return problems.append(node.place.problem(message, "write `0.8`"))


def read_priced(
    node: Fields, bounds: Mapping[str, Money], rates: Mapping[str, RateTable], problems: list[Problem]
) -> IsPriced | None:
    """Make a range of money in one currency, at the table that `at` names or the policy's only one."""
    currencies = sorted({money.currency for money in bounds.values()})
    if len(currencies) > 1:
        found = " and ".join(f"`{currency}`" for currency in currencies)
        hint = "compare each in its own entry of `all`"
        return problems.append(node.place.problem(f"a range in two currencies, {found}", hint))
    before = len(problems)
    table = read_table(node.get("at"), node, rates, problems)
    within = read_range(node, {name: money.units for name, money in bounds.items()}, problems)
    return IsPriced(within, currencies[0], table) if within and len(problems) == before else None


def read_table(
    at: Node | None, node: Node, rates: Mapping[str, RateTable], problems: list[Problem]
) -> RateTable | None:
    """Find the rate table that is named, or the policy's only one; none where it has none."""
    if at is None and len(rates) > 1:
        names = ", ".join(f"`{name}`" for name in rates)
        return problems.append(
            node.place.problem(f"money is compared, and there are the rate tables {names}", "name one with `at`")
        )
    if at is None:
        return next(iter(rates.values()), None)
    name = read_word(at, "the name of a rate table", problems)
    if name is not None and name not in rates:
        hint = "name it under `rates` at the top of the policy"
        problems.append(at.place.problem(f"unknown rate table `{name}`{did_you_mean(name, rates)}", hint))
    return rates.get(name or "")
