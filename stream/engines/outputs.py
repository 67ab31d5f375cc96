"""Outcomes to topics: which topic, which partition, and the brokers' word for every one before anything is committed.

A run's outcomes come in; `publish` returns when the brokers hold all of them and raises when they refuse one for
good. It knows nothing of the input's offsets: whoever calls it commits afterwards, or does not.

Order within a key: a key has one partition a topic, the batches of a partition are sent in the order of the run and
one at a time, and the producer is idempotent, so that a repeated request neither doubles nor overtakes.

One writer a partition: `fence` gives a partition of `listings` a producer of its own, with a transactional id that is
always the same. Whoever had that id before can publish nothing from then on, however long it slept. A run is one
transaction.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import InvalidProducerEpoch, KafkaError, MessageSizeTooLargeError, ProducerFenced
from mode import Service

from stream.contract.outcome import Kind, Outcome
from stream.engines.batches import Batch, pack
from stream.engines.partitions import partitions_of
from stream.settings import Settings

# Well under 1 MiB, the default of `max.message.bytes`: a batch larger than its topic allows is refused whole. A
# single record that is larger than this becomes a batch of its own, so what a topic allows is all that limits a
# record.
BATCH_BYTES = 512 * 1024
# How long an output topic may take to be there: whoever makes the topics may start together with the worker.
FIND_SECONDS = 10.0
# How long brokers keep a transaction whose worker is gone and that nobody takes over; readers wait as long. When
# brokers are away for longer, the worker stops with them back, and starts again.
TRANSACTION_SECONDS = 300


class Topics(NamedTuple):
    """Names of the output topics."""

    decisions: str
    dead: str
    reviews: str
    redecide: str = "listings.redecide"
    listings: str = "listings"


def output_topics(settings: Settings) -> Topics:
    """Give the output topics that the settings name."""
    return Topics(
        settings.topic_decisions,
        settings.topic_dead,
        settings.topic_reviews,
        settings.topic_redecide,
        settings.topic_listings,
    )


def route(outcomes: Iterable[Outcome], topics: Topics) -> Mapping[str, list[Outcome]]:
    """Give the outcomes of each topic, in order; what is superseded is on none.

    A decision that asks for a person is on `reviews` too, and what replaces it and asks nothing is a tombstone there.
    """
    topic_of = {
        Kind.DECISION: topics.decisions,
        Kind.TOMBSTONE: topics.decisions,
        Kind.DEAD_LETTER: topics.dead,
        Kind.HANDED_ON: topics.redecide,
    }
    routed: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.kind is Kind.SUPERSEDED:
            continue
        routed[topic_of[outcome.kind]].append(outcome)
        if outcome.review:
            routed[topics.reviews].append(outcome)
        elif outcome.answered:
            routed[topics.reviews].append(Outcome(Kind.TOMBSTONE, outcome.key, None, outcome.headers))
    return routed


def spread(outcomes: Sequence[Outcome], count: int, source: int) -> list[int]:
    """Give each outcome's partition out of `count`: by its key, or by the partition it came from where it has none."""
    hashed = partitions_of([outcome.key or b"" for outcome in outcomes], count)
    return [source % count if outcome.key is None else p for outcome, p in zip(outcomes, hashed, strict=True)]


def fill(
    outcomes: Sequence[Outcome], partitions: Sequence[int], size: int = BATCH_BYTES, **how: bool
) -> Mapping[int, list[Batch]]:
    """Give the batches of each partition, in the order of the outcomes; `how` is what `pack` is told."""
    held: dict[int, list[Outcome]] = defaultdict(list)
    for outcome, partition in zip(outcomes, partitions, strict=True):
        held[partition].append(outcome)
    return {partition: pack(there, size, **how) for partition, there in held.items()}


class Publisher(Protocol):
    """What the worker needs of its outputs; `Outputs` on Kafka, `memory.MemoryOutputs` in tests."""

    count: int | None

    async def fence(self, partition: int) -> None:
        """Return once nobody else can publish for that partition."""

    async def let_go(self, partition: int) -> None:
        """Give up publishing for that partition."""

    async def publish(self, outcomes: Sequence[Outcome], source: int) -> None:
        """Return once all outcomes are held for good; `source` is the partition their records came from."""


class OutputRefused(Exception):  # noqa: N818 - it says what happened
    """The brokers will never take an output. The worker stops, and the input stays uncommitted."""


class Fenced(OutputRefused):
    """Another worker publishes for this partition by now. This one decided from what is no longer so, and stops."""


