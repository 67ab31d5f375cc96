"""Dead letters published again: the originals to their topics and a mark for each, in one transaction.

What is marked is never published again, whatever the filters, and however often and wherever an earlier replay was
killed: the producer starts first, under the one transactional id of the topic, which ends any earlier transaction; then
all marks are read, then the rest is published. It refuses to know why a letter is asked for.
"""

import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from aiokafka.errors import MessageSizeTooLargeError

from stream.contract.dead_record import DeadRecord, Place, mark_headers, replayed_headers
from stream.engines.dead_letters import Advance, letters_of, marks_of
from stream.engines.dead_publisher import DeadPublisher, Sending
from stream.engines.open_topic import OpenTopic
from stream.engines.partitions import partitions_of

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


async def replay_dead(dead: OpenTopic, wanted: Wanted, by: DeadPublisher | None, advance: Advance) -> Replayed:
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
    dead: OpenTopic, partition: int, wanted: Wanted, marks: Mapping[int, Place], counts: Counter[str], advance: Advance
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


def _left_out(letter: DeadRecord, wanted: Wanted, marks: Mapping[int, Place], dead: OpenTopic) -> str | None:
    """Say why a letter is not published, nothing where nobody asked for it, and None where it is to be."""
    if not wanted.asked_for(letter):
        return ""
    if letter.at.offset in marks:
        return REPLAYED_BEFORE
    if not wanted.can_be_read(letter):
        return UNREADABLE
    return None if (wanted.to or letter.origin.topic) in dead.topics else NO_TOPIC


async def _publish(
    letters: Sequence[DeadRecord], dead: OpenTopic, wanted: Wanted, by: DeadPublisher, replayed: Replayed
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
