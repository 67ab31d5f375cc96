"""A broker in memory under Faust's real consumer, conductor, stream, agent and commit code: for tests of a worker.

`agent.test_context()` skips acknowledgements, commits, rebalances and supervision, which is where records get lost;
this skips the network only. A log holds records and None, an offset that nobody ever sees (a transaction marker, a
compacted record).
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from faust.transport import base
from faust.types import TP
from mode import Service
from yarl import URL

from stream.contract.outcome import Kind, Outcome
from stream.contract.record import FileRecord, Headers
from stream.engines import overruling
from stream.engines.consumer import RunConsumer
from stream.engines.order import Past, Piece
from stream.engines.runs import FetchedRecord, Run
from stream.engines.worker import App, Decides, build_app
from stream.settings import Settings

_LOOK_AGAIN_SECONDS = 0.01


class MemoryBroker:
    """One group's view of its topics: their logs, what is committed, what was published.

    `redecide`, where there is one, has as many partitions as `topic`.
    """

    def __init__(self, topic: str, partitions: int = 1, redecide: str | None = None) -> None:
        self.topic, self.partitions = topic, partitions
        topics = [topic] if redecide is None else [topic, redecide]
        self.logs: dict[TP, list[FetchedRecord | None]] = {TP(t, p): [] for t in topics for p in range(partitions)}
        self.starts: dict[TP, int] = dict.fromkeys(self.logs, 0)
        self.committed: dict[TP, int] = {}
        self.published: list[tuple[int, Outcome]] = []

    def append(
        self,
        value: bytes | None,
        *,
        key: bytes | None = b"L-1",
        partition: int = 0,
        topic: str | None = None,
        headers: Headers = (),
    ) -> int:
        """Add a record and give its offset."""
        tp = TP(topic or self.topic, partition)
        offset = len(self.logs[tp])
        self.logs[tp].append(FetchedRecord(*tp, offset, 0, key, value, headers))
        return offset

    def leave_gap(self, offsets: int, *, partition: int = 0) -> None:
        """Add offsets that nobody ever sees."""
        self.logs[TP(self.topic, partition)] += [None] * offsets

    def drop_before(self, offset: int, *, partition: int = 0) -> None:
        """Forget what is older, as a broker does whose retention has passed."""
        self.starts[TP(self.topic, partition)] = offset

    def commit(self, offsets: Mapping[TP, int]) -> None:
        """Keep the group's offsets."""
        self.committed.update(offsets)


