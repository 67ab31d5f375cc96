"""Upstream: sends batches of traffic to a stage and keeps count of what the brokers said they hold.

Plain batches by an idempotent producer, the others in transactions. It runs on while brokers fall over; where a transaction's end
is not known, it is in doubt, and counted as that.
"""

import asyncio
import uuid
import zlib
from collections import Counter
from types import TracebackType

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from tests.chaos.traffic import Batch, How
from tests.kafka.clients import Event, Stage


class Upstream:
    """The producers of one stage."""

    def __init__(self, stage: Stage, partitions: int) -> None:
        self.held: Counter[str] = Counter()
        self.in_doubt: Counter[str] = Counter()
        self._stage, self._partitions = stage, partitions
        self._plain: AIOKafkaProducer | None = None
        self._transactional: AIOKafkaProducer | None = None

    async def __aenter__(self) -> "Upstream":
        """Connect."""
        self._plain = AIOKafkaProducer(bootstrap_servers=self._stage.address, enable_idempotence=True, acks="all")
        await self._plain.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect."""
        await self._plain.stop()
        await self._drop()

    async def send(self, batch: Batch) -> None:
        """Return when the brokers hold the batch, or have aborted it, or its end is in doubt."""
        topic = self._stage.redecide if batch.requests else self._stage.listings
        if batch.how is How.PLAIN:
            await self._send_all(self._plain, topic, batch.events)
            self.held[topic] += len(batch.events)
            return
        try:
            await self._send_in_transaction(topic, batch)
        except (KafkaError, OSError, TimeoutError):
            self.in_doubt[topic] += len(batch.events)
            await self._drop()

    async def _send_in_transaction(self, topic: str, batch: Batch) -> None:
        if self._transactional is None:
            self._transactional = AIOKafkaProducer(
                bootstrap_servers=self._stage.address, transactional_id=uuid.uuid4().hex, transaction_timeout_ms=10_000
            )
            await self._transactional.start()
        await self._transactional.begin_transaction()
        await self._send_all(self._transactional, topic, batch.events)
        if batch.how is How.COMMITTED:
            await self._transactional.commit_transaction()
            self.held[topic] += len(batch.events)
        else:
            await self._transactional.abort_transaction()

    async def _send_all(self, producer: AIOKafkaProducer, topic: str, events: list[Event]) -> None:
        sent = [
            await producer.send(topic, event.value, event.key, self._partition(event), headers=list(event.headers))
            for event in events
        ]
        await asyncio.gather(*sent)

    def _partition(self, event: Event) -> int | None:
        # The client would choose any; a seed is to give the same.
        return None if event.key is not None else zlib.crc32(event.value or b"") % self._partitions

    async def _drop(self) -> None:
        producer, self._transactional = self._transactional, None
        if producer is not None:
            try:
                await producer.stop()
            except (KafkaError, OSError, TimeoutError):
                # What it had open ends by the brokers' own clock, which counts as aborted.
                return
