"""What a condition can ask of one fact: small frozen questions that answer true, false or unknown for a value.

A value comes in as its fact gives it (None is unknown), a truth goes out. Questions about lists and rates are settled
for a moment first. They refuse to know where the value comes from and how the question was written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple, Protocol

from stream.decide.money import Money, RateTable, convert
from stream.decide.patterns import Pattern, path_text
from stream.decide.truth import Truth

Number = int | float | Fraction


class Moment(NamedTuple):
    """When a decision is made and what was known then, both in microseconds since 1970."""

    as_of: int
    known_on: int


class Found(NamedTuple):
    """A set of which some members may be undecided."""

    members: frozenset[str]
    undecided: frozenset[str] = frozenset()


class Question(Protocol):
    """One thing to ask of a value."""

    def answer(self, value: Any) -> Truth: ...


@dataclass(frozen=True, slots=True)
class IsPresent:
    """Whether the event says anything: never unknown."""

    wanted: bool

    def answer(self, value: Any) -> Truth:
        return (value is not None) is self.wanted


@dataclass(frozen=True, slots=True)
class IsOneOf:
    values: frozenset[Any]

    def answer(self, value: Any) -> Truth:
        return None if value is None else value in self.values


@dataclass(frozen=True, slots=True)
class HasOneOf:
    """Of a set: one member that is there settles it; one that is undecided leaves it open."""

    values: frozenset[str]

    def answer(self, value: Found | None) -> Truth:
        if value is None:
            return None
        return True if value.members & self.values else None if value.undecided & self.values else False


@dataclass(frozen=True, slots=True)
class IsEmpty:
    wanted: bool

    def answer(self, value: Found | None) -> Truth:
        if value is None or (not value.members and value.undecided):
            return None
        return (not value.members) is self.wanted


@dataclass(frozen=True, slots=True)
class StartsWith:
    """Text that begins with one of the prefixes."""

    values: frozenset[str]

    def answer(self, value: str | None) -> Truth:
        return None if value is None else value.startswith(tuple(self.values))


@dataclass(frozen=True, slots=True)
class CodeStartsWith:
    """A code that begins with one of the prefixes; one too short to tell, such as `62` for `6204`, is unknown."""

    values: frozenset[str]

    def answer(self, value: str | None) -> Truth:
        if value is None:
            return None
        if any(value[:length] in self.values for length in {len(prefix) for prefix in self.values}):
            return True
        return None if any(prefix.startswith(value) for prefix in self.values) else False


@dataclass(frozen=True, slots=True)
class PathStartsWith:
    """A path that lies at or below one of the paths."""

    values: frozenset[tuple[str, ...]]

    def answer(self, value: tuple[str, ...] | None) -> Truth:
        return (
            None
            if value is None
            else any(value[:length] in self.values for length in {len(path) for path in self.values})
        )


@dataclass(frozen=True, slots=True)
class Matches:
    """Text in which one of the patterns is found."""

    values: frozenset[Pattern]

    def answer(self, value: str | None) -> Truth:
        return None if value is None else any(pattern.found(value) for pattern in self.values)


@dataclass(frozen=True, slots=True)
class PathMatches:
    """A path that one of the patterns describes from end to end."""

    values: frozenset[Pattern]

    def answer(self, value: tuple[str, ...] | None) -> Truth:
        return None if value is None else any(pattern.found(path_text(value)) for pattern in self.values)


@dataclass(frozen=True, slots=True)
class HasMatch:
    """A set with a member in which one of the patterns is found."""

    values: frozenset[Pattern]

    def answer(self, value: Found | None) -> Truth:
        return None if value is None else any(p.found(member) for p in self.values for member in value.members)


@dataclass(frozen=True, slots=True)
class IsWithin:
    """A number between bounds; a bound of None is none, and `includes_` tells whether a bound itself counts."""

    low: Number | None = None
    high: Number | None = None
    includes_low: bool = True
    includes_high: bool = True

    def answer(self, value: Number | None) -> Truth:
        if value is None:
            return None
        above = self.low is None or (value >= self.low if self.includes_low else value > self.low)
        below = self.high is None or (value <= self.high if self.includes_high else value < self.high)
        return bool(above and below)  # an array's number answers with an array's truth, which is not `True`

    def points(self) -> tuple[Number, ...]:
        """Give the values at which the answer can change."""
        return tuple(bound for bound in (self.low, self.high) if bound is not None)

    def scaled(self, factor: Fraction) -> "IsWithin":
        """Give the same question for values that are this many times smaller."""
        low, high = (None if bound is None else bound / factor for bound in (self.low, self.high))
        return IsWithin(low, high, self.includes_low, self.includes_high)


class Span(NamedTuple):
    """When something holds: from `since` until `until`, as known from `published`; None leaves that side open."""

    since: int | None = None
    until: int | None = None
    published: int | None = None

    def holds(self, moment: Moment) -> bool:
        begun = self.since is None or self.since <= moment.as_of
        known = self.published is None or self.published <= moment.known_on
        return begun and known and (self.until is None or moment.as_of < self.until)


@dataclass(frozen=True, slots=True)
class InList:
    """A question about the values that a named list holds on the day; `asks` is the question's kind."""

    list_name: str
    entries: tuple[tuple[Any, Span], ...]
    asks: type[IsOneOf] | type[HasOneOf] | type[StartsWith] | type[CodeStartsWith] | type[PathStartsWith]

    def at(self, moment: Moment) -> Question:
        return self.asks(frozenset(value for value, span in self.entries if span.holds(moment)))


@dataclass(frozen=True, slots=True)
class IsPriced:
    """Money between bounds in a currency, at the rate of the day from a table (None: only that currency compares)."""

    within: IsWithin
    currency: str
    table: RateTable | None

    def at(self, moment: Moment) -> "PricedThen":
        worth = self.table.on(moment.as_of, moment.known_on) if self.table else {}
        return PricedThen(self, worth)


@dataclass(frozen=True, slots=True)
class IsFarBelow:
    """Money under a limit in a currency that is dated: `limits` are moments in microseconds with units, in order."""

    limits: tuple[tuple[int, Fraction], ...]
    currency: str
    table: RateTable | None

    def at(self, moment: Moment) -> "PricedThen":
        limit = max((each for each in self.limits if each[0] <= moment.as_of), default=(0, Fraction(0)))[1]
        return IsPriced(IsWithin(high=limit, includes_high=False), self.currency, self.table).at(moment)


@dataclass(frozen=True, slots=True)
class PricedThen:
    """Money between bounds, with the rates of a day."""

    question: IsPriced
    worth: Mapping[str, Fraction] = field(hash=False)

    def within(self, currency: str) -> IsWithin | None:
        """Give the question for amounts in a currency, or None where a rate is missing."""
        factor = convert(self.worth, currency, self.question.currency)
        return None if factor is None else self.question.within.scaled(factor)

    def answer(self, value: Money | None) -> Truth:
        within = self.within(value.currency) if value else None
        return within.answer(value.units) if within and value else None


def settle(question: Any, moment: Moment) -> Question:
    """Give a question with its list or rates as they are at a moment."""
    return question.at(moment) if isinstance(question, InList | IsPriced | IsFarBelow) else question
