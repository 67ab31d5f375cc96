"""Dead letters published again: the originals to their topics and a mark for each, in one transaction.

What is marked is never published again, whatever the filters, and however often and wherever an earlier replay was
killed: the producer starts first, under the one transactional id of the topic, which ends any earlier transaction; then
all marks are read, then the rest is published. It refuses to know why a letter is asked for.
"""

import asyncio
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError, ProducerFenced
from aiokafka.producer.message_accumulator import BatchBuilder

from stream.contract.dead_record import DeadRecord, Place, mark_headers, replayed_headers
from stream.contract.record import Headers
from stream.engines.dead_letters import Advance, DeadTopic, letters_of, marks_of, transactional_id
from stream.engines.outputs import BATCH_BYTES
from stream.engines.partitions import partitions_of
from stream.engines.security import connection
from stream.settings import Settings

# Bounds of one transaction: far within the brokers' minute, and little to repeat after an end in the middle.
LETTERS, BYTES = 500, 4 * 1024 * 1024
# What comes of a letter that is asked for.
PUBLISHED, TO_PUBLISH, REPLAYED_BEFORE = "published", "to publish", "replayed before"
UNREADABLE, NO_TOPIC, REFUSED = "still unreadable", "whose topic is not there", "refused"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters are to be published, where and how many; `to` is a topic in place of their own."""

    asked_for: Callable[[DeadRecord], bool]
    can_be_read: Callable[[DeadRecord], bool]
    to: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of every letter asked for: how many, by what; and those that a topic refused, with why."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[DeadRecord, str]] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Whether none is left that was to be published and could not be."""
        return not self.counts[REFUSED] and not self.counts[NO_TOPIC]


class Sending(NamedTuple):
    """A record on its way: to which partition, and what it holds."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class DeadPublisher:
    """The transactional producer, made anew where a refused transaction has spoilt its sequence numbers."""

    def __init__(self, settings: Settings) -> None:
        self._arguments = {
            **connection(settings, "keran-dead-replay"),
            "transactional_id": transactional_id(settings.topic_dead),
            "max_batch_size": BATCH_BYTES,
        }
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Take over the transactional id: an earlier holder's transaction is ended, and it can publish no more."""
        self._producer = AIOKafkaProducer(**self._arguments)
        await self._producer.start()

    async def stop(self) -> None:
        """Disconnect."""
        if self._producer is not None:
            await self._producer.stop()

    async def partitions(self, topic: str) -> int:
        """Give how many partitions a topic has."""
        return len(await self._producer.partitions_for(topic))

    async def publish(self, records: Sequence[Sending]) -> None:
        """Publish all in one transaction, or none. Raises KafkaError."""
        try:
            async with self._producer.transaction():
                batches = filled(records, self._producer.create_batch)
                # Every answer is awaited before the commit: a commit alone would pass over a batch that was refused.
                deliveries = [self._deliver(*place, of_place) for place, of_place in batches.items()]
                for outcome in await asyncio.gather(*deliveries, return_exceptions=True):
                    if isinstance(outcome, BaseException):
                        raise self._cause() or outcome
        except MessageSizeTooLargeError:
            await self._restart()
            raise

    async def _restart(self) -> None:
        """Start anew. Raises ProducerFenced where another replay had its turn in between, whose marks are not known."""
        before = self._producer._txn_manager
        await self.stop()
        await self.start()
        now = self._producer._txn_manager
        if (now.producer_id, now.producer_epoch) != (before.producer_id, before.producer_epoch + 1):
            raise ProducerFenced

    def _cause(self) -> BaseException | None:
        # What the coordinator refused. The brokers then refuse the records as of no transaction, which says less.
        ended = self._producer._txn_manager.wait_for_transaction_end()
        return ended.exception() if ended.done() else None

    async def _deliver(self, topic: str, partition: int, batches: Sequence[BatchBuilder]) -> None:
        for batch in batches:
            await (await self._producer.send_batch(batch, topic, partition=partition))


@asynccontextmanager
async def publisher(settings: Settings) -> AsyncIterator[DeadPublisher]:
    """Give the publisher, started: from here on no earlier replay of the topic can publish or mark anything."""
    made = DeadPublisher(settings)
    try:
        await made.start()
        yield made
    finally:
        await made.stop()


