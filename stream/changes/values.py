"""The value of listings in bands: prices as the events say them in, one band of the price's own currency out.

A band is a power of ten of one currency. Bands of one common currency would need a rate, and which rate is a policy's
own matter: two policies may have two, or none for a currency or a day, and what has no rate would have no value.
"""

from typing import NamedTuple

# Bands from here on are one: nothing is told apart by more digits.
MOST_DIGITS = 12


class Band(NamedTuple):
    """Prices in a currency of so many digits before the point; a price below 1 has none, and no price is None."""

    currency: str | None
    digits: int


NO_PRICE = Band(None, 0)


def band_of(amount: str | None, currency: str | None) -> Band:
    """Give the band of a price.

    >>> band_of("00159000.50", "IDR")
    Band(currency='IDR', digits=6)
    >>> band_of(None, None).currency is None
    True
    """
    if amount is None or currency is None:
        return NO_PRICE
    return Band(currency, min(len(amount.partition(".")[0].lstrip("0")), MOST_DIGITS + 1))


def band_name(band: Band) -> str | None:
    """Say a band in words; None is unknown.

    >>> [band_name(Band("IDR", digits)) for digits in (0, 1, 6, 13)]
    ['IDR below 1', 'IDR 1 to 10', 'IDR 100,000 to 1,000,000', 'IDR 1,000,000,000,000 or more']
    """
    if band.currency is None:
        return None
    if not band.digits:
        return f"{band.currency} below 1"
    floor = 10 ** (band.digits - 1)
    above = f"to {floor * 10:,}" if band.digits <= MOST_DIGITS else "or more"
    return f"{band.currency} {floor:,} {above}"
