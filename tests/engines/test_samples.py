"""Samples of differences: so many a minute, and never a wait for whoever takes a run."""

import asyncio

import pytest

from stream.contract.control import Shadow
from stream.contract.record import FileRecord
from stream.engines import samples
from stream.engines.live_metrics import LiveMetrics
from stream.engines.memory_live import MemoryAside
from stream.engines.samples import Samples
from stream.live.serving import decide_with
from stream.live.sources import load_control
from tests.live.making import NOW, control, listing, make_folders, pair, policy


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Ten changes, all differences, and what they were decided with."""
    folders = make_folders(tmp_path_factory.mktemp("folders"))
    record = control("C-1", pair(folders.shelf, 1), shadow=Shadow(policies=[policy(2, "tkdn")]))
    serving = load_control(record, folders, NOW).serving
    return decide_with(serving, [FileRecord(listing(n), b"L-1") for n in range(10)], NOW).changes, serving, NOW


def fates(metrics):
    return {s.labels["fate"]: s.value for m in metrics.samples.collect() for s in m.samples if s.name.endswith("_total")}  # fmt: skip


def test_each_minute_takes_as_many_as_the_settings_say(run):
    time, metrics = [0.0], LiveMetrics()
    taking = Samples(3, metrics, lambda: time[0])
    taking.take(*run)
    assert fates(metrics) == {"over_rate": 7}
    time[0] = 59.9
    taking.take(*run)
    assert fates(metrics) == {"over_rate": 17}
    time[0] = 60.0
    taking.take(*run)
    assert fates(metrics) == {"over_rate": 24}
    assert taking._waiting.qsize() == 6


def test_a_topic_that_is_slow_fills_a_bounded_queue_and_holds_up_nobody(run, monkeypatch):
    monkeypatch.setattr(samples, "WAITING_AT_MOST", 4)
    metrics = LiveMetrics()
    taking = Samples(60, metrics)
    taking.take(*run)
    assert fates(metrics) == {"over_rate": 6}

    async def say():
        aside = MemoryAside()
        task = asyncio.ensure_future(taking.say_all(aside, "shadow"))
        while len(aside.said) < 4:
            await asyncio.sleep(0)
        task.cancel()
        return aside.said

    assert [key for _, key, _ in asyncio.run(say())] == [b"L-1"] * 4
    assert fates(metrics)["said"] == 4


def test_none_a_minute_is_none(run):
    metrics = LiveMetrics()
    Samples(0, metrics).take(*run)
    assert fates(metrics) == {"over_rate": 10}