async def replay_dead(dead: DeadTopic, wanted: Wanted, by: DeadPublisher | None, advance: Advance) -> Replayed:
    """Publish the letters asked for that are not marked; without a publisher only count them."""
    replayed, left = Replayed(), wanted.limit or sys.maxsize
    for partition in dead.ends:
        marks = await marks_of(dead, partition)
        async with aclosing(_gathered(dead, partition, wanted, marks, replayed.counts, advance)) as gathered:
            async for letters in gathered:
                asked = letters[:left]
                if by is None:
                    replayed.counts[TO_PUBLISH] += len(asked)
                else:
                    await _publish(asked, dead, wanted, by, replayed)
                left -= len(asked)
                if not left:
                    return replayed
    return replayed


async def _gathered(
    dead: DeadTopic, partition: int, wanted: Wanted, marks: Mapping[int, Place], counts: Counter[str], advance: Advance
) -> AsyncIterator[list[DeadRecord]]:
    gathered: list[DeadRecord] = []
    size = 0
    async for letter in letters_of(dead, partition, 0, advance):
        what = _left_out(letter, wanted, marks, dead)
        if what is not None:
            counts.update([what] if what else [])
            continue
        gathered.append(letter)
        size += len(letter.value or b"") + len(letter.key or b"")
        if len(gathered) >= LETTERS or size >= BYTES:
            yield gathered
            gathered, size = [], 0
    if gathered:
        yield gathered


def _left_out(letter: DeadRecord, wanted: Wanted, marks: Mapping[int, Place], dead: DeadTopic) -> str | None:
    """Say why a letter is not published, nothing where nobody asked for it, and None where it is to be."""
    if not wanted.asked_for(letter):
        return ""
    if letter.at.offset in marks:
        return REPLAYED_BEFORE
    if not wanted.can_be_read(letter):
        return UNREADABLE
    return None if (wanted.to or letter.origin.topic) in dead.topics else NO_TOPIC


async def _publish(
    letters: Sequence[DeadRecord], dead: DeadTopic, wanted: Wanted, by: DeadPublisher, replayed: Replayed
) -> None:
    counts = {topic: await by.partitions(topic) for topic in {wanted.to or each.origin.topic for each in letters}}
    records = [sent for letter in letters for sent in original_and_mark(letter, dead.name, wanted.to, counts)]
    try:
        await by.publish(records)
    except MessageSizeTooLargeError:
        if len(letters) > 1:
            # One of them is refused, and with it all: each by itself, so that the others go.
            for letter in letters:
                await _publish([letter], dead, wanted, by, replayed)
            return
        replayed.refused.append((letters[0], "larger than its topic's `max.message.bytes` allows"))
        replayed.counts[REFUSED] += 1
    else:
        replayed.counts[PUBLISHED] += len(letters)


def original_and_mark(letter: DeadRecord, dead: str, to: str | None, counts: dict[str, int]) -> Iterator[Sending]:
    """Give the two records of a letter's replay; `counts` has the number of partitions of each topic."""
    topic = to or letter.origin.topic
    partition = _partition(letter, to, counts[topic])
    yield Sending(topic, partition, letter.key, letter.value, replayed_headers(letter))
    yield Sending(dead, letter.at.partition, None, None, mark_headers(letter.at.offset))


def _partition(letter: DeadRecord, to: str | None, count: int) -> int:
    # Back to where it lay, whatever partitioner its producer has; in a topic that the command names, by its key.
    if to is None and letter.origin.partition < count:
        return letter.origin.partition
    return letter.origin.partition % count if letter.key is None else partitions_of([letter.key], count)[0]


def filled(
    records: Sequence[Sending], new_batch: Callable[[], BatchBuilder]
) -> dict[tuple[str, int], list[BatchBuilder]]:
    """Give the batches of each topic and partition, in the order of the records."""
    batches: dict[tuple[str, int], list[BatchBuilder]] = defaultdict(list)
    now = int(time.time() * 1000)
    for topic, partition, key, value, headers in records:
        of_place = batches[topic, partition]
        if not of_place:
            of_place.append(new_batch())
        # Only a batch that holds something already refuses a record, so the new one takes it whatever its size.
        while of_place[-1].append(timestamp=now, key=key, value=value, headers=[*headers]) is None:
            of_place.append(new_batch())
    return batches
