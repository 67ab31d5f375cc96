"""Deciding: listing events and their classifications in, one ruling an event out, by the policies in force.

Pure: no I/O, no clock, no memory of earlier events; the moment is given. The same inputs give the same rulings, and a
batch gives what its events give one by one.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from stream.contract.classification import Classifications
from stream.contract.event import ListingEvent
from stream.contract.events import events_of
from stream.contract.fields import MARKET
from stream.contract.instant import Instant
from stream.decide.asks import Moment
from stream.decide.batches import Batch
from stream.decide.in_force import InForce
from stream.decide.policy import PolicySet
from stream.decide.ruling import Ruling

REMEMBERED_MOMENTS = 512


def decide(
    policies: PolicySet,
    events: Sequence[ListingEvent],
    classifications: Classifications,
    as_of: Sequence[Instant],
    as_known_on: Instant | None = None,
) -> list[Ruling]:
    """Rule on every event by its market's policies in force at its `as_of`, as published by `as_known_on`.

    Without `as_known_on` each event is ruled on as known at its own `as_of`. The classifications are the events', row
    by row. Raises ValueError where the lengths differ, and where a rule names a cluster that the classifications lack.
    """
    if not len(events) == len(classifications) == len(as_of):
        raise ValueError(f"{len(events)} events, {len(classifications)} classifications, {len(as_of)} moments")
    held = events_of(events)
    markets = held.column(MARKET)
    batch, alike = Batch(held, classifications), _alike(policies, markets, as_of)
    if len(alike) == 1:
        return _in_force(policies, markets[0], as_of[0], as_known_on).rule(batch)
    rulings: list[Any] = [None] * len(events)
    for rows in alike:
        in_force = _in_force(policies, markets[rows[0]], as_of[rows[0]], as_known_on)
        for row, ruling in zip(rows, in_force.rule(batch.rows(rows)), strict=True):
            rulings[row] = ruling
    return rulings


def _alike(policies: PolicySet, markets: Sequence[str], as_of: Sequence[Instant]) -> list[list[int]]:
    """Put together the rows that the same policies decide in the same state."""
    if markets and markets.count(markets[0]) == as_of.count(as_of[0]) == len(markets):
        return [list(range(len(markets)))]
    alike: dict[tuple[str, int], list[int]] = defaultdict(list)
    for row, (market, moment) in enumerate(zip(markets, as_of, strict=True)):
        alike[market, bisect_right(policies.moments, moment.micros)].append(row)
    return list(alike.values())


def _in_force(policies: PolicySet, market: str, as_of: Instant, known_on: Instant | None) -> InForce:
    """Give what is in force, compiled once for all moments between which nothing changes."""
    moment = Moment(as_of.micros, known_on.micros if known_on else as_of.micros)
    state = (market, *(bisect_right(policies.moments, micros) for micros in moment))
    found = policies.compiled.get(state)
    if found is None:
        if len(policies.compiled) >= REMEMBERED_MOMENTS:
            policies.compiled.pop(next(iter(policies.compiled)))
        found = policies.compiled[state] = InForce(policies.policies, market, moment)
    return found
