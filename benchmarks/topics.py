"""The broker's side of a measurement: topics made and filled, groups put at their place, outputs counted and read.

All through one client that no contender uses, so that what is counted is what the broker holds and not what a contender
says. It knows nothing of what is measured.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import orjson
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from benchmarks.events import Event

PARTITIONS = 4
PATIENCE_SECONDS = 60.0
WRITING = {"acks": "all", "linger.ms": 20, "partitioner": "murmur2_random"}
# The most that a broker allows by default.
WITHHELD_MILLISECONDS = 15 * 60 * 1000

Offsets = Mapping[int, int]

# What `keran worker` asks of `decisions`, and no compaction while somebody counts.
REMEMBERING = {"cleanup.policy": "compact", "min.compaction.lag.ms": "86400000", "delete.retention.ms": "2592000000"}


class Topics:
    """One broker's topics, each of `PARTITIONS` partitions."""

    def __init__(self, address: str) -> None:
        self.address = address
        # A broker that ends before its clients is no news here.
        self._connection = {"bootstrap.servers": address, "log_level": 0}
        self._admin = AdminClient(self._connection)

    def create(self, *names: str, settings: Mapping[str, str] = MappingProxyType({})) -> None:
        """Create topics of these settings; returns when their partitions have leaders."""
        _wait(self._admin.create_topics([NewTopic(name, PARTITIONS, 1, config=dict(settings)) for name in names]))
        for name in names:
            self._until_led(name)

    def create_outputs(self, name: str) -> dict[str, str]:
        """Create what a contender writes, and `labels`, as the worker asks for them; give each by its role."""
        outputs = {role: f"{role}.{name}" for role in ("decisions", "dead", "reviews", "redecide", "labels")}
        self.create(outputs["decisions"], settings=REMEMBERING)
        self.create(outputs["labels"], settings={"cleanup.policy": "compact"})
        self.create(outputs["dead"], outputs["reviews"], outputs["redecide"])
        return outputs

    def delete(self, *names: str) -> None:
        """Delete topics, so that a long measurement does not fill the disk."""
        _wait(self._admin.delete_topics(list(names)))

    def append(self, topic: str, events: Iterable[Event]) -> None:
        """Write events, partitioned by key as Kafka's own clients do it; returns when the broker has them all."""
        _write(Producer({**self._connection, **WRITING}), topic, events)

    def withhold(self, topic: str, events: Iterable[Event]) -> Callable[[], None]:
        """Write events that readers of what is committed see all at once, when what is given back is called."""
        longest = {"transactional.id": f"benchmark-{topic}", "transaction.timeout.ms": WITHHELD_MILLISECONDS}
        producer = Producer({**self._connection, **WRITING, **longest})
        producer.init_transactions(PATIENCE_SECONDS)
        producer.begin_transaction()
        _write(producer, topic, events)
        return lambda: producer.commit_transaction(PATIENCE_SECONDS)

    def ends(self, topic: str) -> Offsets:
        """Give the end offset of each partition."""
        asked = {TopicPartition(topic, partition): OffsetSpec.latest() for partition in range(PARTITIONS)}
        return {place.partition: found.result().offset for place, found in self._admin.list_offsets(asked).items()}

    @contextmanager
    def counting(self, topic: str) -> Iterator[Callable[[], int]]:
        """Give a function that says how many records a topic has held by now, as a reader of what is committed sees it.

        Offsets would not do: each transaction of a partition ends with a marker, which takes one.
        """
        seen = 0
        with self.reading(topic) as consumer:

            def count() -> int:
                nonlocal seen
                seen += sum(record.error() is None for record in consumer.consume(10_000, timeout=0))
                return seen

            yield count

    def _until_led(self, topic: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while missing := self._not_led(topic):
            if time.monotonic() > deadline:
                raise RuntimeError(f"`{topic}` is not there after {PATIENCE_SECONDS:.0f} s: {missing}")
            time.sleep(0.05)

    def _not_led(self, topic: str) -> str:
        partitions = self._admin.list_topics(topic, timeout=PATIENCE_SECONDS).topics[topic].partitions
        if len(partitions) != PARTITIONS or any(found.leader < 0 for found in partitions.values()):
            return "partitions without leaders"
        try:
            self.ends(topic)
        except KafkaException as reason:
            # Metadata names leaders before they know it themselves, and they say so in more ways than one.
            return str(reason)
        return ""

    def put_group(self, group: str, topic: str, offsets: Offsets) -> None:
        """Commit offsets for a group that has no members yet: where it will begin. Returns when the broker says so too.

        A broker that is still making the topic of offsets may refuse a partition and not the call; a contender would
        then begin at the end, behind what it is to decide first.
        """
        places = [TopicPartition(topic, partition, offset) for partition, offset in offsets.items()]
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            _wait(self._admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, places)]))
            if (found := self.committed(group, topic)) == offsets:
                return
            if time.monotonic() > deadline:
                raise RuntimeError(f"group `{group}` is at {found}, not at {offsets}, after {PATIENCE_SECONDS:.0f} s")
            time.sleep(0.05)

    def committed(self, group: str, topic: str) -> Offsets:
        """Give the offsets that a group has committed."""
        asked = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
        (found,) = _wait(self._admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group, asked)]))
        return {place.partition: place.offset for place in found.topic_partitions}

    def read(self, topic: str) -> Iterator[dict[str, Any]]:
        """Give everything that a topic holds, as JSON; less when the broker does not hand it over in time."""
        left, deadline = PARTITIONS, time.monotonic() + PATIENCE_SECONDS
        with self.reading(topic) as consumer:
            while left > 0 and time.monotonic() < deadline:
                for record in consumer.consume(10_000, timeout=1):
                    if record.error() is None:
                        yield orjson.loads(record.value())
                    else:
                        left -= record.error().code() == KafkaError._PARTITION_EOF

    @contextmanager
    def reading(self, topic: str) -> Iterator[Consumer]:
        own = {"group.id": "benchmark", "enable.auto.commit": False, "enable.partition.eof": True}
        consumer = Consumer({**self._connection, **own, "isolation.level": "read_committed"})
        consumer.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
        try:
            yield consumer
        finally:
            consumer.close()


def _write(producer: Producer, topic: str, events: Iterable[Event]) -> None:
    lost: list[Any] = []
    for event in events:
        while not _produced(producer, topic, event, lost):
            producer.poll(0.1)
    unsent = producer.flush(PATIENCE_SECONDS)
    if unsent or lost:
        raise RuntimeError(f"{unsent + len(lost)} events could not be written: {lost[:1]}")


def _produced(producer: Producer, topic: str, event: Event, lost: list[Any]) -> bool:
    try:
        producer.produce(topic, event.value, event.key, on_delivery=lambda error, _: error and lost.append(error))
    except BufferError:
        return False
    producer.poll(0)
    return True


def _wait(futures: Mapping[Any, Any]) -> list[Any]:
    return [future.result(PATIENCE_SECONDS) for future in futures.values()]
