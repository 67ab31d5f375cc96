"""The dead-letter topic, read from its start to its end as of now: records in, runs of dead letters and marks out.

It joins no group and commits nothing, so reading changes nothing and can be done beside anything. Setup that does not
let it read (brokers, topic, rights) is told as bad setup.
"""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from stream.contract.dead_record import DeadRecord, Place, marked_offset, read_dead_record
from stream.engines.dead_problems import no_target, no_topic
from stream.engines.open_topic import OpenTopic, records_in
from stream.engines.security import connection
from stream.problems import BadSetup
from stream.settings import Settings

CLIENT = "keran-dead"

Advance = Callable[[int], None]


@asynccontextmanager
async def dead_topic(
    settings: Settings, *, to: str | None = None, to_the_last: bool = False
) -> AsyncIterator[OpenTopic]:
    """Give the dead-letter topic with its ends as of now. Raises BadSetup, also where a topic `to` is not there.

    They are the ends of what is settled; `to_the_last` also waits for transactions that were open at this moment.
    """
    topic = settings.topic_dead
    async with _consumer(settings, "read_committed") as consumer:
        topics = frozenset(await consumer.topics())
        problems = [no_topic(topic)] * (topic not in topics) + [no_target(to)] * (to not in (None, *topics))
        if problems:
            raise BadSetup(problems)
        await consumer._client._wait_on_metadata(topic)
        partitions = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic))]
        begins = await consumer.beginning_offsets(partitions)
        if to_the_last:
            async with _consumer(settings, "read_uncommitted") as uncommitted:
                ends = await uncommitted.end_offsets(partitions)
        else:
            ends = await consumer.end_offsets(partitions)
        yield OpenTopic(
            consumer, topic, topics, *({tp.partition: of[tp] for tp in partitions} for of in (begins, ends))
        )


async def letters_of(
    dead: OpenTopic, partition: int, begin: int = 0, advance: Advance = lambda read: None
) -> AsyncIterator[DeadRecord]:
    """Give the dead letters of a partition in order; marks and what Keran did not write are passed over."""
    async for run in records_in(dead, partition, begin):
        advance(len(run))
        for record in run:
            letter = read_dead_record(record)
            if letter is not None:
                yield letter


async def marks_of(dead: OpenTopic, partition: int, begin: int = 0) -> dict[int, Place]:
    """Give the offsets of a partition that marks call replayed, and where the mark of each lies."""
    marks: dict[int, Place] = {}
    async for run in records_in(dead, partition, begin):
        for record in run:
            offset = marked_offset(record)
            if offset is not None:
                marks[offset] = Place(record.topic, record.partition, record.offset)
    return marks


@contextmanager
def dead_progress(total: int, doing: str, *, beside_rows: bool = False) -> Iterator[Advance]:
    """Show on standard error, if it is a terminal, how many records were read; gives what is told of them.

    Beside rows that come out on the terminal themselves it shows nothing.
    """
    console = Console(stderr=True)
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    hidden = not console.is_terminal or (beside_rows and sys.stdout.isatty())
    # Not redirected: what goes to standard output must get there, and not above the bar.
    bar = Progress(*columns, console=console, transient=True, disable=hidden, redirect_stdout=False)
    with bar:
        task = bar.add_task(doing, total=total)
        yield lambda read: bar.advance(task, read)


@asynccontextmanager
async def _consumer(settings: Settings, isolation: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        **connection(settings, CLIENT),
        group_id=None,
        enable_auto_commit=False,
        isolation_level=isolation,
        # What retention takes while it is read is passed over; the default would pass over all.
        auto_offset_reset="earliest",
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()
