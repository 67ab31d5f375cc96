"""Exchange-rate tables: a CSV file beside a policy in, a `RateTable` out.

Columns: `date`, `currency`, `rate` (what `units` of the currency are worth in the table's base currency), optionally
`units` (1) and `note`. A rate holds from its date for the table's `valid_for`, unless a newer one comes first.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from stream.decide.csv_tables import Row, read_rows
from stream.decide.local_time import read_date, start_of
from stream.decide.money import DatedRate, RateTable, read_currency, read_rate
from stream.decide.unreadable import Unreadable
from stream.decide.yaml_nodes import Place
from stream.problems import Problem

NEEDED = ("date", "currency", "rate")
OPTIONAL = ("units", "note")
_READ = {"date": read_date, "currency": read_currency, "rate": read_rate, "units": read_rate}


@dataclass(frozen=True, slots=True)
class Quotation:
    """How a table is quoted: its name, base currency, basis in words, and how long a rate holds."""

    name: str
    base: str
    basis: str
    valid_for: timedelta


def read_rates(quoted: Quotation, text: str, file: str, zone: ZoneInfo, problems: list[Problem]) -> RateTable | None:
    """Read a rate table; None when anything in it is wrong."""
    rows = read_rows(text, file, NEEDED, OPTIONAL, problems)
    if rows is None:
        return None
    before = len(problems)
    worth: dict[str, dict[date, Fraction]] = defaultdict(dict)
    for row in rows:
        _add(row, quoted, worth, file, problems)
    if len(problems) > before:
        return None
    dated = {currency: _dated(days, quoted.valid_for, zone) for currency, days in worth.items()}
    return RateTable(quoted.name, quoted.base, quoted.basis, dated)


def _add(
    row: Row, quoted: Quotation, worth: dict[str, dict[date, Fraction]], file: str, problems: list[Problem]
) -> None:
    read = {name: _cell(row, name, file, problems) for name in _READ if name in row.texts}
    if None in read.values():
        return
    day, currency, place = read["date"], read["currency"], Place(file, row.line, "", "currency")
    if currency == quoted.base:
        problems.append(
            place.problem(f"a rate for `{currency}`, the table's own base", "delete the line; it is always 1")
        )
    elif day in worth[currency]:
        problems.append(place.problem(f"a second rate for `{currency}` on {day}", "keep one"))
    else:
        worth[currency][day] = read["rate"] / read.get("units", 1)


def _cell(row: Row, name: str, file: str, problems: list[Problem]) -> object:
    try:
        return _READ[name](row.texts[name])
    except Unreadable as reason:
        problems.append(Place(file, row.line, "", name).problem(reason.message, reason.hint))
        return None


def _dated(days: dict[date, Fraction], valid_for: timedelta, zone: ZoneInfo) -> tuple[DatedRate, ...]:
    return tuple(DatedRate(start_of(day, zone), start_of(day + valid_for, zone), days[day]) for day in sorted(days))
