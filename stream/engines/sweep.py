"""A sweep: the listings whose decision changes are asked for on `listings.redecide`; their workers decide them again.

A partition at a time: what is decided now, then the catalogue; what differs is published with the sweep's progress in
one transaction, so a run that is killed leaves no gap and no double. It refuses to know which pair is live and who
asks: the worker that owns a listing has the last word, and an event in flight there wins.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from stream.catalogue.flips import ASKED, Partition, Seen
from stream.changes.budget import MAX_FLIPS, Budget
from stream.changes.change import FLIPS, Effect
from stream.contract.instant import Instant, parse_instant
from stream.engines.decided_topic import decided_in
from stream.engines.labels_topic import labels_in
from stream.engines.open_topic import OpenTopic, records_in
from stream.engines.sweep_progress import (
    LOCAL_BLOCKS,
    REQUESTED,
    Identity,
    Part,
    decided_in_all,
    flips_in_all,
    read_reached,
    total,
    write_reached,
)
from stream.engines.sweep_publisher import Request, SweepPublisher
from stream.pipeline import Pipeline
from stream.problems import BadSetup, Problem
from stream.settings import Settings

# Bound of one transaction, far within the brokers' minute.
REQUESTS = 500
# A share of fewer listings says nothing: the first flip of all would be 100 %.
SHARE_OF_AT_LEAST = 1_000

Advance = Callable[[int], None]


@dataclass(frozen=True)
class Plan:
    """What a sweep is to do: with what, as of when, for which changes, how fast, within which budgets."""

    settings: Settings
    name: str
    pipeline: Pipeline
    as_of: Instant
    identity: Identity
    rate: float | None = None
    budgets: Sequence[Budget] = ()


@dataclass
class Swept:
    """What a sweep came to: its partitions, and the budget that stopped it, where one did."""

    parts: dict[int, Part] = field(default_factory=dict)
    over: Budget | None = None
    resumed: bool = False

    @property
    def counts(self) -> Counter[str]:
        return total(self.parts.values())

    @property
    def done(self) -> bool:
        return all(part.done for part in self.parts.values())


@dataclass
class _Pace:
    """Requests a second, over all partitions of this run."""

    rate: float | None
    began: float = field(default_factory=time.monotonic)
    published: int = 0

    @property
    def at_once(self) -> int:
        return REQUESTS if self.rate is None else max(1, min(REQUESTS, int(self.rate)))

    async def keep(self, published: int) -> None:
        self.published += published
        if self.rate is not None and published:
            await asyncio.sleep(max(0.0, self.began + self.published / self.rate - time.monotonic()))


async def resume(plan: Plan, by: SweepPublisher | None, swept: Swept, listings: OpenTopic) -> Plan:
    """Take up an earlier run of the sweep, as of its moment, or begin one. Raises BadSetup where it was another's."""
    found = await by.reached() if by else {}
    try:
        identity, parts = read_reached(found)
    except ValueError:
        message = f"the consumer group of sweep `{plan.name}` has offsets that no sweep wrote"
        raise BadSetup([Problem(message, "command line, `--name`", "take another name")]) from None
    if identity is not None:
        if problems := differing(plan.name, identity, plan.identity):
            raise BadSetup(problems)
        swept.parts, swept.resumed = parts, True
        return replace(plan, identity=identity, as_of=parse_instant(identity.as_of))
    swept.parts = {p: Part(listings.begins[p], listings.ends[p]) for p in listings.ends}
    if by:
        await by.commit({p: write_reached(plan.identity, part) for p, part in swept.parts.items()})
    return plan


def differing(name: str, before: Identity, now: Identity) -> list[Problem]:
    """Say what keeps a sweep from going on where its earlier run stopped. The moment stays that of the first run."""
    hint = "a sweep is one pair, one moment and one question; begin another with `--name`"
    pairs = [
        (f"sweep `{name}` began with pair `{before.pair}`, and `{now.pair}` is live", before.pair, now.pair),
        (
            f"sweep `{name}` began when other phases were in force: {_names(before)}, and now {_names(now)}",
            before.in_force,
            now.in_force,
        ),
        (f"sweep `{name}` began with `--changes {before.changes}`", before.changes, now.changes),
        (f"sweep `{name}` began on topic `{before.source}`", before.source, now.source),
    ]
    return [Problem(message, "command line, `--name`", hint) for message, was, is_ in pairs if was != is_]


