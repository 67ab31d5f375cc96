"""The control topic as it is for a reader of its own, in no group: read to its end, followed, and written to.

It knows no record's meaning; what is live is the last record of its key, wherever in the topic that is.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from stream.contract.record import Record
from stream.engines.brokers import admin, connected, not_compacted, settings_of
from stream.live.read_control import CONTROL_BYTES_AT_MOST
from stream.problems import BadSetup, Problem

# How long the topic may take to be there: whoever makes the topics may start together with the worker.
FIND_SECONDS = 10.0
_LOOK_AGAIN_SECONDS = 0.5
_WAIT_MILLISECONDS = 500
_ENVIRONMENT = "environment, `KERAN_TOPIC_CONTROL`"


class ControlLog:
    """The topic, by name, and how its brokers are reached."""

    def __init__(self, topic: str, connection: Mapping[str, Any]) -> None:
        self.topic, self._connection = topic, connection

    async def read(self) -> list[Record]:
        """Read the last record of each key, up to where the topic ends now. Raises BadSetup where it cannot be had."""
        try:
            async with aclosing(self.follow()) as pieces:
                return list(await anext(pieces))
        except KafkaError as reason:
            raise self._unreadable(reason) from None

    async def every(self, key: bytes) -> AsyncIterator[Record]:
        """Give every record of a key that compaction has not taken, up to where the topic ends now. Raises BadSetup."""
        try:
            tps = await self._partitions()
            async with self._reader() as reader:
                async for fetched in _up_to_now(reader, tps):
                    for record in fetched:
                        if record.key == key:
                            yield record
        except KafkaError as reason:
            raise self._unreadable(reason) from None

    async def follow(self) -> AsyncIterator[Sequence[Record]]:
        """Give the last record of each key up to the topic's end, then whatever comes. Raises BadSetup."""
        tps = await self._partitions()
        async with self._reader() as reader:
            past: dict[bytes | None, Record] = {}
            async for fetched in _up_to_now(reader, tps):
                past |= {record.key: record for record in fetched}
            yield list(past.values())
            while True:
                if records := _records(await reader.getmany(*tps, timeout_ms=_WAIT_MILLISECONDS)):
                    yield records

    async def write(self, key: bytes, value: bytes | None) -> None:
        """Return when the brokers hold a record. Raises BadSetup where they refuse it."""
        limits = {"max_request_size": CONTROL_BYTES_AT_MOST, "compression_type": "gzip"}
        client = AIOKafkaProducer(**self._connection, **limits, acks="all")
        async with connected(client, AIOKafkaProducer.stop, self._connection) as producer:
            try:
                await producer.send_and_wait(self.topic, value, key)
            except KafkaError as reason:
                hint = "let this user write there, and raise its `max.message.bytes` where the record is too large"
                problem = Problem(f"`{self.topic}` refused the record: {reason!r}", _ENVIRONMENT, hint)
                raise BadSetup([problem]) from None

    async def check_compacted(self) -> None:
        """Return if the topic keeps each key's last record. Raises BadSetup, for else what is live is forgotten."""
        async with admin(self._connection) as client:
            configs = await settings_of(client, self.topic)
        hint = "set its `cleanup.policy` to `compact`; a start after its retention would find nothing"
        if problems := not_compacted(self.topic, configs, _ENVIRONMENT, hint):
            raise BadSetup(problems)

    async def _partitions(self) -> list[TopicPartition]:
        async with admin(self._connection) as client:
            for _ in range(int(FIND_SECONDS / _LOOK_AGAIN_SECONDS)):
                (found,) = await client.describe_topics([self.topic])
                if found["partitions"]:
                    return [TopicPartition(self.topic, each["partition"]) for each in found["partitions"]]
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        hint = "create it, compacted, or let this user see it, or set `KERAN_LIVE=folders`"
        raise BadSetup([Problem(f"no topic `{self.topic}` on the brokers", _ENVIRONMENT, hint)])

    def _unreadable(self, reason: KafkaError) -> BadSetup:
        hint = "let this user read it, and see its settings"
        return BadSetup([Problem(f"`{self.topic}` cannot be read: {reason!r}", _ENVIRONMENT, hint)])

    def _reader(self) -> Any:
        settings = {"auto_offset_reset": "earliest", "enable_auto_commit": False}
        client = AIOKafkaConsumer(**self._connection, **settings, max_partition_fetch_bytes=CONTROL_BYTES_AT_MOST)
        return connected(client, AIOKafkaConsumer.stop, self._connection)


async def _up_to_now(reader: Any, tps: Sequence[TopicPartition]) -> AsyncIterator[list[Record]]:
    reader.assign(tps)
    ends = await reader.end_offsets(tps)
    await reader.seek_to_beginning(*tps)
    while any([await reader.position(tp) < ends[tp] for tp in tps]):
        yield _records(await reader.getmany(*tps, timeout_ms=_WAIT_MILLISECONDS))


def _records(fetched: Mapping[TopicPartition, Sequence[Record]]) -> list[Record]:
    return [record for records in fetched.values() for record in records]
