"""The archiver: `decisions` in, read committed; hash-chained segments in a folder out, before the offset is committed.

The folder alone says where to go on, so a kill at any moment leaves neither a gap nor a double: what no segment holds
is read again. What a decision says is not its business.
"""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from stream.archive.folder import OpenSegment, head_of, locked
from stream.engines.archive_checks import check_same_topic, compaction_lag, group_of, no_topic, rights_of_archive
from stream.engines.archive_keep import Keeper
from stream.engines.archive_pages import ArchiveMetrics, pages
from stream.engines.brokers import connected
from stream.engines.health import web_port
from stream.engines.logs import configure_logs
from stream.engines.rights import check_rights
from stream.engines.security import connection
from stream.settings import Settings

POLL_MS = 500
POLL_ROWS = 5_000
LOOK_SECONDS = 60.0
# The part of the compaction lag that the archive may be behind before it says so.
ALARM_PART = 0.5

log = structlog.get_logger("keran.archive")


class Limits(NamedTuple):
    """When a segment is closed: at so many records or bytes, or when its first has waited so long."""

    rows: int
    bytes: int
    seconds: float


def run_archive(settings: Settings, folder: Path, limits: Limits, without_lag: bool) -> int:
    """Archive until told to stop, 0; 1 where it cannot go on. Raises BadSetup."""
    configure_logs(settings)
    with locked(folder):
        try:
            asyncio.run(_run(settings, folder, limits, without_lag))
        except KafkaError as reason:
            log.error("cannot go on", reason=repr(reason))
            return 1
    return 0


