"""What Faust's consumer must do otherwise for runs: one Faust message a run, and the rule of what may be committed.

Fetched runs come in from a driver (`_getmany`: Kafka in `transport.py`, memory in `memory.py`), Faust messages that
carry a run go out, and the offsets that Faust asks for when it commits. It knows nothing of what a record says or
where outcomes go.

Offset gaps need no bookkeeping here, since a run says where it begins and ends: whatever lies between its records is
part of it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from time import monotonic
from typing import Any

from faust.transport.consumer import Consumer
from faust.types import TP, ConsumerMessage, Message

from stream.engines.ledger import Ledger
from stream.engines.runs import Run, cut

# How long a rebalance or a stop waits for the run in work. Longer than any run takes while the brokers answer, and
# well within the rebalance timeout of 60 s, after which the group goes on without this worker.
PATIENCE_SECONDS = 20.0


class RunConsumer(Consumer):
    """Faust's consumer over runs. Mix it in before a driver whose `_getmany` gives `{partition: Run}`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._ledgers: dict[TP, Ledger] = {}
        self._room = asyncio.Event()
        self.take_turn()
        super().__init__(*args, **kwargs)
        self._run_bytes = self.app.conf.consumer_max_fetch_size

    # What a driver must answer, beside Faust's own list.

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Mapping[TP, Run]:
        raise NotImplementedError

    async def _seek_to_beginning(self, partitions: Iterable[TP]) -> None:
        raise NotImplementedError

    # From fetched runs to Faust messages.

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:
        """Hand over what was fetched, a message a run, for as long as the group's generation stays the same."""
        if not self.flow_active:
            await self.wait_first(self.can_resume_flow.wait())
        generation = self.app.consumer_generation_id
        fetched, _ = await self._wait_next_records(timeout)
        self.take_turn()
        for tp, run in self._cut_all(fetched or {}):
            # A run that is dropped here is missed by the ledger at the next one, which then seeks back.
            if self.should_stop or not self.flow_active or self.app.consumer_generation_id != generation:
                return
            if not await self._joins(tp, run):
                return
            self.app.monitor.track_tp_end_offset(tp, run.known_end)
            if run.begin == run.end:
                continue
            message = self._hand_over(tp, run)
            if run.records:
                yield tp, message

    def _cut_all(self, fetched: Mapping[TP, Run]) -> Iterator[tuple[TP, Run]]:
        return ((tp, piece) for tp, run in fetched.items() for piece in cut(run, self._run_bytes))

    def _hand_over(self, tp: TP, run: Run) -> ConsumerMessage:
        message = self._to_message(tp, run)
        self._ledgers[tp].hand_over(message, run.end, decided=not run.records)
        return message

    def _to_message(self, tp: TP, run: Run) -> ConsumerMessage:
        moment = run.records[0].timestamp if run.records else None
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            run.begin,
            timestamp=None if moment is None else moment / 1000,
            timestamp_type=0,
            headers=None,
            key=None,
            value=run.records,
            checksum=None,
            tp=tp,
            generation_id=self.app.consumer_generation_id,
        )

    async def _joins(self, tp: TP, run: Run) -> bool:
        """Say whether the run follows the last one; else go back to what is committed, or on where the log begins."""
        ledger = self._ledgers.get(tp)
        if ledger is not None and ledger.joins(run.begin):
            return True
        if ledger is not None and await self._is_gone(tp, ledger.next, run.known_end):
            self.log.error("%s goes on at %d: its log no longer has %d", tp, run.begin, ledger.next)
            self._begin_anew(tp, run.begin)
            return True
        self.log.warning("a fetch of %s does not follow the last; going back to what is committed", tp)
        self.app.flow_control.clear()
        await self.perform_seek()
        return False

    async def _is_gone(self, tp: TP, offset: int, known_end: int) -> bool:
        """Say whether retention took the offset, or the loss of a leader whose log was longer."""
        earliest = (await self.earliest_offsets(tp))[tp]
        return not earliest <= offset <= known_end

    def _begin_anew(self, tp: TP, offset: int) -> None:
        self._ledgers[tp] = Ledger(offset)
        self._committed_offset[tp] = self._read_offset[tp] = None

    # No flat second of sleep when every partition has enough runs waiting.

    async def _wait_next_records(self, timeout: float) -> tuple[Mapping[TP, Run] | None, set[TP] | None]:
        if self.flow_active and not self._get_active_partitions():
            self._room.clear()
            await self.wait_first(self._room.wait(), timeout=timeout)
            return None, None
        return await super()._wait_next_records(timeout)

    def on_buffer_drop(self, tp: TP) -> None:
        """Fetch again from a partition whose runs were waiting."""
        super().on_buffer_drop(tp)
        self._room.set()

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        """Fetch again from partitions that were paused."""
        super().resume_partitions(tps)
        self._room.set()

    # What may be committed.

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Nothing to do: gaps lie inside runs."""

    def _filter_tps_with_pending_acks(self, topics: Iterable[Any] | None = None) -> Iterator[TP]:
        return (tp for tp in self._ledgers if topics is None or tp in topics or tp.topic in topics)

    def _new_offset(self, tp: TP) -> int | None:
        # Faust's stream notes acks by offset, in compiled code; the ledger goes by the messages themselves.
        self._acked.pop(tp, None)
        self._acked_index.pop(tp, None)
        ledger = self._ledgers.get(tp)
        return None if ledger is None else ledger.committable()

    async def wait_empty(self) -> None:
        """Let the run in work be decided, for `PATIENCE_SECONDS` at most, then commit all that is decided."""
        deadline = monotonic() + PATIENCE_SECONDS
        while not self.should_stop and self.in_work() and monotonic() < deadline:
            await self._wait_for_ack(timeout=1)
        if not self.should_stop and self.in_work():
            self.log.warning("a run is still in work after %.0f s; it will be decided again", PATIENCE_SECONDS)
        # `commit` does nothing while another is on its way, and that one may have begun before the last ack.
        await self.maybe_wait_for_commit_to_finish()
        await self.commit_and_end_transactions()

    def in_work(self) -> bool:
        """Say whether the agent holds a run that it has not acknowledged."""
        return any(not message.acked for message in self._unacked_messages)

    def begin(self, message: Message) -> bool:
        """Say whether a run may be decided now: it is of this generation's ledger, and none before it was left out.

        Where one was, the next fetch goes back to what is committed. Else a newer event could be decided before an
        older one that nobody has superseded.
        """
        ledger = self._ledgers.get(message.tp)
        is_next = None if ledger is None else ledger.begin(message)
        if is_next is False:
            self.log.warning("a run of %s was left out before offset %d", message.tp, message.offset)
            del self._ledgers[message.tp]
        return bool(is_next)

    def note_decided(self, message: Message) -> None:
        """Note that the brokers hold all outcomes of a run, so that its offset may be committed."""
        if message.tp in self._ledgers:
            self._ledgers[message.tp].note_decided(message)

    def give_back(self, message: Message) -> None:
        """Forget a run that will not be decided here; its partition is being lost, and its offset stays uncommitted."""
        self._unacked_messages.discard(message)

    # Losing partitions, and starting from what is committed.

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Let the order guard and the labels take over what is assigned, beside Faust's own preparations."""
        partitions = {tp.partition for tp in assigned}
        self.app.order.assign(partitions, generation_id)
        self.app.overruling.assign(partitions)
        await super().on_partitions_assigned(assigned, generation_id)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Let Faust stop the flow, wait for the run in work and commit, and only then forget.

        Faust drops its own account of acknowledgements first, which is how a clean rebalance repeats work there.
        """
        self.app.order.revoke()
        self.app.overruling.revoke()
        await super().on_partitions_revoked(revoked)
        for tp in revoked:
            self._ledgers.pop(tp, None)

    async def perform_seek(self) -> None:
        """Go back to what is committed, in the driver and in the ledgers; what was in flight is forgotten."""
        self._ledgers.clear()
        await super().perform_seek()
        assigned = self.assignment()
        begins = {tp: self._read_offset[tp] for tp in assigned}
        # The drivers leave the position of a partition that nobody has committed where it was.
        fresh = [tp for tp in assigned if not begins[tp]]
        if fresh:
            await self._seek_to_beginning(fresh)
            begins |= {tp: await self.position(tp) for tp in fresh}
        self._ledgers = {tp: Ledger(begin) for tp, begin in begins.items()}

    async def on_restart(self) -> None:
        """Forget what was in flight before the restart."""
        self._ledgers.clear()
        await super().on_restart()

    # What the outside may know.

    def take_turn(self) -> None:
        """Note that work goes on."""
        self._last_turn = monotonic()

    def idle_seconds(self) -> float:
        """Give the seconds since the last sign that work goes on: a fetch, empty ones too, or a run decided."""
        return monotonic() - self._last_turn

    def lag(self) -> dict[TP, int]:
        """Give, for each assigned partition, how many offsets are not committed yet, as far as is known."""
        ends = self.app.monitor.tp_end_offsets
        return {tp: max(0, ends.get(tp, 0) - (self._committed_offset[tp] or 0)) for tp in self._ledgers}
