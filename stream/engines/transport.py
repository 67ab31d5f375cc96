"""The transport: Faust on Kafka, a fetched run at a time, for broker URLs of the scheme `keran://`.

Everything above it (app, worker, group membership, agents, supervision, web) stays stock Faust. It consumes
`read_committed`, and it knows nothing of listings: an agent that reads a topic with `RunSchema` gets the fetched
records as they came.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import faust
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import FetchResult
from aiokafka.errors import ConsumerStoppedError
from aiokafka.record.memory_records import MemoryRecords
from faust.transport.drivers import TRANSPORTS, aiokafka
from faust.types import TP, Message

from stream.engines.consumer import RunConsumer
from stream.engines.fetched import Unread, UnreadableRecord, read_fetched
from stream.engines.runs import FetchedRecord, Run

SCHEME = "keran"
# The driver asks brokers to hold an empty fetch for 1.5 s, during which other partitions of that broker are not
# fetched.
FETCH_WAIT_MILLISECONDS = 200
_REBALANCING_SECONDS = 0.05


class RunSchema(faust.Schema):
    """Hands a run through undecoded: reading bytes is for the pipeline, where what is broken has an outcome too."""

    def loads_key(self, app: faust.App, message: Message, **kwargs: Any) -> None:
        """Give no key; a run has none."""

    def loads_value(self, app: faust.App, message: Message, **kwargs: Any) -> Any:
        """Give the run's records."""
        return message.value


class KeptRecords(MemoryRecords):
    """The client's own view of fetched bytes, which hands them out to nobody; this one keeps them at hand."""

    def __init__(self, fetched: bytes) -> None:
        super().__init__(fetched)
        self.fetched = fetched


class ConsumerThread(aiokafka.AIOKafkaConsumerThread):
    """The driver's thread with its aiokafka consumer; here records become runs that say where they begin and end."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._look_again = asyncio.Event()

    def look_again(self) -> None:
        """Let a fetch that waits look again: a partition that was left out for its full buffer may be taken from.

        What is there of it came long ago and wakes nobody: one run in fifteen waited for a second, and at half of what
        it manages a worker's p99 was 1.4 s.
        """
        if not self.thread_loop.is_closed():
            self.thread_loop.call_soon_threadsafe(self._look_again.set)

    def _create_worker_consumer(self, transport: aiokafka.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        # The driver has no setting for these. Uncommitted records of an upstream transaction may never have happened.
        consumer._isolation_level = "read_committed"
        consumer._fetch_max_wait_ms = FETCH_WAIT_MILLISECONDS
        return consumer

    async def _fetch_records(
        self, consumer: AIOKafkaConsumer, active_partitions: set[TP], timeout: float, max_records: int
    ) -> dict[TP, Run]:
        """Give what is fetched, at most `max_records` a partition, waiting up to `timeout` seconds for something."""
        if not self.consumer.flow_active:
            return {}
        if consumer._closed or consumer._fetcher._closed:
            raise ConsumerStoppedError
        if consumer._subscription.reassignment_in_progress:
            # To wait for its end here would hold one of the thread's two hands, and the commit before it needs one.
            await asyncio.sleep(_REBALANCING_SECONDS)
            return {}
        self._look_again.clear()
        with consumer._subscription.fetch_context():
            runs = await self._take(consumer, active_partitions, max_records)
            if not runs and await self._arrived(consumer, timeout):
                runs = await self._take(consumer, active_partitions, max_records)
            return {**_positions(consumer, active_partitions), **runs}

    async def _take(self, consumer: AIOKafkaConsumer, partitions: set[TP], rows: int) -> dict[TP, Run]:
        assignment = consumer._subscription.subscription.assignment
        runs = {}
        for tp in [tp for tp in consumer._fetcher._records if tp in partitions]:
            state = assignment.state_value(tp)
            # No position: the fetcher is looking one up, or has an error for us that the next line raises.
            begin = state.position if state is not None and state.has_valid_position else None
            records = await self._take_records(consumer, tp, rows)
            if begin is not None and state.position > begin:
                runs[TP(*tp)] = Run(begin, state.position, records, max(state.position, state.lso or 0))
        return runs

    async def _take_records(self, consumer: AIOKafkaConsumer, tp: TopicPartition, rows: int) -> Sequence[FetchedRecord]:
        fetching = consumer._fetcher
        result = fetching._records[tp]
        if not (isinstance(result, FetchResult) and self._is_taken_apart(tp, result)):
            # An error, which this raises, or records of an old format. With a timeout of 0 it takes what is there,
            # without a pause in which somebody could seek.
            return (await fetching.fetched_records([tp], timeout=0, max_records=rows)).get(tp, [])
        records: Sequence[FetchedRecord] = ()
        if result.check_assignment(tp):
            unread = result._partition_records
            records = unread.take(*tp, rows)
            result._update_position()
            if unread.has_more():
                return records
        del fetching._records[tp]
        fetching._notify(fetching._wait_consume_future)
        return records

    def _is_taken_apart(self, tp: TopicPartition, result: FetchResult) -> bool:
        held = result._partition_records
        if isinstance(held, Unread):
            return True
        begin = held.next_fetch_offset
        try:
            answer = read_fetched(held._records.fetched, begin, held._aborted_transactions)
        except UnreadableRecord as reason:
            raise UnreadableRecord(f"{tp} {reason}") from reason
        if answer is not None:
            result._partition_records = Unread(answer, begin)
        return answer is not None

    async def _arrived(self, consumer: AIOKafkaConsumer, timeout: float) -> bool:
        waiting = [consumer._fetcher._create_fetch_waiter(), asyncio.ensure_future(self._look_again.wait())]
        done, left = await asyncio.wait(waiting, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        for future in left:
            future.cancel()
        return bool(done) and not consumer._subscription.reassignment_in_progress


def _positions(consumer: AIOKafkaConsumer, partitions: set[TP]) -> dict[TP, Run]:
    """Give where each partition stands, as a run of nothing.

    A fetch that was taken and never got to the ledger is missed there by where the next run begins. A partition that
    rests has no next run: without this, seven records of 20,000 stayed undecided in one of twenty plays of faults.
    """
    assignment = consumer._subscription.subscription.assignment
    # The set is the event loop's, and may change over a slower walk than this copy.
    states = {tp: assignment.state_value(TopicPartition(*tp)) for tp in tuple(partitions)}
    return {
        tp: Run(state.position, state.position, (), max(state.position, state.lso or 0))
        for tp, state in states.items()
        if state is not None and state.has_valid_position
    }


class Consumer(RunConsumer, aiokafka.Consumer):
    """The run consumer on the aiokafka driver."""

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> dict[TP, Run]:
        # The set is Faust's own: what becomes active while a fetch waits is in it when it looks again.
        return await self._thread.getmany(active_partitions, timeout)

    def on_buffer_drop(self, tp: TP) -> None:
        """Fetch again from a partition whose runs were waiting, also while a fetch waits for others."""
        super().on_buffer_drop(tp)
        self._thread.look_again()

    async def _seek_to_beginning(self, partitions: Iterable[TP]) -> None:
        await self._thread.seek_to_beginning(*(TopicPartition(*tp) for tp in partitions))


class Transport(aiokafka.Transport):
    """What Faust makes for a broker URL `keran://host:port`."""

    Consumer = Consumer


def register() -> None:
    """Make the scheme known to Faust also where the package is not installed, only importable."""
    # The client names the class in one place and has no setting for it.
    fetcher.MemoryRecords = KeptRecords
    TRANSPORTS.aliases[SCHEME] = f"{__name__}:Transport"
