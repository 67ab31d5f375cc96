"""The loop that a good engineer writes on confluent-kafka: batches of records in, `(key, value)` out, then the commit.

Settings chosen in its favour: `consume` hands over thousands of records a call, `produce_batch` takes thousands, sends
linger for 20 ms and in batches of up to 1 MB, and delivery reports come only for what failed, so that no call a record
is left. Offsets are stored once `flush` says that the broker holds every output, and committed each second.
"""

import os
import signal
from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import Consumer, Message, Producer, TopicPartition

# Records a call at most; a batch is what is done again after a crash.
ROWS = 5_000
FLUSH_SECONDS = 30.0

Work = Callable[[Sequence[Message]], list[tuple[bytes | None, bytes]]]


def run(work: Work) -> None:
    """Give `work` what comes until SIGTERM, and publish what it makes of it."""
    # Fewer, larger fetches.
    consumer = Consumer(
        {
            "bootstrap.servers": os.environ["KERAN_BROKER"],
            "group.id": os.environ["KERAN_GROUP"],
            "enable.auto.offset.store": False,
            "auto.commit.interval.ms": 1_000,
            "isolation.level": "read_committed",
            "fetch.min.bytes": 65_536,
            "fetch.wait.max.ms": 100,
        }
    )
    consumer.subscribe([os.environ["KERAN_TOPIC_LISTINGS"]])
    producer, going = _producer(), _until_terminated()
    while going():
        records = [record for record in consumer.consume(ROWS, timeout=0.1) if record.error() is None]
        if records:
            _publish(producer, work(records))
            consumer.store_offsets(offsets=_ends(records))
    consumer.close()


def _producer() -> Producer:
    return Producer(
        {
            "bootstrap.servers": os.environ["KERAN_BROKER"],
            "acks": "all",
            "partitioner": "murmur2_random",
            "linger.ms": 20,
            "batch.size": 1_000_000,
            "queue.buffering.max.messages": 1_000_000,
            "delivery.report.only.error": True,
        }
    )


def _publish(producer: Producer, outputs: list[tuple[bytes | None, bytes]]) -> None:
    messages = [{"key": key, "value": value} for key, value in outputs]
    queued = producer.produce_batch(os.environ["KERAN_TOPIC_DECISIONS"], messages, on_delivery=_refuse)
    unsent = len(messages) - queued + producer.flush(FLUSH_SECONDS)
    if unsent:
        raise RuntimeError(f"{unsent} outputs were not taken")


def _refuse(error: Any, message: Message) -> None:
    if error is not None:
        raise RuntimeError(f"an output was refused: {error}")


def _ends(records: Sequence[Message]) -> list[TopicPartition]:
    ends = {(record.topic(), record.partition()): record.offset() + 1 for record in records}
    return [TopicPartition(topic, partition, offset) for (topic, partition), offset in ends.items()]


def _until_terminated() -> Callable[[], bool]:
    ended: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: ended.append(number))
    return lambda: not ended