class MemoryOutputs(Service):
    """Publishes into the broker's list."""

    def __init__(self, broker: MemoryBroker, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.broker, self.count = broker, broker.partitions

    async def fence(self, partition: int) -> None:
        """Do nothing: there is one worker."""

    async def let_go(self, partition: int) -> None:
        """Do nothing, likewise."""

    async def publish(self, outcomes: Sequence[Outcome], source: int) -> None:
        """Keep the outcomes with the partition that their records came from."""
        self.broker.published += [(source, outcome) for outcome in outcomes if outcome.kind is not Kind.SUPERSEDED]


class MemoryPast:
    """What was published so far, as `decisions` would hold it."""

    def __init__(self, broker: MemoryBroker) -> None:
        self.broker = broker

    async def read(self, partitions: Sequence[int]) -> AsyncIterator[Piece]:
        """Give a piece for each partition."""
        for partition in partitions:
            decided = [outcome for source, outcome in self.broker.published if source == partition]
            kept = [o for o in decided if o.kind in (Kind.DECISION, Kind.TOMBSTONE)]
            yield Piece(partition, [FileRecord(o.value, o.key, o.headers) for o in kept], 1.0)


class MemoryLabels:
    """The topic `labels` as lists. What is written while it is `open` is for `end` alone to see until it is closed."""

    def __init__(self) -> None:
        self.records: defaultdict[int, list[FileRecord]] = defaultdict(list)
        self.open = False
        self.follows: list[Mapping[int, int]] = []
        self._committed: defaultdict[int, int] = defaultdict(int)

    async def start(self) -> None:
        """Do nothing."""

    async def stop(self) -> None:
        """Do nothing."""

    def write(self, key: bytes | None, value: bytes | None, partition: int = 0) -> None:
        """Add a record."""
        log = self.records[partition]
        log.append(FileRecord(value, key, topic="labels", partition=partition, offset=len(log)))

    async def follow(self, begins: Mapping[int, int]) -> AsyncIterator[overruling.Piece]:
        """Give what there is and what comes."""
        self.follows.append(dict(begins))
        reached, ends = dict(begins), {partition: self._end(partition) for partition in begins}
        while True:
            for partition, begin in reached.items():
                reached[partition] = end = self._end(partition)
                yield overruling.Piece(partition, self.records[partition][begin:end], end, ends[partition])
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    def _end(self, partition: int) -> int:
        if not self.open:
            self._committed[partition] = len(self.records[partition])
        return self._committed[partition]

    async def end(self, partition: int) -> int:
        """Give where a partition ends, behind what is open too."""
        return len(self.records[partition])


class MemoryConsumer(RunConsumer):
    """The run consumer on a broker in memory; `rebalance` does what the group's coordinator would."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.broker: MemoryBroker = self.transport.broker
        self._assigned: set[TP] = set()
        self._positions: dict[TP, int] = {}

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Take every partition, once."""
        if not self._assigned:
            self.add_future(self.rebalance(set(self.broker.logs)))

    async def rebalance(self, assigned: set[TP]) -> None:
        """Give up what is assigned and take `assigned`, in a new generation, as the driver's listener would."""
        self.app.on_rebalance_start()
        await self.on_partitions_revoked(self._assigned)
        self._assigned, self._positions = assigned, {}
        self.app.consumer_generation_id += 1
        await self.on_partitions_assigned(assigned, self.app.consumer_generation_id)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Mapping[TP, Run]:
        runs = self._take(active_partitions)
        if all(run.begin == run.end for run in runs.values()):
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        return runs

    def _take(self, partitions: Iterable[TP]) -> dict[TP, Run]:
        runs, rows = {}, self.app.conf.broker_max_poll_records
        for tp in partitions:
            log = self.broker.logs[tp]
            begin = max(self._positions.get(tp, self.broker.committed.get(tp, 0)), self.broker.starts[tp])
            self._positions[tp] = end = min(begin + rows, len(log))
            # At rest it says where it stands, as the driver's thread does.
            runs[tp] = Run(begin, end, [record for record in log[begin:end] if record is not None], len(log))
        return runs

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        self.broker.commit(offsets)
        return True

    async def seek_to_committed(self) -> Mapping[TP, int | None]:
        """Go back, as the driver does: a partition that nobody has committed keeps its position."""
        self._positions |= {tp: offset for tp, offset in self.broker.committed.items() if tp in self._assigned}
        return {tp: self.broker.committed.get(tp) for tp in self._assigned}

    async def _seek_to_beginning(self, partitions: Iterable[TP]) -> None:
        self._positions |= {tp: self.broker.starts[tp] for tp in partitions}

    async def _seek(self, partition: TP, offset: int) -> None:
        self._positions[partition] = offset

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Go to these offsets."""
        self._positions |= partitions

    async def position(self, tp: TP) -> int | None:
        """Give the next offset to fetch."""
        return self._positions.get(tp)

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        """Give the first offsets that the broker still has."""
        return {tp: self.broker.starts[tp] for tp in partitions}

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        """Give where the logs end."""
        return {tp: len(self.broker.logs[tp]) for tp in partitions}

    def highwater(self, tp: TP) -> int:
        """Give where the log ends."""
        return len(self.broker.logs[tp])

    def assignment(self) -> set[TP]:
        """Give the partitions that are this worker's."""
        return set(self._assigned)

    def topic_partitions(self, topic: str) -> int:
        """Give how many partitions there are."""
        return self.broker.partitions

    def _new_topicpartition(self, topic: str, partition: int) -> TP:
        return TP(topic, partition)

    def key_partition(self, topic: str, key: bytes | None, partition: int | None = None) -> int | None:
        """Give the partition asked for; Faust's own producer sends nothing here."""
        return partition

    async def create_topic(self, *args: Any, **kwargs: Any) -> None:
        """Create nothing: the broker has its topic."""


class MemoryTransport(base.Transport):
    """What Faust makes for a broker in memory."""

    Consumer = MemoryConsumer
    driver_version = "memory"

    def __init__(self, broker: MemoryBroker, app: App) -> None:
        super().__init__([URL("memory://")], app)
        self.broker = broker


@asynccontextmanager
async def memory_worker(
    settings: Settings,
    pipeline: Decides,
    broker: MemoryBroker,
    outputs: MemoryOutputs | None = None,
    transport: type[MemoryTransport] = MemoryTransport,
    past: Past | None = None,
    labels: overruling.LabelsTopic | None = None,
) -> AsyncIterator[App]:
    """Give a worker that runs against the broker in memory, and stop it as SIGTERM would."""
    outputs, past = outputs or MemoryOutputs(broker), past or MemoryPast(broker)
    app = build_app(settings, pipeline, outputs=outputs, past=past, labels=labels or MemoryLabels())
    app.transport = transport(broker, app)
    await app.start()
    try:
        yield app
    finally:
        await app.stop()