class Outputs(Service):
    """The idempotent producers of all that the worker publishes; they start before the consumer and stop after it.

    With a `writer`, a name that all workers of the group share, there is one for each partition that `fence` was asked
    for, and it alone may publish what comes from there; without, there is one for all.
    """

    def __init__(
        self, topics: Topics, connection: Mapping[str, Any], *, writer: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.topics = topics
        self._connection = connection
        self._writer = writer
        self._producer: AIOKafkaProducer | None = None
        self._fenced: dict[int, AIOKafkaProducer] = {}
        self._limits: dict[int, asyncio.Timeout] = {}
        self.count: int | None = None

    async def on_start(self) -> None:
        """Connect, and find every topic. Raises OutputRefused where one is not there any more."""
        self._producer = self._new_producer()
        await self._producer.start()
        counts = dict(zip(self.topics, await asyncio.gather(*map(self._find, self.topics)), strict=True))
        if self._writer is not None:
            self.count = counts[self.topics.listings]

    async def on_stop(self) -> None:
        """Let what is on its way arrive, and disconnect."""
        producers = [*self._fenced.values(), *([self._producer] if self._producer else [])]
        await asyncio.gather(*(producer.stop() for producer in producers))

    async def fence(self, partition: int) -> None:
        """Return once this worker alone can publish for that partition of the listings."""
        producer = self._new_producer(
            transactional_id=f"{self._writer}-{partition}", transaction_timeout_ms=TRANSACTION_SECONDS * 1000
        )
        # It returns when the id is ours: the coordinator has then ended the transaction of whoever had it before.
        await producer.start()
        self._fenced[partition] = producer

    async def let_go(self, partition: int) -> None:
        """Disconnect the producer of a partition that is another worker's now; what it publishes ends as Fenced."""
        if partition not in self._fenced:
            return
        if partition in self._limits:
            self._limits[partition].reschedule(asyncio.get_running_loop().time())
        await self._fenced.pop(partition).stop()

    async def publish(self, outcomes: Sequence[Outcome], source: int) -> None:
        """Return when the brokers hold every outcome. Raises OutputRefused."""
        routed = route(outcomes, self.topics)
        if not routed:
            return
        if self._writer is None:
            await self._publish_all(self._producer, routed, source)
            return
        producer = self._fenced[source]
        try:
            # Until `let_go`, and no longer: what an ended producer had in hand is never answered.
            async with asyncio.timeout(None) as self._limits[source]:
                await producer.begin_transaction()
                await self._publish_all(producer, routed, source)
                await producer.commit_transaction()
        except TimeoutError as reason:
            raise Fenced(f"partition {source} was given up while a run of it was being published") from reason
        except (ProducerFenced, InvalidProducerEpoch) as reason:
            raise Fenced(f"another worker publishes for partition {source} by now: {reason!r}") from reason
        except KafkaError as reason:
            raise OutputRefused(f"the transaction for partition {source} failed: {reason!r}") from reason
        finally:
            self._limits.pop(source, None)

    def _new_producer(self, **more: Any) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            **self._connection, enable_idempotence=True, acks="all", max_batch_size=BATCH_BYTES, linger_ms=0, **more
        )

    async def _publish_all(
        self, producer: AIOKafkaProducer, routed: Mapping[str, Sequence[Outcome]], source: int
    ) -> None:
        await asyncio.gather(*(self._publish_on(producer, topic, routed[topic], source) for topic in routed))

    async def _publish_on(
        self, producer: AIOKafkaProducer, topic: str, outcomes: Sequence[Outcome], source: int
    ) -> None:
        count = len(await producer.partitions_for(topic))
        # One writer a partition: what is decided here stays in the partition of the same number.
        stays = self._writer is not None and topic in (self.topics.decisions, self.topics.reviews)
        partitions = [source % count] * len(outcomes) if stays else spread(outcomes, count, source)
        # What goes on as it came may have come compressed, and then be larger than any topic allows.
        as_it_came = topic in (self.topics.dead, self.topics.redecide)
        batches = fill(outcomes, partitions, transactional=self._writer is not None, compressed=as_it_came)
        await asyncio.gather(*(self._deliver(producer, topic, partition, batches[partition]) for partition in batches))

    async def _deliver(self, producer: AIOKafkaProducer, topic: str, partition: int, batches: Iterable[Batch]) -> None:
        for batch in batches:
            size, count = batch.size(), batch.record_count()
            try:
                # Awaited twice: taken into the producer's hands, and held by the brokers. In between it is sent again
                # for as long as that may help; idempotent batches never expire.
                await (await producer.send_batch(batch, topic, partition=partition))
            except (ProducerFenced, InvalidProducerEpoch):
                raise
            except KafkaError as reason:
                raise OutputRefused(_refusal(topic, partition, size, count, reason)) from reason

    async def _find(self, topic: str) -> int:
        try:
            return len(await asyncio.wait_for(self._producer.partitions_for(topic), FIND_SECONDS))
        except (KafkaError, TimeoutError) as reason:
            kind = "input" if topic in (self.topics.listings, self.topics.redecide) else "output"
            raise OutputRefused(
                f"{kind} topic `{topic}` is not there: {reason!r}; create it, or let the worker see it"
            ) from reason


def _refusal(topic: str, partition: int, size: int, count: int, reason: KafkaError) -> str:
    hint = ""
    if isinstance(reason, MessageSizeTooLargeError):
        hint = f"; raise `max.message.bytes` of `{topic}`: it must take the largest listing plus 8 KiB of headers"
    return f"`{topic}` partition {partition} refused {count} outputs of {size} bytes: {reason!r}{hint}"
