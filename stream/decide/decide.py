"""Deciding: listing events and their classifications in, one ruling an event out, by the policies in force.

Pure: no I/O, no clock, no memory of earlier events; the moment is given. The same inputs give the same rulings, and a
batch gives what its events give one by one.
"""

from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter

import numpy as np

from stream.contract.alike import Alike, alike_numbers
from stream.contract.classification import Classifications
from stream.contract.event import ListingEvent
from stream.contract.events import Events, events_of
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
    batch = Batch(events_of(events), classifications)
    codes, firsts = _alike(policies, batch.events, as_of)
    markets = batch.events.rows(firsts).column(MARKET)
    in_force = [
        _in_force(policies, market, as_of[row], as_known_on)
        for market, row in zip(markets, firsts.tolist(), strict=True)
    ]
    if len(in_force) < 2:
        return in_force[0].rule(batch) if in_force else []
    order = np.argsort(codes, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(codes))[:-1])
    ruled = [ruling for each, rows in zip(in_force, parts, strict=True) for ruling in each.rule(batch.rows(rows))]
    return list(map(ruled.__getitem__, np.argsort(order).tolist()))


def _alike(policies: PolicySet, events: Events, as_of: Sequence[Instant]) -> Alike:
    """Tell which events the same policies decide in the same state."""
    markets = events.alike((MARKET,))
    micros = np.fromiter(map(itemgetter(1), as_of), np.int64, len(as_of))
    if (micros[1:] == micros[:-1]).all():
        return markets
    states = np.searchsorted(np.array(policies.moments, np.int64), micros, side="right")
    return alike_numbers(np.stack([markets.codes, states], axis=1))


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
