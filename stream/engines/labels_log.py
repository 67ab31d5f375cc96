"""The labels topic, read once from its beginning to where it ends now: its records out, partition by partition.

It joins no group and commits nothing, and knows nothing of what a label says. Setup that does not let it read is told
as bad setup.
"""

from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from stream.engines.brokers import connected
from stream.engines.security import connection
from stream.labels.read_labels import LabelRecord
from stream.problems import BadSetup, Problem
from stream.settings import Settings

CLIENT = "keran-labels"
_WAIT_MILLISECONDS = 500
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
