"""What a test asks of a broker: topics, records in and out, offsets. Plain aiokafka, no code of Keran's."""

import asyncio
import math
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import GroupCoordinatorNotAvailableError
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.util import calc_crc32c


class Event(NamedTuple):
    """A record to send, and after that where it went."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


# What a worker asks of `decisions`, as the compose file makes it.
REMEMBERING = {
    "cleanup.policy": "compact",
    "min.compaction.lag.ms": "86400000",
    "delete.retention.ms": "2592000000",
}


@dataclass(frozen=True)
class Stage:
    """The topics and the group of one test, under names that no other test uses."""

    address: str
    listings: str
    decisions: str
    dead: str
    reviews: str
    redecide: str
    labels: str
    group: str

    def environment(self) -> dict[str, str]:
        """Give the settings of a worker that plays on this stage."""
        return {
            "KERAN_BROKER": self.address,
            "KERAN_GROUP": self.group,
            "KERAN_TOPIC_LISTINGS": self.listings,
            "KERAN_TOPIC_DECISIONS": self.decisions,
            "KERAN_TOPIC_DEAD": self.dead,
            "KERAN_TOPIC_REVIEWS": self.reviews,
            "KERAN_TOPIC_REDECIDE": self.redecide,
            "KERAN_TOPIC_LABELS": self.labels,
        }


async def build_stage(
    address: str, *, partitions: int = 4, replication: int = 1, configs: Mapping[str, dict[str, str]] | None = None
) -> Stage:
    """Create the topics; `configs` are topic settings by the stage's own word for the topic."""
    name = uuid.uuid4().hex[:8]
    words = ("listings", "decisions", "dead", "reviews", "redecide", "labels")
    asked = {"labels": {"cleanup.policy": "compact"}, **(configs or {})}
    asked["decisions"] = REMEMBERING | asked.get("decisions", {})
    stage = Stage(address, *(f"{name}.{word}" for word in words), group=name)
    async with _admin(address) as admin:
        topics = [
            NewTopic(getattr(stage, word), partitions, replication, topic_configs=asked.get(word, {})) for word in words
        ]
        await admin.create_topics(topics)
    return stage


async def send(address: str, topic: str, events: Iterable[Event], *, compression: str | None = None) -> None:
    """Send events in order, each key on its partition; those without one on the first."""
    settings = {"enable_idempotence": True, "max_batch_size": 256 * 1024, "compression_type": compression}
    async with AIOKafkaProducer(bootstrap_servers=address, **settings) as producer:
        partitions = sorted(await producer.partitions_for(topic))
        choose = DefaultPartitioner()
        filling: dict[int, BatchBuilder] = {}
        for event in events:
            partition = 0 if event.key is None else choose(event.key, partitions, partitions)
            record = {"timestamp": None, "key": event.key, "value": event.value, "headers": list(event.headers)}
            if filling.setdefault(partition, producer.create_batch()).append(**record) is None:
                await producer.send_batch(filling[partition], topic, partition=partition)
                filling[partition] = producer.create_batch()
                filling[partition].append(**record)
        for partition, batch in filling.items():
            await producer.send_batch(batch, topic, partition=partition)
        await producer.flush()


async def send_bad_header_name(address: str, topic: str) -> None:
    """Send a record with a header whose name is not UTF-8: Kafka takes it, and few clients can write it."""
    async with AIOKafkaProducer(bootstrap_servers=address) as producer:
        batch = producer.create_batch()
        batch.append(timestamp=None, key=b"k", value=b"v", headers=[("?here?", b"1")])
        built = batch._build()
        at = built.index(b"?here?")
        built[at : at + 6] = b"\xff\xfe\xfd\xfc\xfb\xfa"
        # The checksum is at 17 and covers what follows it.
        built[17:21] = calc_crc32c(bytes(built[21:])).to_bytes(4)
        await (await producer.send_batch(batch, topic, partition=0))


async def send_in_transaction(address: str, topic: str, events: Iterable[Event], *, commit: bool) -> None:
    """Send events in a transaction of their own, and commit or abort it."""
    async with AIOKafkaProducer(bootstrap_servers=address, transactional_id=uuid.uuid4().hex) as producer:
        await producer.begin_transaction()
        for event in events:
            await producer.send_and_wait(topic, event.value, event.key)
        await (producer.commit_transaction() if commit else producer.abort_transaction())


