"""The labels topic, read once from its beginning to where it ends now, or followed: its records out, by partition.

It joins no group and commits nothing, and knows nothing of what a label says. Setup that does not let it read is told
as bad setup.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from stream.engines.brokers import connected
from stream.engines.decisions_log import NoSuchPartition
from stream.engines.overruling import Piece
from stream.engines.security import connection
from stream.labels.read_labels import LabelRecord
from stream.problems import BadSetup, Problem
from stream.settings import Settings

CLIENT = "keran-labels"
_WAIT_MILLISECONDS = 500
# So many labels are taken in between two looks at all else that the worker does: some 10 ms.
_ROWS = 500
_ENVIRONMENT = "environment, `KERAN_TOPIC_LABELS`"


async def read_labels_topic(settings: Settings) -> list[LabelRecord]:
    """Read the topic up to its end as of now, committed records alone, in order. Raises BadSetup."""
    topic, reached = settings.topic_labels, connection(settings, CLIENT)
    limits = {"isolation_level": "read_committed", "auto_offset_reset": "earliest", "enable_auto_commit": False}
    try:
        async with connected(AIOKafkaConsumer(**reached, **limits), AIOKafkaConsumer.stop, reached) as consumer:
            if topic not in await consumer.topics():
                hint = "create it, compacted, or let this user see it; or name a file of labels"
                raise BadSetup([Problem(f"no topic `{topic}` on the brokers", _ENVIRONMENT, hint)])
            return await _read_to_end(consumer, topic)
    except KafkaError as reason:
        hint = "let this user read it"
        raise BadSetup([Problem(f"`{topic}` cannot be read: {reason!r}", _ENVIRONMENT, hint)]) from None


async def _read_to_end(consumer: Any, topic: str) -> list[LabelRecord]:
    numbers = await consumer._client._wait_on_metadata(topic)
    tps = [TopicPartition(topic, number) for number in sorted(numbers)]
    consumer.assign(tps)
    ends: Mapping[TopicPartition, int] = await consumer.end_offsets(tps)
    await consumer.seek_to_beginning(*tps)
    held: dict[TopicPartition, list[LabelRecord]] = {tp: [] for tp in tps}
    while any([await consumer.position(tp) < ends[tp] for tp in tps]):
        for tp, records in (await consumer.getmany(*tps, timeout_ms=_WAIT_MILLISECONDS)).items():
            held[tp] += [_record(record) for record in records if record.offset < ends[tp]]
    return [record for tp in tps for record in held[tp]]


def _record(record: Any) -> LabelRecord:
    # A record without a key can be no label's: the empty key is no listing's.
    return LabelRecord(f"{record.topic}:{record.partition}:{record.offset}", record.value, record.key or b"")


class LabelsLog:
    """The topic as it is for a worker: some partitions, from where it has read to for ever."""

    def __init__(self, topic: str, connection: Mapping[str, Any]) -> None:
        self._topic, self._connection = topic, connection
        self._ahead: AIOKafkaConsumer | None = None

    async def start(self) -> None:
        """Connect."""
        self._ahead = self._consumer("read_uncommitted")
        await self._ahead.start()

    async def stop(self) -> None:
        """Disconnect."""
        if self._ahead is not None:
            await self._ahead.stop()

    async def end(self, partition: int) -> int:
        """Give where a partition ends now, behind what is not committed yet too."""
        tp = TopicPartition(self._topic, partition)
        return (await self._ahead.end_offsets([tp]))[tp]

    async def follow(self, begins: Mapping[int, int]) -> AsyncIterator[Piece]:
        """Give a piece of each partition whenever one may have come, empty ones too. Raises NoSuchPartition."""
        async with self._consumer("read_committed") as consumer:
            missing = sorted(set(begins) - await consumer._client._wait_on_metadata(self._topic))
            if missing:
                raise NoSuchPartition(f"`{self._topic}` has no partitions {missing}, and the listings have")
            tps = [TopicPartition(self._topic, partition) for partition in begins]
            consumer.assign(tps)
            ends = await consumer.end_offsets(tps)
            for tp in tps:
                consumer.seek(tp, begins[tp.partition])
            while True:
                for tp in tps:
                    # Where there is nothing to read it is the position alone that says so.
                    yield Piece(tp.partition, [], await consumer.position(tp), ends[tp])
                fetched = await consumer.getmany(*tps, timeout_ms=_WAIT_MILLISECONDS, max_records=_ROWS)
                for tp, records in fetched.items():
                    yield Piece(tp.partition, records, await consumer.position(tp), ends[tp])

    def _consumer(self, isolation: str) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            **self._connection, isolation_level=isolation, auto_offset_reset="earliest", enable_auto_commit=False
        )