async def _run(settings: Settings, folder: Path, limits: Limits, without_lag: bool) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await check_rights(settings, rights_of_archive(settings))
    lag_ms = await compaction_lag(settings, without_lag)
    port = web_port(settings)
    log.info("starting", http_port=port, folder=str(folder), compaction_lag_ms=lag_ms)
    client = AIOKafkaConsumer(
        **connection(settings, group_of(settings)),
        group_id=group_of(settings),
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    async with connected(client, AIOKafkaConsumer.stop, connection(settings, group_of(settings))) as consumer:
        archiver = Archiver(consumer, settings.topic_decisions, folder, limits, lag_ms)
        keeper = Keeper(settings, folder)
        await keeper.keep()
        await archiver.assign()
        async with pages(settings, archiver.metrics, archiver.not_ready, port):
            await archiver.run(keeper.keep_again, stop)


class Archiver:
    """One consumer, and the open segment of each partition."""

    def __init__(self, consumer: Any, topic: str, folder: Path, limits: Limits, compaction_lag_ms: int | None) -> None:
        self._consumer, self._topic, self._folder, self._limits = consumer, topic, folder, limits
        self._lag_ms = compaction_lag_ms
        self._open: dict[TopicPartition, OpenSegment] = {}
        self._caught_up: dict[TopicPartition, int] = {}
        self.metrics = ArchiveMetrics()

    async def assign(self) -> None:
        """Take all partitions, new ones too, each from where the folder has it. Raises BadSetup."""
        await self._consumer._client._wait_on_metadata(self._topic)
        numbers = self._consumer.partitions_for_topic(self._topic)
        if not numbers:
            raise no_topic(self._topic)
        tps = [TopicPartition(self._topic, number) for number in sorted(numbers)]
        if len(tps) == len(self._open):
            return
        self._consumer.assign(tps)
        for tp in tps:
            if tp not in self._open:
                head = head_of(self._folder, *tp)
                self._open[tp] = OpenSegment(self._folder, *tp, head, self._lag_ms)
        check_same_topic(
            self._folder, {tp: each.head for tp, each in self._open.items()}, await self._consumer.end_offsets(tps)
        )
        begins = await self._consumer.beginning_offsets(tps)
        for tp, segment in self._open.items():
            if begins[tp] > segment.at:
                log.error("records are gone", partition=tp.partition, archived=segment.at, log_begins=begins[tp])
            self._consumer.seek(tp, max(begins[tp], segment.at))

    async def run(self, keep: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
        """Read and write until told to stop; then write what is read. `keep` keeps what decides, at every look."""
        looked = time.monotonic()
        while not stop.is_set():
            await self._take(await self._consumer.getmany(timeout_ms=POLL_MS, max_records=POLL_ROWS))
            if time.monotonic() - looked > LOOK_SECONDS:
                looked = time.monotonic()
                await keep()
                await self.assign()
                self._watch_lag()
        await self._close([tp for tp, segment in self._open.items() if segment.records])
        # What came since the last look has decided some of it.
        await keep()

    def not_ready(self) -> Sequence[str]:
        """Give the reasons why the archive is not being written as it should."""
        late = [tp for tp in self._open if self._is_late(tp)]
        return [f"partition {tp.partition} is {self._behind_ms(tp) / 1000:.0f} s behind" for tp in late]

    async def _take(self, fetched: Mapping[TopicPartition, Sequence[Any]]) -> None:
        now = time.monotonic()
        for tp, records in fetched.items():
            segment = self._open[tp]
            if not records:
                continue
            segment.opened_at = segment.opened_at or now
            segment.add(records, self._exposed_ms(tp))
            self._caught_up.pop(tp, None)
        for tp in self._open:
            await self._note_end(tp)
        await self._close([tp for tp, segment in self._open.items() if self._is_full(segment, now)])

    async def _note_end(self, tp: TopicPartition) -> None:
        stable, asked = self._consumer.last_stable_offset(tp), self._consumer.last_poll_timestamp(tp)
        if stable is not None and asked and await self._consumer.position(tp) >= stable:
            self._caught_up[tp] = asked

    def _exposed_ms(self, tp: TopicPartition) -> int | None:
        """Bound how long what lies before the records just read may have been there: since the end was last seen, or
        since the record before it was made.
        """
        segment = self._open[tp]
        last = segment.records[-1].timestamp if segment.records else segment.head.timestamp
        known = [moment for moment in (last, self._caught_up.get(tp)) if moment is not None]
        return max(0, _now_ms() - max(known)) if known else None

    def _is_full(self, segment: OpenSegment, now: float) -> bool:
        if not segment.records:
            return False
        full = len(segment.records) >= self._limits.rows or segment.bytes >= self._limits.bytes
        return full or now - segment.opened_at >= self._limits.seconds

    async def _close(self, tps: Sequence[TopicPartition]) -> None:
        for tp in tps:
            segment = self._open[tp]
            count, begin = len(segment.records), segment.begin
            head = segment.close()
            self.metrics.records.labels(tp.partition).inc(count)
            self.metrics.segments.labels(tp.partition).inc()
            self.metrics.absent.labels(tp.partition).inc(head.next - begin - count)
        if tps:
            # For whoever watches the group's lag: behind the markers too, which no segment has records of.
            await self._consumer.commit({tp: await self._consumer.position(tp) for tp in tps})
            self._watch_lag()

    def _watch_lag(self) -> None:
        for tp in self._open:
            self.metrics.lag.labels(tp.partition).set(self._behind_ms(tp) / 1000)
        late = [tp.partition for tp in self._open if self._is_late(tp)]
        self.metrics.alarm.set(bool(late))
        if late:
            log.error("near the compaction lag", partitions=late, compaction_lag_ms=self._lag_ms)

    def _is_late(self, tp: TopicPartition) -> bool:
        return bool(self._lag_ms) and self._behind_ms(tp) > ALARM_PART * self._lag_ms

    def _behind_ms(self, tp: TopicPartition) -> int:
        segment = self._open[tp]
        if segment.records:
            return max(0, _now_ms() - (segment.records[0].timestamp or 0))
        if tp in self._caught_up or segment.head.timestamp is None:
            return 0
        return max(0, _now_ms() - segment.head.timestamp)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
