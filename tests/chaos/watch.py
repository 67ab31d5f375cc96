"""Watching: what a group has committed and how far the outputs reach, time and again, while brokers come and go.

And reading back, when all is over, what every topic holds. Plain aiokafka, read_committed; no code of Keran's.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from tests.chaos.history import History, Letter, Sample, read_input, read_letter, read_published
from tests.kafka.clients import Stage

AWAY = (KafkaError, OSError, TimeoutError)
_WAIT_MILLISECONDS = 500
Samples = dict[TopicPartition, list[Sample]]


class Watcher:
    """Samples of a stage's commits, by partition of the inputs."""

    def __init__(self, stage: Stage, partitions: int) -> None:
        self.stage, self.partitions = stage, partitions
        self.samples: Samples = defaultdict(list)

    async def watch(self, seconds: float) -> None:
        """Look every so many seconds, for ever; a look that fails is left out."""
        while True:
            try:
                # Brokers hold a transaction's outcomes for good once they say so; the marker that shows them to readers follows.
                async with (
                    _admin(self.stage.address) as admin,
                    _reader(self.stage.address, "read_uncommitted") as reader,
                ):
                    while True:
                        await asyncio.wait_for(self._look(admin, reader), 10)
                        await asyncio.sleep(seconds)
            except AWAY:
                await asyncio.sleep(seconds)

    async def _look(self, admin: AIOKafkaAdminClient, reader: AIOKafkaConsumer) -> None:
        committed = await admin.list_consumer_group_offsets(self.stage.group)
        numbers = range(self.partitions)
        ends = await reader.end_offsets(
            [TopicPartition(topic, p) for topic in (self.stage.decisions, self.stage.dead) for p in numbers]
        )
        dead = {p: ends[TopicPartition(self.stage.dead, p)] for p in numbers}
        for tp, found in committed.items():
            if found.offset >= 0:
                reach = ends[TopicPartition(self.stage.decisions, tp.partition)]
                self.samples[TopicPartition(*tp)].append(Sample(found.offset, reach, dead))

    async def lag(self) -> int | None:
        """Give how much of the inputs is not committed, None where nobody answers."""
        topics = (self.stage.listings, self.stage.redecide)
        tps = [TopicPartition(topic, p) for topic in topics for p in range(self.partitions)]
        try:
            async with _admin(self.stage.address) as admin, _reader(self.stage.address) as reader:
                ends = await asyncio.wait_for(reader.end_offsets(tps), 10)
                committed = await asyncio.wait_for(admin.list_consumer_group_offsets(self.stage.group), 10)
        except AWAY:
            return None
        return sum(end - max(0, committed[tp].offset if tp in committed else 0) for tp, end in ends.items())


async def read_history(
    stage: Stage, partition: int, letters: "Letters", handed_on: frozenset[bytes], samples: Samples
) -> History:
    """Read what the co-numbered partitions of one number hold."""
    listings, redecide = TopicPartition(stage.listings, partition), TopicPartition(stage.redecide, partition)
    return History(
        partition,
        listings=[read_input(record) async for record in read_partition(stage.address, listings)],
        requests=[read_input(record) async for record in read_partition(stage.address, redecide)],
        decisions=[
            read_published(r) async for r in read_partition(stage.address, TopicPartition(stage.decisions, partition))
        ],
        reviews=[
            read_published(r) async for r in read_partition(stage.address, TopicPartition(stage.reviews, partition))
        ],
        letters=letters[listings],
        request_letters=letters[redecide],
        handed_on=handed_on,
        samples=samples.get(listings, []),
        request_samples=samples.get(redecide, []),
    )


Letters = Mapping[TopicPartition, Mapping[int, list[Letter]]]


async def read_letters(stage: Stage, partitions: int) -> Letters:
    """Read all dead letters, by the record that they keep."""
    found: dict[TopicPartition, dict[int, list[Letter]]] = defaultdict(lambda: defaultdict(list))
    for partition in range(partitions):
        async for record in read_partition(stage.address, TopicPartition(stage.dead, partition)):
            (topic, number, offset), letter = read_letter(record)
            found[TopicPartition(topic, number)][offset].append(letter)
    return defaultdict(dict, {tp: dict(letters) for tp, letters in found.items()})


async def read_handed_on(stage: Stage, partitions: int) -> frozenset[bytes]:
    """Read the values on `listings.redecide`."""
    found = set()
    for partition in range(partitions):
        async for record in read_partition(stage.address, TopicPartition(stage.redecide, partition)):
            found.add(record.value)
    return frozenset(found - {None})


async def read_partition(address: str, tp: TopicPartition) -> AsyncIterator[ConsumerRecord]:
    """Read a partition from its beginning to where it ends now."""
    async with _reader(address) as reader:
        reader.assign([tp])
        await reader.seek_to_beginning(tp)
        end = (await reader.end_offsets([tp]))[tp]
        while await reader.position(tp) < end:
            for records in (await reader.getmany(timeout_ms=_WAIT_MILLISECONDS)).values():
                for record in records:
                    if record.offset < end:
                        yield record


@asynccontextmanager
async def _admin(address: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=address, request_timeout_ms=10_000)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


@asynccontextmanager
async def _reader(address: str, level: str = "read_committed") -> AsyncIterator[AIOKafkaConsumer]:
    async with AIOKafkaConsumer(
        bootstrap_servers=address, isolation_level=level, max_partition_fetch_bytes=8 << 20
    ) as reader:
        yield reader