def _names(identity: Identity) -> str:
    return ", ".join(f"`{name}`" for name in identity.in_force) or "none"


async def sweep(
    plan: Plan, by: SweepPublisher | None, swept: Swept, listings: OpenTopic, check: Callable, advance: Advance
) -> None:
    """Sweep what is left. Without a publisher it only counts. `check` is awaited before each partition."""
    await check()
    pace = _Pace(plan.rate)
    for partition, part in sorted(swept.parts.items()):
        if not part.done:
            await check()
            await _Sweeping(plan, by, swept, partition, pace).run(listings, advance)
        if swept.over:
            return


@dataclass
class _Sweeping:
    """One partition under way; `waiting` are the requests of what was looked at since the last transaction."""

    plan: Plan
    by: SweepPublisher | None
    swept: Swept
    partition: int
    pace: _Pace
    waiting: list[Request] = field(default_factory=list)

    async def run(self, listings: OpenTopic, advance: Advance) -> None:
        """Sweep the partition to its end, or to where a budget stops it."""
        part = self.swept.parts[self.partition]
        listings = replace(listings, ends={**listings.ends, self.partition: part.end})
        held = Partition(await decided_in(self.plan.settings, self.partition))
        labels = await labels_in(self.plan.settings, self.partition)
        async for records in records_in(listings, self.partition):
            behind = [record for record in records if record.offset < part.next]
            ahead = records[len(behind) :]
            if behind:
                held.pass_over(behind)
            if ahead:
                seen = await asyncio.to_thread(held.look, self.plan.pipeline, ahead, self.plan.as_of, labels)
                await self._take(seen)
            advance(len(records))
            if self.swept.over:
                return
        await self._commit(part.end)

    async def _take(self, seen: Sequence[Seen]) -> None:
        part = self.swept.parts[self.partition]
        counts, begun = self.swept.counts, Counter(part.counts)
        for one in seen:
            if over := self._over(one, counts):
                await self._commit(one.record.offset, begun)
                self.swept.over = over
                return
            for tally in (counts, begun):
                _count(tally, one, self.plan.identity.changes)
            if one.word in ASKED[self.plan.identity.changes]:
                self.waiting.append(Request(one.listing, one.record.value, tuple(one.record.headers)))
            if len(self.waiting) >= self.pace.at_once:
                await self._commit(one.record.offset + 1, begun)
        await self._commit(seen[-1].record.offset + 1, begun)

    def _over(self, one: Seen, counts: Counter[str]) -> Budget | None:
        """Give the budget that this record would pass."""
        if one.word not in FLIPS:
            return None
        flips, of = flips_in_all(counts) + 1, max(SHARE_OF_AT_LEAST, decided_in_all(counts) + 1)
        blocks = counts[LOCAL_BLOCKS] + (one.local and one.word is Effect.NEWLY_BLOCKED)
        found = {budget: flips if budget.option == MAX_FLIPS else blocks for budget in self.plan.budgets}
        return next((budget for budget, count in found.items() if not budget.allows(count, of)), None)

    async def _commit(self, offset: int, counts: Counter[str] | None = None) -> None:
        part, requests = self.swept.parts[self.partition], self.waiting
        reached = Part(offset, part.end, Counter(part.counts if counts is None else counts))
        if self.by:
            await self.by.commit({self.partition: write_reached(self.plan.identity, reached)}, requests, self.partition)
        self.swept.parts[self.partition], self.waiting = reached, []
        await self.pace.keep(len(requests) if self.by else 0)


def _count(tally: Counter[str], one: Seen, changes: str) -> None:
    tally["read"] += 1
    tally[str(one.word)] += 1
    tally[LOCAL_BLOCKS] += one.local and one.word is Effect.NEWLY_BLOCKED
    tally[REQUESTED] += one.word in ASKED[changes]
