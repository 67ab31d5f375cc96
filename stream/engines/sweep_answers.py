"""What a sweep's requests came to: it waits for the workers that take them, then reads `decisions` again.

Workers commit how far they are once the brokers hold what they decided, so their group's offsets say when to look.
What stands is found anew, by deciding each request against it: a word of nobody is trusted.
"""

import asyncio
import time
from bisect import bisect_left
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import NamedTuple

from aiokafka.errors import GroupCoordinatorNotAvailableError

from stream.catalogue.fates import Fates
from stream.catalogue.flips import Partition
from stream.contract.record import Record
from stream.contract.request import sweep_of
from stream.engines.brokers import admin
from stream.engines.dead_letters import dead_progress
from stream.engines.decided_topic import decided_in
from stream.engines.labels_topic import labels_in
from stream.engines.open_topic import OpenTopic, records_in
from stream.engines.security import connection
from stream.engines.sweep import Plan, Swept
from stream.engines.sweep_progress import REQUESTED
from stream.engines.topic_log import CLIENT, topic_log
from stream.settings import Settings

_LOOK_SECONDS = 0.5


class Waited(NamedTuple):
    """How long the workers were waited for, and what requests they had not taken by then."""

    seconds: float
    left: int


def requests_topic(settings: Settings):
    """Give the topic of requests, opened, up to where it ends now. Raises BadSetup."""
    return topic_log(settings, settings.topic_redecide, "KERAN_TOPIC_REDECIDE")


async def wait_and_verify(plan: Plan, swept: Swept, seconds: float) -> tuple[Waited, Fates]:
    """Wait until the workers have taken every request, or for so long; then say what became of them."""
    async with requests_topic(plan.settings) as requests:
        offsets = {
            p: [r.offset async for run in requests_in(plan, swept, requests, p) for r in run] for p in swept.parts
        }
        waited = await _wait(plan.settings, offsets, seconds)
        fates = Fates(swept.counts[REQUESTED])
        for partition in (p for p in swept.parts if offsets[p]):
            held = Partition(await decided_in(plan.settings, partition))
            labels = await labels_in(plan.settings, partition)
            async for run in requests_in(plan, swept, requests, partition):
                seen = await asyncio.to_thread(held.look, plan.pipeline, run, plan.as_of, labels)
                fates.take(seen, plan.identity.changes)
        return waited, fates


async def requests_in(plan: Plan, swept: Swept, requests: OpenTopic, partition: int) -> AsyncIterator[Sequence[Record]]:
    """Give the sweep's own requests on a partition, its earlier runs' too, run by run."""
    async for run in records_in(requests, partition, swept.parts[partition].asked):
        if ours := [record for record in run if sweep_of(record) == plan.name]:
            yield ours


async def _wait(settings: Settings, offsets: Mapping[int, Sequence[int]], seconds: float) -> Waited:
    began, total = time.monotonic(), sum(map(len, offsets.values()))
    left = total
    async with admin(connection(settings, CLIENT)) as client:
        with dead_progress(total, "waiting for the workers") as advance:
            while True:
                taken = await _taken(client, settings)
                before, left = left, sum(len(at) - bisect_left(at, taken.get(p, 0)) for p, at in offsets.items())
                advance(before - left)
                if not left or time.monotonic() - began >= seconds:
                    return Waited(time.monotonic() - began, left)
                await asyncio.sleep(_LOOK_SECONDS)


async def _taken(client, settings: Settings) -> dict[int, int]:
    try:
        found = await client.list_consumer_group_offsets(settings.group)
    except GroupCoordinatorNotAvailableError:
        return {}
    return {tp[1]: at.offset for tp, at in found.items() if tp[0] == settings.topic_redecide and at.offset >= 0}
