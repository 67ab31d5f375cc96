"""The archiver beside its brokers: when it says that it is behind the compaction lag, and when no longer."""

import asyncio
import time

import pytest
from aiokafka import TopicPartition
from structlog.testing import capture_logs

from stream.contract.record import FileRecord
from stream.engines import archive
from stream.engines.archive import Archiver, Limits
from tests.archive.making import append

TP = TopicPartition("decisions", 0)
LAG_MS = 86_400_000
PLENTY = Limits(10_000, 1 << 30, 3_600.0)


class Brokers:
    """A topic of one partition as the archiver asks of a consumer; each poll gives what is next, and the last stops."""

    def __init__(self, *polls):
        self.polls, self.at, self.stop, self.committed = list(polls), 0, asyncio.Event(), []
        self.end = 1 + max([record.offset for poll in polls for record in poll], default=-1)
        self._client = self

    async def _wait_on_metadata(self, topic):
        return {0}

    def partitions_for_topic(self, topic):
        return {0}

    def assign(self, tps):
        assert tps == [TP]

    async def beginning_offsets(self, tps):
        return {TP: 0}

    async def end_offsets(self, tps):
        return {TP: self.end}

    def seek(self, tp, offset):
        self.at = offset

    async def getmany(self, timeout_ms, max_records):
        records = self.polls.pop(0)
        self.at = max([self.at, *(record.offset + 1 for record in records)])
        if not self.polls:
            self.stop.set()
        return {TP: records}

    async def position(self, tp):
        return self.at

    def last_stable_offset(self, tp):
        return self.end

    def last_poll_timestamp(self, tp):
        return now_ms()

    async def commit(self, offsets):
        self.committed.append(offsets[TP])


def now_ms():
    return time.time_ns() // 1_000_000


def aged(share, offset=0):
    """A decision that has waited for a share of the compaction lag."""
    return FileRecord(b"{}", b"L-1", (), "decisions", 0, offset, now_ms() - int(share * LAG_MS))


def alarm_of(archiver):
    return archiver.metrics.registry.get_sample_value("keran_archive_alarm")


async def run(folder, brokers, monkeypatch, limits=PLENTY, lag_ms=LAG_MS):
    """Archive what the brokers give, looking after each poll; tell, after each, whether it alarms and is ready."""
    monkeypatch.setattr(archive, "LOOK_SECONDS", -1.0)
    archiver, told = Archiver(brokers, "decisions", folder, limits, lag_ms), []

    async def note():
        told.append((alarm_of(archiver), list(archiver.not_ready())))

    await archiver.assign()
    await archiver.run(note, brokers.stop)
    return told


@pytest.mark.parametrize(("share", "late"), [(0.49, False), (0.51, True)])
def test_over_half_of_the_compaction_lag_it_alarms_until_a_segment_holds_it(tmp_path, monkeypatch, share, late):
    """In the metric, in the log, and by not being ready; once the disk has it, nothing of that is left."""

    async def scenario():
        brokers = Brokers([aged(share)], [], [])
        with capture_logs() as logs:
            told = await run(tmp_path, brokers, monkeypatch)
        *waiting, last = told
        assert [alarm for alarm, _ in waiting[1:]] == [float(late)] * 2
        behind = [f"partition 0 is {share * LAG_MS / 1000:.0f} s behind"] if late else []
        assert all(reasons == behind for _, reasons in waiting)
        assert last == (0.0, [])
        assert brokers.committed == [1]
        alarms = [line for line in logs if line["event"] == "near the compaction lag"]
        assert bool(alarms) == late
        assert all((line["partitions"], line["compaction_lag_ms"]) == ([0], LAG_MS) for line in alarms)

    asyncio.run(scenario())


def test_what_came_while_it_was_down_alarms_before_it_is_read(tmp_path, monkeypatch):
    """It stood still for longer than half of the lag: not ready from its start until it has seen the end."""
    append(tmp_path, [aged(0.6)])

    async def scenario():
        brokers = Brokers([aged(0.0, offset=1)], [])
        archiver = Archiver(brokers, "decisions", tmp_path, PLENTY, LAG_MS)
        await archiver.assign()
        assert archiver.not_ready() == [f"partition 0 is {0.6 * LAG_MS / 1000:.0f} s behind"]
        assert (await run(tmp_path, brokers, monkeypatch))[-1] == (0.0, [])

    asyncio.run(scenario())


def test_without_a_compaction_lag_nothing_is_too_late(tmp_path, monkeypatch):
    """Brokers that do not tell it, or `--without-lag`: there is nothing to hold the archive against."""

    async def scenario():
        told = await run(tmp_path, Brokers([aged(30.0)], []), monkeypatch, lag_ms=None)
        assert all(reasons == [] for _, reasons in told)
        assert all(not alarm for alarm, _ in told)

    asyncio.run(scenario())
