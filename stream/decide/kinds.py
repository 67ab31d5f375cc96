"""Kinds of facts: how a policy writes their values, how an event's are brought to the same form, what can be asked.

A policy's text or an event's value comes in, a comparable value goes out, None where an event's says nothing. It
refuses to know which facts there are.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from stream.decide.asks import (
    CodeStartsWith,
    Found,
    HasMatch,
    HasOneOf,
    IsOneOf,
    Matches,
    PathMatches,
    PathStartsWith,
    StartsWith,
)
from stream.decide.countries import COUNTRIES
from stream.decide.local_time import read_time
from stream.decide.money import read_money
from stream.decide.patterns import Pattern, read_exact_pattern, read_path_pattern, read_pattern
from stream.decide.unreadable import Unreadable
from stream.problems import did_you_mean

_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,12})?")
_COUNT = re.compile(r"[0-9]{1,18}")
_CODE = re.compile(r"[0-9]+(?:[. -][0-9]+)*")  # one way to match, so that no code takes more than linear time
_HS_LENGTHS = (2, 4, 6, 8, 10)

COMPARISONS = ("gt", "gte", "lt", "lte")
EQUALITY = ("not", "in_list", "present")
PREFIXES = ("prefix", "prefix_in_list")
MATCHES = "matches"


class Patterns(NamedTuple):
    """How a kind's patterns are read and asked."""

    read: Callable[[str], Pattern]
    asks: type[Matches] | type[HasMatch] | type[PathMatches]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a fact's values are. `operators` are those allowed beside a bare value or list, which `bare` allows."""

    name: str
    read: Callable[[str, ZoneInfo], Any]
    operators: tuple[str, ...]
    says: str
    bare: bool = True
    equals: type[IsOneOf] | type[HasOneOf] = IsOneOf
    begins: type[StartsWith] | type[CodeStartsWith] | type[PathStartsWith] = StartsWith
    patterns: Patterns | None = None


def text_of(found: str | None) -> str | None:
    """Bring an event's text to the form that is compared: without case and outer space; a blank one says nothing."""
    return (found.strip().casefold() or None) if found else None


def path_of(found: Iterable[str] | None) -> tuple[str, ...] | None:
    """Bring an event's category path to the form that policies compare; an empty one says nothing."""
    path = tuple(part.strip().casefold() for part in found or ())
    return path if any(path) else None


def code_of(found: str | None) -> str | None:
    """Give a code's digits; with anything else than points, spaces and hyphens between them it says nothing.

    >>> code_of("6204.42"), code_of("HS 6204"), code_of("")
    ('620442', None, None)
    """
    code = found.strip() if found else ""
    return re.sub(r"[. -]", "", code) if _CODE.fullmatch(code) else None


def set_of(found: Iterable[str] | None) -> Found | None:
    """Bring an event's list to the form that policies compare; an empty list says `none`, and that is known."""
    return None if found is None else Found(frozenset(part.strip().casefold() for part in found))


def _read_text(text: str, _: ZoneInfo) -> str:
    """Read a text that says something: every text begins with a blank one, and no event's is one."""
    if not text.strip():
        raise Unreadable("expected a text, found a blank one", "to ask for absence write `{present: false}`")
    return text.strip().casefold()


def _read_identifier(text: str, zone: ZoneInfo) -> str:
    _read_text(text, zone)
    return text


def _read_same(text: str, _: ZoneInfo) -> str:
    return text


def _read_country(text: str, _: ZoneInfo) -> str:
    if text not in COUNTRIES:
        near = did_you_mean(text.upper(), COUNTRIES) if len(text) == 2 else ""
        raise Unreadable(f"unknown country `{text}`{near}", "countries are ISO 3166 codes in capitals, such as `ID`")
    return text


def _read_code(text: str, _: ZoneInfo) -> str:
    code = code_of(text)
    if code is None or len(code) not in _HS_LENGTHS:
        raise Unreadable(
            f"expected a code of 2, 4, 6, 8 or 10 digits, found `{text}`", "leading zeros count: chapter 4 is `04`"
        )
    return code


def _read_path(text: str, _: ZoneInfo) -> tuple[str, ...]:
    path = tuple(part.strip().casefold() for part in text.split(">"))
    if not all(path):
        raise Unreadable(f"an empty step in the category path `{text}`", "write `Fashion > Muslim`")
    return path


def _read_number(text: str, _: ZoneInfo) -> int | float:
    if not _NUMBER.fullmatch(text):
        raise Unreadable(
            f"expected a number, found `{text}`", "write it with a point and no separators, such as `1250.5`"
        )
    return float(text) if "." in text else int(text)


def _read_count(text: str, _: ZoneInfo) -> int:
    if not _COUNT.fullmatch(text):
        raise Unreadable(f"expected a whole number from 0, found `{text}`", "write it without separators: `1250`")
    return int(text)


def _read_flag(text: str, _: ZoneInfo) -> bool:
    if text not in ("true", "false"):
        raise Unreadable(f"expected `true` or `false`, found `{text}`")
    return text == "true"


IDENTIFIER = Kind(
    "identifier",
    _read_identifier,
    (*EQUALITY, *PREFIXES, MATCHES),
    "text, exactly as it is",
    patterns=Patterns(read_exact_pattern, Matches),
)
TEXT = Kind(
    "text",
    _read_text,
    (*EQUALITY, *PREFIXES, MATCHES),
    "text; case and space around it do not count",
    patterns=Patterns(read_pattern, Matches),
)
CHOICE = Kind("choice", _read_same, EQUALITY, "one of the names that the table, or the declaration, lists")
COUNTRY = Kind("country", _read_country, EQUALITY, "an ISO 3166 code in capitals: `ID`")
CODE = Kind("code", _read_code, EQUALITY + PREFIXES, "2, 4, 6, 8 or 10 digits: `6204.42`", begins=CodeStartsWith)
PATH = Kind(
    "path",
    _read_path,
    (*EQUALITY, *PREFIXES, MATCHES),
    "steps joined by `>`: `Fashion > Muslim`",
    begins=PathStartsWith,
    patterns=Patterns(read_path_pattern, PathMatches),
)
SET = Kind(
    "set",
    _read_text,
    (*EQUALITY, "empty", MATCHES),
    "text that is, or is not, in the set",
    equals=HasOneOf,
    patterns=Patterns(read_pattern, HasMatch),
)
CONFLICT = Kind("conflicts", _read_same, ("not", "empty"), "names that the table lists", equals=HasOneOf)
NUMBER = Kind("number", _read_number, ("not", *COMPARISONS, "present"), "a number: `40` or `12.5`")
COUNTER = Kind("counter", _read_count, ("not", *COMPARISONS, "present"), "a whole number from 0: `50`")
MONEY = Kind(
    "money",
    lambda text, _: read_money(text),
    ("not", *COMPARISONS, "at", "present"),
    "an amount and a currency: `100 USD`",
)
TIME = Kind(
    "time", read_time, ("not", *COMPARISONS), "a date or time in the policy's zone: `2021-08-03T09:00:00`", bare=False
)
FLAG = Kind("flag", _read_flag, ("not",), "`true` or `false`")
CLUSTER = Kind("cluster", _read_same, ("not",), "a cluster of the model")
