"""The producer of a sweep: requests and how far the sweep is, in one transaction; and how far an earlier run came.

How far it is stands as offsets of a consumer group of the sweep's name, with a word beside each. It refuses to know
what the word says and which listings are asked for.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import GroupCoordinatorNotAvailableError
from aiokafka.structs import OffsetAndMetadata

from stream.contract.record import Headers
from stream.engines.batches import pack
from stream.engines.brokers import admin, connected
from stream.engines.outputs import BATCH_BYTES
from stream.engines.security import connection
from stream.settings import Settings

PREFIX = "keran-sweep"


class Request(NamedTuple):
    """A listing event to be decided again, as it lies in the catalogue; its headers name the sweep too."""

    key: bytes
    value: bytes
    headers: Headers


class Reached(NamedTuple):
    """The next offset of a partition of the catalogue, and the word that stands beside it."""

    offset: int
    word: str


def name_on_brokers(sweep: str) -> str:
    """Name a sweep's consumer group, and its transactional id.

    >>> name_on_brokers("phase-two")
    'keran-sweep-phase-two'
    """
    return f"{PREFIX}-{sweep}"


class SweepPublisher:
    """The started producer: from here on no earlier run of the sweep can publish, or say how far it is."""

    def __init__(self, producer: AIOKafkaProducer, settings: Settings, sweep: str) -> None:
        self._producer, self._settings, self._group = producer, settings, name_on_brokers(sweep)

    async def reached(self) -> Mapping[int, Reached]:
        """Give how far earlier runs came, by partition; nothing where there was none."""
        async with admin(connection(self._settings, PREFIX)) as client:
            try:
                found = await client.list_consumer_group_offsets(self._group)
            except GroupCoordinatorNotAvailableError:
                # The first group of new brokers: they are making the topic that offsets are kept in.
                return {}
        topic = self._settings.topic_listings
        return {tp[1]: Reached(at.offset, at.metadata) for tp, at in found.items() if tp[0] == topic and at.offset >= 0}

    async def commit(
        self, reached: Mapping[int, Reached], requests: Sequence[Request] = (), partition: int = 0
    ) -> None:
        """Publish requests on a partition and say how far the sweep is, all or nothing. Raises KafkaError."""
        topic = self._settings.topic_listings
        offsets = {TopicPartition(topic, p): OffsetAndMetadata(at.offset, at.word) for p, at in reached.items()}
        async with self._producer.transaction():
            for batch in pack(requests, BATCH_BYTES, transactional=True, compressed=True):
                # Every answer is awaited: a commit alone would pass over a batch that was refused.
                await (await self._producer.send_batch(batch, self._settings.topic_redecide, partition=partition))
            await self._producer.send_offsets_to_transaction(offsets, self._group)


@asynccontextmanager
async def sweep_publisher(settings: Settings, sweep: str) -> AsyncIterator[SweepPublisher]:
    """Give the publisher of a sweep, which fences every earlier one of its name. Raises BadSetup, KafkaError."""
    how = connection(settings, PREFIX)
    producer = AIOKafkaProducer(**how, transactional_id=name_on_brokers(sweep), max_batch_size=BATCH_BYTES)
    async with connected(producer, _stop, how):
        yield SweepPublisher(producer, settings, sweep)


async def _stop(producer: AIOKafkaProducer) -> None:
    await asyncio.shield(producer.stop())
