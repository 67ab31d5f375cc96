"""Policies: frozen values, and which of their phases is in force at a moment as far as it was known at another.

It refuses to know YAML, files and events.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from stream.decide.asks import Moment
from stream.decide.conditions import Condition
from stream.decide.facts import Fact
from stream.decide.local_prices import LocalPrices
from stream.decide.money import RateTable
from stream.decide.named_lists import NamedList
from stream.decide.rules import Rule
from stream.decide.yaml_nodes import Place, Scalar

DIGEST_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Phase:
    """What a policy says from `effective` to `until` or the next phase, once `published`; microseconds since 1970."""

    name: str
    published: int
    effective: int
    until: int | None
    citation: str
    rules: tuple[Rule, ...]
    place: Place
    supersedes: tuple[Scalar, ...] = ()

    def replaces(self, other: "Phase") -> bool:
        return any(word.text == other.name for word in self.supersedes)

    def halts(self, other: "Phase") -> bool:
        """Tell whether the other never takes effect, since this one replaced it before it began."""
        return self.replaces(other) and self.published < other.effective


@dataclass(frozen=True, slots=True)
class Policy:
    """A dated document. `document` is its canonical form, without layout and comments."""

    name: str
    version: int
    markets: tuple[str, ...]
    zone: ZoneInfo
    review_every: str | None
    phases: tuple[Phase, ...]
    lists: Mapping[str, NamedList]
    rates: Mapping[str, RateTable]
    document: Any
    place: Place
    local_prices: LocalPrices | None = None
    attributes: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def market(self) -> str:
        """The only market, or the first of several."""
        return self.markets[0]

    def asked_in(self, phase: Phase) -> list[Condition]:
        """Give what is asked while a phase is in force: by its rules, and by local prices, which go for all phases."""
        local = [self.local_prices.condition] if self.local_prices else []
        return [*(rule.condition for rule in phase.rules), *local]

    def known_on(self, moment: int) -> list[Phase]:
        """Give the phases that are published by then."""
        return [phase for phase in self.phases if phase.published <= moment]

    def phase_at(self, moment: Moment) -> Phase | None:
        """Give the phase in force: of those known, the last to take effect, unless it has ended.

        Of two that take effect at once it is the one published later. A superseded one that had not begun when that was
        published never takes effect; any other ends when the one that supersedes it takes effect.
        """
        known = self.known_on(moment.known_on)
        halted = {p.name for p in known for by in known if by.halts(p)}
        begun = [p for p in known if p.effective <= moment.as_of and p.name not in halted]
        standing = [p for p in begun if not any(by.replaces(p) for by in begun)]
        last = max(standing, key=lambda phase: (phase.effective, phase.published), default=None)
        return last if last and (last.until is None or moment.as_of < last.until) else None

    def moments(self) -> set[int]:
        """Give every moment at which what the policy says can change."""
        phases = {m for p in self.phases for m in (p.published, p.effective, p.until) if m is not None}
        tables = [*self.lists.values(), *self.rates.values(), *([self.local_prices] if self.local_prices else [])]
        return phases.union(*(table.moments() for table in tables))

    def id_at(self, phase: Phase, moment: Moment) -> str:
        """Name what decides: policy, version, phase, and a digest over the document with lists and rates as of then.

        So one id decides one way, and a rate or list entry that is added for tomorrow leaves today's ids alone.
        """
        lists = {name: sorted(_held(held, moment)) for name, held in self.lists.items()}
        rates = {name: _worth(table, moment) for name, table in self.rates.items()}
        local = [self.local_prices.on(moment)] if self.local_prices else []
        whole = json.dumps(
            [self.document, lists, rates, *local], ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        return f"{self.name}@{self.version}/{phase.name}#{sha256(whole.encode()).hexdigest()[:DIGEST_DIGITS]}"


@dataclass(frozen=True)
class PolicySet:
    """The policies of a start, by name, checked together. `compiled` remembers what was made of them."""

    policies: tuple[Policy, ...] = ()
    compiled: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def moments(self) -> tuple[int, ...]:
        """Every moment at which what any policy says can change, in order."""
        return tuple(sorted(set().union(*(policy.moments() for policy in self.policies))))


def _held(held: NamedList, moment: Moment) -> set[str]:
    return {row.word.text for row in held.rows if row.span.holds(moment)}


def _worth(table: RateTable, moment: Moment) -> dict[str, str]:
    return {currency: str(worth) for currency, worth in table.on(moment.as_of, moment.known_on).items()}
