"""A topic that is read to its ends: what is known of it comes in, the records of a partition go out, run by run.

It joins no group, commits nothing and knows no record's meaning.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from stream.engines.dead_problems import foreign, stuck
from stream.problems import BadSetup

# How long a read waits for records that are there before it says why they do not come.
PATIENCE_SECONDS = 90.0
_POLL_MS = 500
_RUN_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class OpenTopic:
    """A topic being read: its consumer, the topics of the cluster, where each partition begins and ends."""

    consumer: AIOKafkaConsumer
    name: str
    topics: frozenset[str]
    begins: dict[int, int]
    ends: dict[int, int]

    @property
    def offsets(self) -> int:
        """How many offsets there are to read, at most."""
        return sum(self.ends.values()) - sum(self.begins.values())


async def records_in(topic: OpenTopic, partition: int, begin: int = 0) -> AsyncIterator[Sequence[ConsumerRecord]]:
    """Give the records of a partition from an offset to its end, run by run, in order."""
    tp = TopicPartition(topic.name, partition)
    begin = max(begin, topic.begins[partition])
    if begin >= topic.ends[partition]:
        return
    topic.consumer.assign([tp])
    topic.consumer.seek(tp, begin)
    position, waited = begin, 0.0
    while position < topic.ends[partition]:
        try:
            fetched = await topic.consumer.getmany(tp, timeout_ms=_POLL_MS, max_records=_RUN_ROWS)
        except UnicodeDecodeError:
            offset = topic.consumer._fetcher._records[tp]._partition_records.next_fetch_offset
            raise BadSetup([foreign(topic.name, partition, offset)]) from None
        last, position = position, await topic.consumer.position(tp)
        waited = 0.0 if position > last else waited + _POLL_MS / 1000
        if waited > PATIENCE_SECONDS:
            raise BadSetup([stuck(topic.name, partition, position)])
        yield [record for record in fetched.get(tp, ()) if record.offset < topic.ends[partition]]
