"""The rules in force for a market at a moment, compiled for asking them all of a batch at once.

Policies come in, then events with their classifications; a ruling an event goes out. Every rule has a bit; for each
thing that rules read, a table turns a key into the bits that it leaves standing, and their `and` is the set of rules
that match: worked out once for all events with the same keys. Equal sets of rules and equal origins share one ruling.
It refuses to know clocks, and keeps nothing of the events but answers.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property, reduce
from operator import and_, or_
from typing import Any, NamedTuple

import numpy as np

from stream.contract.alike import alike_numbers
from stream.decide.asks import Moment, PricedThen
from stream.decide.batches import Batch
from stream.decide.clauses import Clause, Terms
from stream.decide.conditions import Condition, asks_in, settled
from stream.decide.facts import SIGNALS, Keys
from stream.decide.groups import Group
from stream.decide.kept import Kept, Remembered
from stream.decide.origin import Signals, infer_origin
from stream.decide.policy import Phase, Policy
from stream.decide.ruling import PRICED_FAR_BELOW, Part, Ruling, joined, line_of, ruling_of
from stream.decide.tables import coded_tables, table_of

# Signals are the events' to choose, so what is remembered of them is bounded: some hundred megabytes at the very worst.
REMEMBERED_SIGNALS = 1 << 12
REMEMBERED_RULINGS = 1 << 9
REMEMBERED_PARTS = 1 << 13
# The money of one event that may lack a rate: the name of its reading, and its currency.
Unrated = tuple[tuple[str, str], ...]


class PolicyInForce:
    """One policy's rules: their slice of the bits, and what each set of bits adds to a ruling."""

    def __init__(self, policy: Policy, phase: Phase, moment: Moment, terms: Terms) -> None:
        self.id = policy.id_at(phase, moment)
        conditions = [rule.condition for rule in phase.rules]
        self.lines = [line_of(policy, phase, rule) for rule in phase.rules]
        if policy.local_prices:
            conditions, self.lines = [policy.local_prices.condition, *conditions], [PRICED_FAR_BELOW, *self.lines]
        self.conditions = [settled(condition, moment) for condition in conditions]
        start = terms.count
        self.formulas = [terms.formula(condition) for condition in self.conditions]
        self.mask = (1 << terms.count) - (1 << start)
        self.joined = Kept(joined, REMEMBERED_PARTS)
        self.part = Kept(lambda bits: self.joined[tuple(self.applying(bits, bits, ()))], REMEMBERED_PARTS)
        self.open_part = Remembered(lambda key: joined(tuple(self.applying(*key))), REMEMBERED_PARTS)

    def applying(self, held: int, possible: int, unrated: Unrated) -> Iterator[Part]:
        """Give what the rules add, up to the first that decides; also those that only a missing rate leaves open."""
        for line, formula, condition in zip(self.lines, self.formulas, self.conditions, strict=True):
            if formula.holds(held):
                yield line.matched
                if line.decides:
                    return
            elif unrated and formula.holds(possible) and _lacks_rate(condition, unrated):
                yield line.unpriced

    def lacks_rate(self, unrated: Unrated) -> bool:
        return any(_lacks_rate(condition, unrated) for condition in self.conditions)


class InForce:
    """What decides in a market at a moment."""

    def __init__(self, policies: Sequence[Policy], market: str, moment: Moment) -> None:
        here = [policy for policy in policies if market in policy.markets]
        phases = [(policy, phase) for policy in here if (phase := policy.phase_at(moment))]
        terms = Terms()
        self.market = market
        self.policies = [PolicyInForce(policy, phase, moment, terms) for policy, phase in phases]
        self.ids = tuple(policy.id for policy in self.policies)
        self.every_bit = (1 << terms.count) - 1
        formulas = [formula for policy in self.policies for formula in policy.formulas]
        self.choosing = [formula for formula in formulas if formula.choices]
        self.own_bits = reduce(or_, (formula.bit for formula in formulas), 0)
        self.mattering = Kept(self.matter)
        self.clauses: dict[str, list[Clause]] = defaultdict(list)
        for clause in terms.clauses:
            self.clauses[clause.reading.name].append(clause)
        self.matching = Columns(self, possible=False)
        self.slices = [(policy.mask, policy.part) for policy in self.policies]
        self.joined = Kept(joined, REMEMBERED_PARTS)
        self.part = Kept(self.add_up, REMEMBERED_PARTS)
        self.lacks_rate = Remembered(lambda unrated: any(policy.lacks_rate((unrated,)) for policy in self.policies))

    @cached_property
    def possible(self) -> "Columns":
        """What could hold if every rate were there: asked only of events with money that has no rate that day."""
        return Columns(self, possible=True)

    def matter(self, own_bits: int) -> int:
        """Give the bits that matter where these rules' own bits stand: an alternative of any other tells nothing."""
        return reduce(or_, (formula.below for formula in self.choosing if formula.bit & own_bits), own_bits)

    def that_matter(self, bits: int) -> int:
        return bits & self.mattering[bits & self.own_bits]

    def rule(self, batch: Batch) -> list[Ruling]:
        """Give the ruling on each event of a batch."""
        standing, money = self.matching.ask(batch)
        each = [told.rulings[bits] for told, bits in zip(standing.told, standing.bits, strict=True)]
        rulings = list(map(each.__getitem__, standing.codes))
        unrated = self.unrated(money)
        if unrated:
            possible, _ = self.possible.ask(batch.rows(list(unrated)))
            for (row, lacking), maybe in zip(unrated.items(), possible.codes, strict=True):
                code = standing.codes[row]
                told, bits = standing.told[code], standing.bits[code]
                rulings[row] = self.open_ruling(bits, possible.bits[maybe], tuple(lacking), told.origin)
        return rulings

    def unrated(self, money: "Sequence[Asked]") -> dict[int, list[tuple[str, str]]]:
        """Give by row which money has a currency that rules compare it in another than, without a rate that day."""
        rows: dict[int, list[tuple[str, str]]] = defaultdict(list)
        for asked in money:
            currencies = {key[1] for key in asked.keys if key}
            lacking = {currency for currency in currencies if self.lacks_rate[asked.reading, currency]}
            for row, key in zip(asked.rows, asked.keys, strict=True) if lacking else ():
                if key and key[1] in lacking:
                    rows[row].append((asked.reading, key[1]))
        return rows

    def add_up(self, bits: int) -> Part:
        """Give what a set of bits that matter adds to a ruling: one object where the same rules apply."""
        return self.joined[tuple([part[bits & mask] for mask, part in self.slices])]

    def open_ruling(self, bits: int, possible: int, unrated: Unrated, origin: dict[str, Any]) -> Ruling:
        """Give the ruling where currencies have no rate: rules that only this keeps open ask for review."""
        slices = [(policy, policy.mask) for policy in self.policies]
        parts = [policy.open_part[bits & mask, possible & mask, unrated] for policy, mask in slices]
        return ruling_of(joined(parts), self.ids, origin)