async def read_all(address: str, topic: str) -> list[ConsumerRecord]:
    """Read a topic from its beginning to where it ends now; partitions one after the other."""
    async with _reader(address) as reader:
        partitions = await _partitions(reader, topic)
        reader.assign(partitions)
        await reader.seek_to_beginning(*partitions)
        ends = await reader.end_offsets(partitions)
        records: dict[TopicPartition, list[ConsumerRecord]] = {tp: [] for tp in partitions}
        while any([await reader.position(tp) < ends[tp] for tp in partitions]):
            for tp, fetched in (await reader.getmany(timeout_ms=200)).items():
                records[tp] += fetched
        return [record for tp in partitions for record in records[tp]]


async def ends_of(address: str, topic: str) -> dict[TopicPartition, int]:
    """Give where each partition ends."""
    async with _reader(address) as reader:
        return await reader.end_offsets(await _partitions(reader, topic))


async def committed_by(address: str, group: str) -> dict[TopicPartition, int]:
    """Give what a group has committed."""
    async with _admin(address) as admin:
        return await _committed(admin, group)


async def _committed(admin: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, int]:
    try:
        offsets = await admin.list_consumer_group_offsets(group)
    except GroupCoordinatorNotAvailableError:
        # The first group of a new broker: it is making the topic that offsets are kept in.
        return {}
    return {TopicPartition(*tp): found.offset for tp, found in offsets.items() if found.offset >= 0}


async def lag_of(stage: Stage) -> int:
    """Give how many offsets of the listings the group has not committed."""
    ends = await ends_of(stage.address, stage.listings)
    committed = await committed_by(stage.address, stage.group)
    return sum(end - committed.get(tp, 0) for tp, end in ends.items())


async def until(true: Callable[[], Awaitable[bool]], seconds: float) -> None:
    """Wait until something is true. Raises AssertionError when it does not become so."""
    deadline = monotonic() + seconds
    while not await true():
        assert monotonic() < deadline, f"did not become true within {seconds} s"
        await asyncio.sleep(0.1)


class Sample(NamedTuple):
    """What was committed at a moment, and how far the output topics reached just after."""

    committed: Mapping[TopicPartition, int]
    outputs: Mapping[TopicPartition, int]


@asynccontextmanager
async def sampling(stage: Stage, seconds: float = 0.05) -> AsyncIterator[list[Sample]]:
    """Take samples of the group's commits for as long as the block lasts."""
    samples: list[Sample] = []
    async with _admin(stage.address) as admin, _reader(stage.address) as reader:
        outputs = [tp for topic in (stage.decisions, stage.dead) for tp in await _partitions(reader, topic)]

        async def sample() -> None:
            while True:
                committed = await _committed(admin, stage.group)
                samples.append(Sample(committed, await reader.end_offsets(outputs)))
                await asyncio.sleep(seconds)

        task = asyncio.create_task(sample())
        try:
            yield samples
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def passed_over(
    samples: Iterable[Sample],
    listings: Iterable[ConsumerRecord],
    decisions: Iterable[ConsumerRecord],
    event_of: Callable[[ConsumerRecord], object],
) -> list[tuple[TopicPartition, int]]:
    """Give every sampled commit that passed a listing whose decision was not there yet.

    Listing and decision are matched by `event_of`, and must be on partitions of the same number.
    """
    first: dict[object, ConsumerRecord] = {}
    for decision in decisions:
        first.setdefault(event_of(decision), decision)
    # For each partition, offset by offset: how far `decisions` must reach before the offset behind it may be committed.
    needed: dict[TopicPartition, list[float]] = defaultdict(lambda: [-1.0])
    for listing in listings:
        decision = first.get(event_of(listing))
        assert decision is None or decision.partition == listing.partition
        reach = needed[TopicPartition(listing.topic, listing.partition)]
        reach += [reach[-1]] * (listing.offset + 1 - len(reach))
        reach.append(max(reach[-1], math.inf if decision is None else decision.offset))
    topic = next((decision.topic for decision in first.values()), "")
    return [
        (tp, offset)
        for sample in samples
        for tp, offset in sample.committed.items()
        if needed[tp][offset] >= sample.outputs[TopicPartition(topic, tp.partition)]
    ]


@asynccontextmanager
async def _admin(address: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


@asynccontextmanager
async def _reader(address: str) -> AsyncIterator[AIOKafkaConsumer]:
    async with AIOKafkaConsumer(
        bootstrap_servers=address, isolation_level="read_committed", max_partition_fetch_bytes=8 << 20
    ) as reader:
        yield reader


async def _partitions(reader: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    await reader._client._wait_on_metadata(topic)
    return [TopicPartition(topic, number) for number in sorted(reader.partitions_for_topic(topic))]
