"""The producer of replayed dead letters: records in, all of them published in one transaction, or none.

It refuses to know which records are originals and which are marks.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError, ProducerFenced

from stream.contract.record import Headers
from stream.engines.batches import Batch, pack
from stream.engines.dead_problems import transactional_id
from stream.engines.outputs import BATCH_BYTES
from stream.engines.security import connection
from stream.settings import Settings


class Sending(NamedTuple):
    """A record on its way: to which partition, and what it holds."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class DeadPublisher:
    """The transactional producer, made anew where a refused transaction has spoilt its sequence numbers."""

    def __init__(self, settings: Settings) -> None:
        self._arguments = {
            **connection(settings, "keran-dead-replay"),
            "transactional_id": transactional_id(settings.topic_dead),
            "max_batch_size": BATCH_BYTES,
        }
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Take over the transactional id: an earlier holder's transaction is ended, and it can publish no more."""
        self._producer = AIOKafkaProducer(**self._arguments)
        await self._producer.start()

    async def stop(self) -> None:
        """Disconnect."""
        if self._producer is not None:
            await self._producer.stop()

    async def partitions(self, topic: str) -> int:
        """Give how many partitions a topic has."""
        return len(await self._producer.partitions_for(topic))

    async def publish(self, records: Sequence[Sending]) -> None:
        """Publish all in one transaction, or none. Raises KafkaError."""
        try:
            async with self._producer.transaction():
                batches = filled(records)
                # Every answer is awaited before the commit: a commit alone would pass over a batch that was refused.
                deliveries = [self._deliver(*place, of_place) for place, of_place in batches.items()]
                for outcome in await asyncio.gather(*deliveries, return_exceptions=True):
                    if isinstance(outcome, BaseException):
                        raise self._cause() or outcome
        except MessageSizeTooLargeError:
            await self._restart()
            raise

    async def _restart(self) -> None:
        """Start anew. Raises ProducerFenced where another replay had its turn in between, whose marks are not known."""
        before = self._producer._txn_manager
        await self.stop()
        await self.start()
        now = self._producer._txn_manager
        if (now.producer_id, now.producer_epoch) != (before.producer_id, before.producer_epoch + 1):
            raise ProducerFenced

    def _cause(self) -> BaseException | None:
        # What the coordinator refused. The brokers then refuse the records as of no transaction, which says less.
        ended = self._producer._txn_manager.wait_for_transaction_end()
        return ended.exception() if ended.done() else None

    async def _deliver(self, topic: str, partition: int, batches: Sequence[Batch]) -> None:
        for batch in batches:
            await (await self._producer.send_batch(batch, topic, partition=partition))


@asynccontextmanager
async def publisher(settings: Settings) -> AsyncIterator[DeadPublisher]:
    """Give the publisher, started: from here on no earlier replay of the topic can publish or mark anything."""
    made = DeadPublisher(settings)
    try:
        await made.start()
        yield made
    finally:
        await made.stop()


def filled(records: Sequence[Sending], size: int = BATCH_BYTES) -> dict[tuple[str, int], list[Batch]]:
    """Give the batches of each topic and partition, in the order of the records.

    In gzip, as dead letters are: what came compressed may be larger than its topic allows when it is not.
    """
    held: dict[tuple[str, int], list[Sending]] = defaultdict(list)
    for record in records:
        held[record.topic, record.partition].append(record)
    return {place: pack(there, size, transactional=True, compressed=True) for place, there in held.items()}
