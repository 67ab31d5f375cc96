"""Reading `decisions` back: the partitions asked for, from their beginning to where they end now, a piece at a time.

It knows no listing and keeps nothing; what a decision says is for `stream/contract`.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.engines.order import Piece

ROWS = 5_000
FETCH_BYTES = 8 << 20
_WAIT_MILLISECONDS = 200


class DecisionsLog:
    """The topic as it is for a reader of its own, in no group."""

    def __init__(self, topic: str, connection: Mapping[str, Any]) -> None:
        self._topic, self._connection = topic, connection

    async def read(self, partitions: Sequence[int]) -> AsyncIterator[Piece]:
        """Give the pieces of each partition, the last one, empty or not, with `read` at 1."""
        async with AIOKafkaConsumer(
            **self._connection,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            max_partition_fetch_bytes=FETCH_BYTES,
        ) as consumer:
            tps = [TopicPartition(self._topic, partition) for partition in partitions]
            consumer.assign(tps)
            begins, ends = await consumer.beginning_offsets(tps), await consumer.end_offsets(tps)
            await consumer.seek_to_beginning(*tps)
            while tps:
                fetched = await consumer.getmany(*tps, timeout_ms=_WAIT_MILLISECONDS, max_records=ROWS)
                for tp in list(tps):
                    at = await consumer.position(tp)
                    read = 1.0 if at >= ends[tp] else (at - begins[tp]) / (ends[tp] - begins[tp])
                    if read >= 1:
                        tps.remove(tp)
                    yield Piece(tp.partition, fetched.get(tp, []), read)
