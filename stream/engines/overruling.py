"""The labels in force in the partitions that this worker owns: read whole before its first run, followed from then on.

Records of `labels` come in; out goes, partition by partition, which answer each listing has. A run that a label asked
for waits until that label is read. It decides nothing and knows no Kafka client: `LabelsTopic` is what it asks of one.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import structlog
from mode import Service

from stream.contract.answer import NO_LABELS, Labels
from stream.contract.record import Record
from stream.labels.in_force import InForce
from stream.labels.read_labels import BadLabel

# The header of a request that a label asks for, its value the label's id: what is decided is decided under that label.
LABEL_HEADER = "keran-label"
# How long such a request waits for its label. Both are of one transaction, and the label mostly is there before.
WAIT_SECONDS = 5.0
_BAD_SHOWN = 3

log = structlog.get_logger("keran.labels")


class Piece(NamedTuple):
    """Some of what a partition of `labels` holds, in order; `reached` is the offset behind it, and `end` where the
    partition ended when the reading began.
    """

    partition: int
    records: Sequence[Record]
    reached: int
    end: int


class LabelsTopic(Protocol):
    """What is on `labels`; `labels_log.LabelsLog` on Kafka, `memory.MemoryLabels` in tests."""

    async def start(self) -> None:
        """Connect."""

    async def stop(self) -> None:
        """Disconnect."""

    def follow(self, begins: Mapping[int, int]) -> AsyncIterator[Piece]:
        """Give what is committed of these partitions from these offsets on, for ever; of each, soon, a first piece."""

    async def end(self, partition: int) -> int:
        """Give where a partition ends now, behind what is not committed yet too."""


@dataclass
class Holding:
    """A partition that is this worker's; `complete` is False when it was lost before all of it was read."""

    complete: asyncio.Future[bool]
    in_force: InForce = field(default_factory=InForce)
    reached: int = 0
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    began: float = field(default_factory=time.monotonic)


class Overruling(Service):
    """The labels of every partition that this worker owns; without a topic there are none.

    `clusters` gives those of the model in force: a label with another is counted, and the model decides.
    """

    def __init__(self, topic: LabelsTopic | None, clusters: Callable[[], Collection[str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._topic, self._clusters = topic, clusters
        self._holdings: dict[int, Holding] = {}
        self._following: asyncio.Future[None] | None = None
        self._told: Counter[str] = Counter()
        self.bad = self.late = 0

    async def on_start(self) -> None:
        """Connect."""
        if self._topic is not None:
            await self._topic.start()

    async def on_stop(self) -> None:
        """Disconnect."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])
        if self._topic is not None:
            await self._topic.stop()

    # Which partitions are ours.

    def revoke(self) -> None:
        """Note that the group shares out anew: what is not complete by now is read again by whoever gets it."""
        for holding in self._holdings.values():
            if not holding.complete.done():
                holding.complete.set_result(False)

    def assign(self, partitions: Iterable[int]) -> None:
        """Take over what is new, let go of what is gone, follow all of it."""
        if self._topic is None:
            return
        self.revoke()
        kept = {p: holding for p, holding in self._holdings.items() if holding.complete.result()}
        self._holdings = {p: kept.get(p) or Holding(asyncio.get_running_loop().create_future()) for p in partitions}
        self._following = self.add_future(self._follow(self._following, self._holdings))

    async def _follow(self, before: asyncio.Future | None, holdings: Mapping[int, Holding]) -> None:
        if before is not None:
            before.cancel()
            await asyncio.wait([before])
        if not holdings:
            return
        async for piece in self._topic.follow({p: holding.reached for p, holding in holdings.items()}):
            self._take(holdings[piece.partition], piece)

    def _take(self, holding: Holding, piece: Piece) -> None:
        self._tell_bad(holding.in_force.take(piece.records))
        holding.reached = piece.reached
        holding.moved.set()
        if piece.reached >= piece.end and not holding.complete.done():
            holding.complete.set_result(True)
            seconds = round(time.monotonic() - holding.began, 1)
            log.info("labels read", partition=piece.partition, labels=len(holding.in_force), seconds=seconds)
        if piece.records:
            self._tell_unknown()

    # What a run asks.

    async def is_ready(self, partition: int, records: Sequence[Record], *, asked: bool) -> bool:
        """Wait until a partition's labels are read, and, where a label `asked` for the run, until that one is.

        False where the partition was lost before that, or is not ours.
        """
        if self._topic is None:
            return True
        holding = self._holdings.get(partition)
        if holding is None or not await asyncio.shield(holding.complete):
            return False
        if asked and any(name == LABEL_HEADER for record in records for name, _ in record.headers):
            await self._catch_up(partition, holding)
        return True

    async def _catch_up(self, partition: int, holding: Holding) -> None:
        # The brokers end a transaction in one partition after the other, so the request may be seen before its label;
        # but it was written before. What is not committed counts for the end, hence, and the wait has one too.
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await _reach(holding, await self._topic.end(partition))
        except TimeoutError:
            self.late += 1
            log.warning("went on without a label that asked for a run", partition=partition, waited=WAIT_SECONDS)

    def of(self, partition: int) -> Labels:
        """Give the labels in force of a partition, by listing id."""
        holding = self._holdings.get(partition)
        return NO_LABELS if holding is None else holding.in_force.answers

    # What is said of it.

    def incomplete(self) -> Iterator[str]:
        """Give each partition whose labels are being read."""
        for partition, holding in sorted(self._holdings.items()):
            if not holding.complete.done():
                yield f"reading labels of partition {partition}"

    def sizes(self) -> Mapping[int, int]:
        """Give how many labels are in force in each partition."""
        return {partition: len(holding.in_force) for partition, holding in self._holdings.items()}

    def unknown(self) -> Counter[str]:
        """Count the labels in force whose clusters the model does not have, by cluster."""
        held = sum((holding.in_force.clusters() for holding in self._holdings.values()), Counter())
        known = self._clusters() if held else ()
        return Counter({cluster: count for cluster, count in held.items() if cluster not in known})

    def _tell_bad(self, bad: Sequence[BadLabel]) -> None:
        self.bad += len(bad)
        for label in bad[:_BAD_SHOWN]:
            log.warning("no good label", place=label.place, reason=label.reason, bad=self.bad)

    def _tell_unknown(self) -> None:
        unknown = self.unknown()
        if unknown and unknown != self._told:
            log.warning("labels ignored: the model does not have their clusters", clusters=dict(unknown))
        self._told = unknown


async def _reach(holding: Holding, end: int) -> None:
    while holding.reached < end:
        holding.moved.clear()
        await holding.moved.wait()
