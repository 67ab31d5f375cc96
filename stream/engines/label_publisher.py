"""The console's producer: a label and the request to decide its listing anew, in one transaction; and a listing's
newest event, looked for on its topic in bounded time.

Pages wait in threads of their own; what they ask for runs on one event loop, one transaction at a time. The producer
starts with the first answer, so a console that nobody answers in needs no right to write.
"""

import asyncio
import os
import socket
import threading
from collections.abc import Coroutine
from contextlib import nullcontext, suppress
from typing import Any, NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from stream.console.publisher import NotPublished
from stream.contract.label import Label
from stream.contract.record import Headers
from stream.engines.batches import pack
from stream.engines.brokers import connected
from stream.engines.outputs import BATCH_BYTES
from stream.engines.overruling import LABEL_HEADER
from stream.engines.partitions import partitions_of
from stream.engines.security import connection
from stream.problems import BadSetup
from stream.settings import Settings

PREFIX = "keran-console"
PUBLISH_SECONDS, LOOK_SECONDS, FIND_SECONDS = 15.0, 5.0, 5.0
# How far a look for a listing's event goes back at a time, from the end of its partition.
STEP = 20_000

_log = structlog.get_logger(__name__)


class _Out(NamedTuple):
    """A record to publish, as `pack` takes it."""

    key: bytes
    value: bytes
    headers: Headers = ()


class LabelPublisher:
    """One producer for all people of a console, under an id that no other console has; without transactions only for
    the demo.
    """

    def __init__(self, settings: Settings, *, transactional: bool = True) -> None:
        self._settings, self._reached = settings, connection(settings, PREFIX)
        self._name = f"{PREFIX}-{socket.gethostname()}-{os.getpid()}" if transactional else None
        self._loop, self._turn = asyncio.new_event_loop(), asyncio.Lock()
        self._producer: AIOKafkaProducer | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def publish(self, label: Label, event: bytes) -> None:
        """Return once both are held for good. Raises NotPublished."""
        self._wait(self._publish(label, event), PUBLISH_SECONDS)

    def newest(self, listing: str) -> bytes | None:
        """Give a listing's newest event that is found within some seconds. Raises NotPublished."""
        return self._wait(self._newest(listing.encode("utf-8", "replace")), LOOK_SECONDS + FIND_SECONDS)

    def close(self) -> None:
        """Disconnect; brokers that do not answer any more are not waited for."""
        with suppress(NotPublished):
            self._wait(self._let_go(), PUBLISH_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PUBLISH_SECONDS)
        self._loop.close()

    def _wait(self, asked: Coroutine[Any, Any, Any], seconds: float) -> Any:
        running = asyncio.run_coroutine_threadsafe(asyncio.wait_for(asked, seconds), self._loop)
        try:
            return running.result()
        except (KafkaError, BadSetup, TimeoutError) as reason:
            _log.warning("brokers refused", reason=repr(reason))
            raise NotPublished(_words(reason)) from reason

    async def _publish(self, label: Label, event: bytes) -> None:
        key = label.listing_id.encode()
        request = _Out(key, event, ((LABEL_HEADER, label.label_id.encode()),))
        async with self._turn:
            try:
                producer = await self._started()
                async with producer.transaction() if self._name else nullcontext():
                    value = label.model_dump_json(by_alias=True).encode()
                    await self._send(producer, self._settings.topic_labels, _Out(key, value))
                    await self._send(producer, self._settings.topic_redecide, request)
            except (KafkaError, TimeoutError, asyncio.CancelledError):
                # Fenced, refused or not answered in time: the next answer begins with a new producer, which ends what
                # this one left open.
                await asyncio.shield(self._let_go())
                raise

    async def _send(self, producer: AIOKafkaProducer, topic: str, out: _Out) -> None:
        count = len(await asyncio.wait_for(producer.partitions_for(topic), FIND_SECONDS))
        (partition,) = partitions_of([out.key], count)
        for batch in pack([out], BATCH_BYTES, transactional=self._name is not None, compressed=True):
            # The answer is awaited: a commit alone would pass over a batch that was refused.
            await (await producer.send_batch(batch, topic, partition=partition))

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            sure = {"enable_idempotence": True, "max_batch_size": BATCH_BYTES}
            self._producer = AIOKafkaProducer(**self._reached, transactional_id=self._name, **sure)
            await self._producer.start()
        return self._producer

    async def _let_go(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    async def _newest(self, key: bytes) -> bytes | None:
        consumer = AIOKafkaConsumer(
            **self._reached,
            isolation_level="read_committed",
            enable_auto_commit=False,
            max_partition_fetch_bytes=8 << 20,
        )
        async with connected(consumer, AIOKafkaConsumer.stop, self._reached):
            topic = self._settings.topic_listings
            numbers = await asyncio.wait_for(consumer._client._wait_on_metadata(topic), FIND_SECONDS)
            tp = TopicPartition(topic, partitions_of([key], len(numbers))[0])
            try:
                return await asyncio.wait_for(_look_back(consumer, tp, key), LOOK_SECONDS)
            except TimeoutError:
                return None


async def _look_back(consumer: AIOKafkaConsumer, tp: TopicPartition, key: bytes) -> bytes | None:
    """Read a partition from its end backwards, a step at a time, until a record of the key is there."""
    consumer.assign([tp])
    begin, end = (await consumer.beginning_offsets([tp]))[tp], (await consumer.end_offsets([tp]))[tp]
    while end > begin:
        start, found = max(begin, end - STEP), None
        consumer.seek(tp, start)
        while await consumer.position(tp) < end:
            for record in (await consumer.getmany(tp, timeout_ms=500)).get(tp, ()):
                found = record if record.key == key and record.offset < end else found
        if found is not None:
            return found.value
        end = start
    return None


def _words(reason: Exception) -> str:
    return repr(reason) if str(reason) else type(reason).__name__
