"""At least once, and harmless: two workers, one killed in the middle and started again, on Apache Kafka."""

import asyncio
import json
import os
from collections import defaultdict

import pytest

from tests.kafka.clients import Event, build_stage, ends_of, lag_of, passed_over, read_all, sampling, send, until
from tests.kafka.process import KERAN, worker_process

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(400)]

EVENTS = int(os.environ.get("SIGKILL_EVENTS", "100000"))
TITLES = ("Gamis wanita syari premium", "Keripik tempe 250 g", "Tas rotan anyaman", "Charger USB-C 65 W")


def listing_event(number: int) -> Event:
    """One of many listings, with a few updates each."""
    listing = f"L-{number % 20_011}"
    event = {
        "schema": "keran.listing/1",
        "event_id": f"E-{number}",
        "event_type": "listing.updated",
        "occurred_at": "2021-08-03T09:00:00+07:00",
        "market": "ID",
        "listing": {"id": listing, "revision": number // 20_011, "title": f"{TITLES[number % 4]} {number % 97}"},
        "seller": {"id": f"S-{number % 503}", "type": "cross_border" if number % 3 else "local", "country": "CN"},
    }
    return Event(listing.encode(), json.dumps(event).encode())


def event_of(record):
    return json.loads(record.value)["event_id"]


def test_a_worker_that_is_killed_loses_nothing_and_what_is_decided_twice_is_decided_alike(kafka, tmp_path):
    """Every event has its decision, duplicates share their `decision_id`, no commit passes an undecided record, lag is 0."""
    asyncio.run(_scenario(kafka.address, tmp_path))


async def _scenario(address, tmp_path):
    stage = await build_stage(address, partitions=4)
    environment = stage.environment()

    async def half_are_decided():
        return sum((await ends_of(address, stage.decisions)).values()) > EVENTS / 2

    async def no_lag():
        return await lag_of(stage) == 0

    with (
        worker_process(environment, tmp_path / "log-1", KERAN) as stays,
        worker_process(environment, tmp_path / "log-2", KERAN) as dies,
    ):
        stays.wait_until_ready()
        dies.wait_until_ready()
        async with sampling(stage) as samples:
            await send(address, stage.listings, map(listing_event, range(EVENTS)))
            await until(half_are_decided, 120)
            dies.kill()
            assert await lag_of(stage) > 0, "it was killed too late to matter"
            with worker_process(environment, tmp_path / "log-3", KERAN) as comes_back:
                await until(no_lag, 120)
                assert (comes_back.stop(), stays.stop()) == (0, 0)
    listings = await read_all(address, stage.listings)
    decisions = await read_all(address, stage.decisions)
    assert len(listings) == EVENTS
    assert {event_of(decision) for decision in decisions} == {f"E-{number}" for number in range(EVENTS)}
    assert len({tuple(sample.committed.items()) for sample in samples}) > 3, "too few samples to say anything"
    assert passed_over(samples, listings, decisions, event_of) == []
    _check_that_repeats_are_alike(decisions)


def _check_that_repeats_are_alike(decisions):
    repeats = defaultdict(list)
    for decision in decisions:
        body = json.loads(decision.value)
        repeats[body["event_id"]].append({name: value for name, value in body.items() if name != "as_of"})
    for event, bodies in repeats.items():
        assert all(body == bodies[0] for body in bodies), f"{event} was decided in two ways"
        assert "decision_id" in bodies[0]
