"""What local goods cost: `local_prices:` and its CSV file in, the condition out that a listing is priced far below it.

Columns: `price` (an amount in the table's currency), `from` (when it begins to hold, until a later line for the same
goods), and what the goods are, a `cluster` or a `category`; optionally `note`. The listing of a seller whose type is
local is priced far below local where its price is under the stated share of a price for its goods. It refuses to know
rules.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from stream.decide.asks import IsFarBelow, IsOneOf, Moment, PathStartsWith
from stream.decide.conditions import Ask, Condition, Every, Some
from stream.decide.csv_tables import Row, read_rows
from stream.decide.facts import FACTS
from stream.decide.local_time import read_time
from stream.decide.money import RateTable, read_money
from stream.decide.unreadable import Unreadable
from stream.decide.yaml_nodes import Place, Scalar
from stream.problems import Problem

NEEDED = ("price", "from")
OPTIONAL = ("cluster", "category", "note")
_SHARE = re.compile(r"([1-9][0-9]?)(\.[0-9]{1,4})? ?%")


class Terms(NamedTuple):
    """How prices are compared: the table's currency, the share below which a price is far below, and a rate table."""

    currency: str
    below: Fraction
    rates: RateTable | None


class Goods(NamedTuple):
    """What a price is for: `cluster` or `category`, as written."""

    fact: str
    word: Scalar


@dataclass(frozen=True, slots=True)
class LocalPrices:
    """`prices` by goods: when each begins to hold, in microseconds, and its units; `condition` asks it all."""

    prices: Mapping[tuple[str, str], tuple[tuple[int, int], ...]]
    condition: Condition

    def moments(self) -> set[int]:
        return {since for dated in self.prices.values() for since, _ in dated}

    def on(self, moment: Moment) -> list[tuple[str, str, int]]:
        """Give the prices that hold at a moment, for the policy's digest."""
        begun = [(goods, [each for each in dated if each[0] <= moment.as_of]) for goods, dated in self.prices.items()]
        return sorted((*goods, dated[-1][1]) for goods, dated in begun if dated)


def read_share(text: str) -> Fraction:
    """Read `40%`; raises Unreadable."""
    if not _SHARE.fullmatch(text):
        raise Unreadable(f"expected a share under 100%, found `{text}`", "write `40%`")
    return Fraction(text.rstrip("% ")) / 100


def read_local_prices(
    text: str, file: str, terms: Terms, zone: ZoneInfo, problems: list[Problem]
) -> LocalPrices | None:
    """Read the table; None when anything in it is wrong."""
    rows = read_rows(text, file, NEEDED, OPTIONAL, problems)
    before = len(problems)
    read = [price for row in rows or () if (price := _row(row, file, terms, zone, problems))]
    words: dict[tuple[str, Any], Goods] = {}
    prices: dict[tuple[str, Any], list[tuple[int, int]]] = defaultdict(list)
    for goods, value, since, units in read:
        words.setdefault((goods.fact, value), goods)
        if since in dict(prices[goods.fact, value]):
            problems.append(goods.word.place.problem("a second price from the same day", "keep one"))
        prices[goods.fact, value].append((since, units))
    if rows is None or len(problems) > before:
        return None
    asked = [_far_below(words[key], key[1], tuple(sorted(dated)), terms) for key, dated in prices.items()]
    named = {(words[key].fact, words[key].word.text): tuple(sorted(dated)) for key, dated in prices.items()}
    return LocalPrices(named, Every((_LOCAL, Some(tuple(asked)))))


_LOCAL = Ask(FACTS["seller.type"], IsOneOf(frozenset({"local"})))
_ASKED = {"cluster": ("cluster", IsOneOf), "category": ("listing.category_path", PathStartsWith)}


def _far_below(goods: Goods, value: Any, dated: tuple[tuple[int, int], ...], terms: Terms) -> Condition:
    name, question = _ASKED[goods.fact]
    of_these = Ask(FACTS[name], question(frozenset({value})), (goods.word,))
    cheap = IsFarBelow(tuple((since, units * terms.below) for since, units in dated), terms.currency, terms.rates)
    return Every((of_these, Ask(FACTS["listing.price"], cheap, (goods.word,))))


def _row(
    row: Row, file: str, terms: Terms, zone: ZoneInfo, problems: list[Problem]
) -> tuple[Goods, Any, int, int] | None:
    given = [name for name in _ASKED if name in row.texts]
    if len(given) != 1:
        found = "both" if given else "neither"
        message = f"expected a cluster or a category, found {found}"
        return problems.append(Place(file, row.line).problem(message, "fill in one of the two columns"))
    goods = Goods(given[0], Scalar(row.texts[given[0]], True, Place(file, row.line, "", given[0])))
    try:
        value = FACTS[_ASKED[goods.fact][0]].kind.read(goods.word.text, zone)
        money = read_money(f"{row.texts['price']} {terms.currency}")
        return goods, value, read_time(row.texts["from"], zone), money.units
    except Unreadable as reason:
        return problems.append(Place(file, row.line).problem(reason.message, reason.hint))
