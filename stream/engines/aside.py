"""What a worker says beside its decisions: what it runs, and what its shadow would change. Nobody waits for it.

It has a producer of its own, so that nothing said here can hold up a run or fail one. What the brokers do not take is
lost, logged and counted.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from mode import Service

log = structlog.get_logger("keran.aside")


class Says(Protocol):
    """What is needed of it; `Aside` on Kafka, `memory.MemoryAside` in tests."""

    async def start(self) -> None:
        """Connect."""

    async def stop(self) -> None:
        """Disconnect."""

    async def say(self, topic: str, key: bytes, value: bytes | None) -> bool:
        """Return when the brokers hold a record, or false when they will not."""


class Aside(Service):
    """The producer."""

    def __init__(self, connection: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._connection = connection
        self._producer: AIOKafkaProducer | None = None

    async def on_start(self) -> None:
        """Connect."""
        self._producer = AIOKafkaProducer(**self._connection, enable_idempotence=True, acks="all")
        await self._producer.start()

    async def on_stop(self) -> None:
        """Disconnect."""
        if self._producer is not None:
            await self._producer.stop()

    async def say(self, topic: str, key: bytes, value: bytes | None) -> bool:
        """Return when the brokers hold a record, or false when they will not."""
        try:
            await self._producer.send_and_wait(topic, value, key)
        except KafkaError as reason:
            log.warning("not said", topic=topic, key=key.decode(), reason=repr(reason))
            return False
        return True
