"""A topic to be read whole, a partition at a time: its consumer in no group, and where each partition begins and ends.

It commits nothing and knows no record's meaning; `open_topic.records_in` reads a partition of what it opens.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.engines.brokers import connected
from stream.engines.open_topic import OpenTopic
from stream.engines.security import connection
from stream.problems import BadSetup, Problem
from stream.settings import Settings

CLIENT = "keran-sweep"
FETCH_BYTES = 8 << 20


@asynccontextmanager
async def topic_log(settings: Settings, topic: str, variable: str) -> AsyncIterator[OpenTopic]:
    """Give a topic with its ends as of now, transactions included that are open at this moment. Raises BadSetup.

    Only what is committed is read; a reader waits at a transaction that is open below an end.
    """
    async with _reader(settings, "read_committed") as reader, _reader(settings, "read_uncommitted") as ahead:
        topics = frozenset(await reader.topics())
        if topic not in topics:
            message = f"topic `{topic}` is not there, or this client may not see it"
            raise BadSetup([Problem(message, f"environment, `{variable}`", "name the topic that the workers use")])
        await reader._client._wait_on_metadata(topic)
        tps = [TopicPartition(topic, number) for number in sorted(reader.partitions_for_topic(topic))]
        begins, ends = await reader.beginning_offsets(tps), await ahead.end_offsets(tps)
        yield OpenTopic(reader, topic, topics, *({tp.partition: of[tp] for tp in tps} for of in (begins, ends)))


def _reader(settings: Settings, isolation: str) -> Any:
    how = connection(settings, CLIENT)
    client = AIOKafkaConsumer(
        **how,
        isolation_level=isolation,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    return connected(client, AIOKafkaConsumer.stop, how)
