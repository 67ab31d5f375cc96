"""Money: amounts as whole numbers, a dated table of exchange rates, and a comparison in a named currency, all exact.

Amounts count in units of a millionth of a millionth, the twelve places that the wire allows, so that nothing is ever
rounded. It refuses to know clocks and files: the moment is asked with, the table's rows are given.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from stream.decide.currencies import CURRENCIES, near_currency
from stream.decide.unreadable import Unreadable

UNITS = 10**12
_AMOUNT = re.compile(r"[0-9]{1,24}(\.[0-9]{1,12})?")
_CURRENCY = re.compile(r"[A-Z]{3}")


class UnknownCurrency(Unreadable):
    """Three capital letters that are no currency."""


class Money(NamedTuple):
    """An amount in units of 10^-12 of its currency."""

    units: int
    currency: str


def units_of(amount: str) -> int:
    """Give a wire amount in whole units.

    >>> units_of("99.99"), units_of("159000")
    (99990000000000, 159000000000000000)
    """
    whole, _, fraction = amount.partition(".")
    return int(whole) * UNITS + int(f"{fraction:0<12}"[:12]) if fraction else int(whole) * UNITS


def amount_of(units: int) -> str:
    """Give units as a wire amount.

    >>> amount_of(99990000000000), amount_of(2000000 * UNITS)
    ('99.99', '2000000')
    """
    whole, rest = divmod(units, UNITS)
    return f"{whole}.{rest:012}".rstrip("0") if rest else str(whole)


def read_money(text: str) -> Money:
    """Read `100 USD`; raises Unreadable."""
    amount, _, currency = text.strip().partition(" ")
    if not _AMOUNT.fullmatch(amount) or not _CURRENCY.fullmatch(currency.strip()):
        raise Unreadable(f"expected an amount and a currency, found `{text}`", "write `100 USD`")
    return Money(units_of(amount), read_currency(currency.strip()))


def read_currency(text: str) -> str:
    """Read `USD`; raises Unreadable."""
    if not _CURRENCY.fullmatch(text):
        raise Unreadable(f"expected a currency of three capital letters, found `{text}`", "write `USD`")
    if text not in CURRENCIES:
        raise UnknownCurrency(
            f"unknown currency `{text}`{near_currency(text)}", "currencies are ISO 4217 codes, such as `IDR`"
        )
    return text


def read_rate(text: str) -> Fraction:
    """Read a positive decimal number exactly; raises Unreadable."""
    if not _AMOUNT.fullmatch(text) or not Fraction(text):
        raise Unreadable(f"expected a rate above 0, found `{text}`", "write it with a point, such as `14345.50`")
    return Fraction(text)


class DatedRate(NamedTuple):
    """What one unit of a currency was worth in the table's base currency, between two moments in microseconds."""

    since: int
    until: int
    worth: Fraction


@dataclass(frozen=True, slots=True)
class RateTable:
    """Exchange rates by currency, oldest first; `base` is what they are quoted in, `basis` says whose they are."""

    name: str
    base: str
    basis: str
    rates: Mapping[str, tuple[DatedRate, ...]] = field(hash=False)

    def on(self, as_of: int, known_on: int) -> dict[str, Fraction]:
        """Give each currency's worth in the base currency at a moment, as known on another: from its day on."""
        worth = {self.base: Fraction(1)}
        for currency, dated in self.rates.items():
            after = bisect_right(dated, min(as_of, known_on), key=lambda rate: rate.since)
            if after and as_of < dated[after - 1].until:
                worth[currency] = dated[after - 1].worth
        return worth

    def moments(self) -> set[int]:
        """Give the moments at which a rate begins or ends."""
        return {moment for dated in self.rates.values() for rate in dated for moment in (rate.since, rate.until)}


def convert(worth: Mapping[str, Fraction], source: str, target: str) -> Fraction | None:
    """Give how many of `target` one `source` is worth, or None where a rate is missing; none is needed to itself.

    >>> convert({"IDR": Fraction(1), "USD": Fraction(14345)}, "IDR", "USD")
    Fraction(1, 14345)
    """
    if source == target:
        return Fraction(1)
    return worth[source] / worth[target] if source in worth and target in worth else None