class Told:
    """What one set of signals comes to: its origin, the bits that it leaves standing, and the rulings given with it."""

    __slots__ = ("bits", "origin", "rulings")

    def __init__(self, in_force: InForce, signals: Group, key: tuple[Any, ...]) -> None:
        inferred = infer_origin(Signals(*key), in_force.market)
        self.bits = signals.bits(inferred)
        self.origin = inferred.view
        ruled = Kept(lambda part: ruling_of(part, in_force.ids, self.origin), REMEMBERED_RULINGS)
        self.rulings = Kept(lambda bits: ruled[in_force.part[in_force.that_matter(bits)]], REMEMBERED_RULINGS)


class Asked(NamedTuple):
    """Money that was read: the name of its reading, of which rows, and each one's key."""

    reading: str
    rows: Sequence[int]
    keys: list[Any]


class Standing(NamedTuple):
    """What n events leave standing, once for those alike: event i has what its signals come to in `told[codes[i]]`,
    and the bits of what it says in `bits[codes[i]]`.
    """

    codes: Sequence[int]
    told: list[Told]
    bits: list[int]

    def each(self) -> "Standing":
        """Give it once an event."""
        told, bits = (list(map(held.__getitem__, self.codes)) for held in (self.told, self.bits))
        return Standing(range(len(self.codes)), told, bits)


class Columns:
    """A table for everything that rules read; `possible` takes money that cannot be compared for enough."""

    def __init__(self, in_force: InForce, possible: bool) -> None:
        groups = {name: Group(held, in_force.every_bit, possible) for name, held in in_force.clauses.items()}
        signals = groups.pop(SIGNALS.name, Group((), in_force.every_bit, possible))
        self.in_force = in_force
        self.told = Remembered(lambda key: Told(in_force, signals, key), REMEMBERED_SIGNALS)
        self.tables = coded_tables(group for group in groups.values() if not group.reading.late)
        late = [group for group in groups.values() if group.reading.late]
        self.late = [(group.reading, table_of(group), group.terms) for group in late]

    def ask(self, batch: Batch) -> tuple[Standing, list[Asked]]:
        """Give what every event leaves standing, and the money that was read."""
        signals = SIGNALS.few(batch)
        signalled = list(map(self.told.__getitem__, signals.keys))
        coded = [table(batch) for table in self.tables]
        rows = np.stack([signals.codes, *(each.codes for each in coded)], axis=1)
        codes, firsts = alike_numbers(rows)
        at, *held = rows[firsts].T.tolist()
        told = list(map(signalled.__getitem__, at))
        bits = [each.bits for each in told]
        for (_, bits_of), column in zip(coded, held, strict=True):
            bits = list(map(and_, bits, map(bits_of, column)))
        standing = Standing(codes.tolist(), told, bits)
        return self.ask_late(batch, standing.each()) if self.late else (standing, [])

    def ask_late(self, batch: Batch, standing: Standing) -> tuple[Standing, list[Asked]]:
        """Ask the rest, each of the events of which a rule that asks it still stands."""
        own_bits, mattering = self.in_force.own_bits, self.in_force.mattering
        bits = [held & mattering[held & own_bits] for held in standing.bits]
        money = []
        for reading, table, terms in self.late:
            rows = [row for row, held in enumerate(bits) if held & terms]
            keys = reading.keys(batch.rows(rows)) if rows else []
            for row, left in zip(rows, table(keys) if rows else (), strict=True):
                bits[row] &= left
            if reading.like is Keys.PRICES:
                money.append(Asked(reading.name, rows, keys))
        return standing._replace(bits=bits), money


def _lacks_rate(condition: Condition, unrated: Unrated) -> bool:
    """Tell whether a condition compares money for which one of the currencies has no rate."""
    priced = [ask for ask in asks_in(condition) if isinstance(ask.question, PricedThen)]
    held = [(ask, currency) for ask in priced for name, currency in unrated if ask.fact.reading.name == name]
    return any(ask.question.within(currency) is None for ask, currency in held)
