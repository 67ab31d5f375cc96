"""Outcomes to topics: which topic, which partition, and the brokers' word for every one before anything is committed.

A run's outcomes come in; `publish` returns when the brokers hold all of them and raises when they refuse one for
good. It knows nothing of the input's offsets: whoever calls it commits afterwards, or does not.

Order within a key: a key has one partition a topic, the batches of a partition are sent in the order of the run and
one at a time, and the producer is idempotent, so that a repeated request neither doubles nor overtakes.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from aiokafka.producer.message_accumulator import BatchBuilder
from mode import Service

from stream.contract.outcome import Kind, Outcome
from stream.engines.partitions import partitions_of
from stream.settings import Settings

# Well under 1 MiB, the default of `max.message.bytes`: a batch larger than its topic allows is refused whole. A
# single record that is larger than this becomes a batch of its own, so what a topic allows is all that limits a
# record.
BATCH_BYTES = 512 * 1024
# How long an output topic may take to be there: whoever makes the topics may start together with the worker.
FIND_SECONDS = 10.0


class Topics(NamedTuple):
    """Names of the output topics."""

    decisions: str
    dead: str
    reviews: str


def output_topics(settings: Settings) -> Topics:
    """Give the output topics that the settings name."""
    return Topics(settings.topic_decisions, settings.topic_dead, settings.topic_reviews)


def route(outcomes: Iterable[Outcome], topics: Topics) -> Mapping[str, list[Outcome]]:
    """Give the outcomes of each topic, in order. A decision that asks for a person is on two."""
    topic_of = {
        Kind.DECISION: topics.decisions,
        Kind.TOMBSTONE: topics.decisions,
        Kind.DEAD_LETTER: topics.dead,
    }
    routed: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        routed[topic_of[outcome.kind]].append(outcome)
        if outcome.review:
            routed[topics.reviews].append(outcome)
    return routed


def spread(outcomes: Sequence[Outcome], count: int, source: int) -> list[int]:
    """Give each outcome's partition out of `count`: by its key, or by the partition it came from where it has none."""
    hashed = partitions_of([outcome.key or b"" for outcome in outcomes], count)
    return [source % count if outcome.key is None else p for outcome, p in zip(outcomes, hashed, strict=True)]


def fill(
    outcomes: Sequence[Outcome], partitions: Sequence[int], new_batch: Callable[[], BatchBuilder]
) -> Mapping[int, list[BatchBuilder]]:
    """Give the batches of each partition, in the order of the outcomes."""
    filling = {partition: new_batch() for partition in set(partitions)}
    batches = {partition: [batch] for partition, batch in filling.items()}
    now = int(time.time() * 1000)
    for (_, key, value, headers, *_), partition in zip(outcomes, partitions, strict=True):
        # Only a batch that holds something already refuses a record, so the new one takes it whatever its size.
        while filling[partition].append(timestamp=now, key=key, value=value, headers=[*headers]) is None:
            filling[partition] = new_batch()
            batches[partition].append(filling[partition])
    return batches


class Publisher(Protocol):
    """What the worker needs of its outputs; `Outputs` on Kafka, `memory.MemoryOutputs` in tests."""

    async def publish(self, outcomes: Sequence[Outcome], source: int) -> None:
        """Return once all outcomes are held for good; `source` is the partition their records came from."""


class OutputRefused(Exception):  # noqa: N818 - it says what happened
    """The brokers will never take an output. The worker stops, and the input stays uncommitted."""


class Outputs(Service):
    """The idempotent producer of all that the worker publishes; it starts before the consumer and stops after it."""

    def __init__(self, topics: Topics, connection: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.topics = topics
        self._connection = connection
        self._producer: AIOKafkaProducer | None = None

    async def on_start(self) -> None:
        """Connect, and find every output topic. Raises OutputRefused where one does not exist."""
        self._producer = AIOKafkaProducer(
            **self._connection, enable_idempotence=True, acks="all", max_batch_size=BATCH_BYTES, linger_ms=0
        )
        await self._producer.start()
        await asyncio.gather(*map(self._find, self.topics))

    async def on_stop(self) -> None:
        """Let what is on its way arrive, and disconnect."""
        if self._producer is not None:
            await self._producer.stop()

    async def publish(self, outcomes: Sequence[Outcome], source: int) -> None:
        """Return when the brokers hold every outcome. Raises OutputRefused."""
        routed = route(outcomes, self.topics)
        await asyncio.gather(*(self._publish_on(topic, routed[topic], source) for topic in routed))

    async def _publish_on(self, topic: str, outcomes: Sequence[Outcome], source: int) -> None:
        count = len(await self._producer.partitions_for(topic))
        partitions = spread(outcomes, count, source)
        batches = fill(outcomes, partitions, self._producer.create_batch)
        await asyncio.gather(*(self._deliver(topic, partition, batches[partition]) for partition in batches))

    async def _deliver(self, topic: str, partition: int, batches: Iterable[BatchBuilder]) -> None:
        for batch in batches:
            size, count = batch.size(), batch.record_count()
            try:
                # Awaited twice: taken into the producer's hands, and held by the brokers. In between it is sent again
                # for as long as that may help; idempotent batches never expire.
                await (await self._producer.send_batch(batch, topic, partition=partition))
            except KafkaError as reason:
                raise OutputRefused(_refusal(topic, partition, size, count, reason)) from reason

    async def _find(self, topic: str) -> None:
        try:
            await asyncio.wait_for(self._producer.partitions_for(topic), FIND_SECONDS)
        except (KafkaError, TimeoutError) as reason:
            raise OutputRefused(
                f"output topic `{topic}` is not there: {reason!r}; create it, or let the worker see it"
            ) from reason


def _refusal(topic: str, partition: int, size: int, count: int, reason: KafkaError) -> str:
    hint = ""
    if isinstance(reason, MessageSizeTooLargeError):
        hint = f"; raise `max.message.bytes` of `{topic}`: it must take the largest listing plus 8 KiB of headers"
    return f"`{topic}` partition {partition} refused {count} outputs of {size} bytes: {reason!r}{hint}"
