"""The console's reading of the topics, in no group: the last so many records of each, then whatever comes.

It is the only place of the console with a Kafka client. Records go to the board as they come; the lag of the workers'
group is asked for beside it. It writes nothing and commits nothing, so it can be beside anything.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from stream.console.board import Board
from stream.contract.record import Record
from stream.engines.brokers import admin, connected
from stream.engines.security import connection
from stream.settings import Settings

CLIENT = "keran-console"
_POLL_MILLISECONDS, _ROWS = 250, 4_000
LAG_SECONDS, LOOK_SECONDS = 2.0, 10.0

Take = Callable[[Sequence[Record]], None]


class ConsoleReader:
    """Reads until it is cancelled."""

    def __init__(self, settings: Settings, board: Board, *, checked: bool = True) -> None:
        self._settings, self._board, self._checked = settings, board, checked
        self._takes: Mapping[str, Take] = {
            settings.topic_decisions: board.take_decisions,
            settings.topic_listings: board.take_listings,
            settings.topic_dead: board.take_dead,
            settings.topic_shadow: board.take_differences,
            settings.topic_control: board.take_control,
            settings.topic_reviews: board.take_reviews,
            settings.topic_labels: board.take_labels,
        }

    async def check(self) -> None:
        """Return if a broker lets us in. Raises BadSetup."""
        async with admin(connection(self._settings, CLIENT)):
            return

    async def run(self) -> None:
        """Read for ever, from as far back as the board keeps."""
        async with connected(self._consumer(), AIOKafkaConsumer.stop, connection(self._settings, CLIENT)) as consumer:
            await asyncio.gather(self._follow(consumer), self._ask_lag(consumer))

    def _consumer(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            **connection(self._settings, CLIENT),
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            check_crcs=self._checked,
            max_partition_fetch_bytes=8 << 20,
        )

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        looked = 0.0
        while True:
            try:
                if time.monotonic() - looked > LOOK_SECONDS:
                    await self._assign(consumer)
                    looked = time.monotonic()
                if not consumer.assignment():
                    await asyncio.sleep(_POLL_MILLISECONDS / 1000)
                    continue
                fetched = await consumer.getmany(timeout_ms=_POLL_MILLISECONDS, max_records=_ROWS)
                self._board.reading.fault = ""
            except KafkaError as reason:
                self._board.reading.fault = repr(reason)
                await asyncio.sleep(1)
                continue
            # Events before decisions, so that a row has its title.
            for tp in sorted(fetched, key=lambda tp: tp.topic != self._settings.topic_listings):
                self._takes[tp.topic](fetched[tp])

    async def _assign(self, consumer: AIOKafkaConsumer) -> None:
        """Take up the partitions that are there by now; the others go on where they are."""
        known = await consumer.topics() & set(self._takes)
        for topic in known:
            await consumer._client._wait_on_metadata(topic)
        there = {TopicPartition(topic, part) for topic in known for part in consumer.partitions_for_topic(topic) or ()}
        held = consumer.assignment()
        if there <= held:
            return
        positions = {tp: await consumer.position(tp) for tp in held}
        positions |= await self._begins(consumer, there - held)
        consumer.assign(list(positions))
        for tp, offset in positions.items():
            consumer.seek(tp, offset)

    async def _begins(self, consumer: AIOKafkaConsumer, tps: set[TopicPartition]) -> dict[TopicPartition, int]:
        begins, ends = await consumer.beginning_offsets(list(tps)), await consumer.end_offsets(list(tps))
        share = self._settings.console_kept // max(sum(tp.topic == self._settings.topic_decisions for tp in tps), 1)
        whole = {self._settings.topic_control, self._settings.topic_reviews, self._settings.topic_labels}
        return {tp: begins[tp] if tp.topic in whole else max(begins[tp], ends[tp] - share) for tp in tps}

    async def _ask_lag(self, consumer: AIOKafkaConsumer) -> None:
        async with admin(connection(self._settings, CLIENT)) as client:
            while True:
                try:
                    self._board.take_lag(await self._lag(client, consumer))
                except KafkaError:
                    self._board.take_lag(None)
                await asyncio.sleep(LAG_SECONDS)

    async def _lag(self, client: AIOKafkaAdminClient, consumer: AIOKafkaConsumer) -> int | None:
        try:
            committed = await client.list_consumer_group_offsets(self._settings.group)
        except TypeError:
            # The demo's broker answers null where nobody has committed anything yet, and the client looks into it.
            return None
        ends = await consumer.end_offsets(list(committed)) if committed else {}
        lags = [max(ends[tp] - found.offset, 0) for tp, found in committed.items() if found.offset >= 0]
        return sum(lags) if lags else None
