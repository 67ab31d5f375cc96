"""The benchmark of scaling: its events are new each time, its judgement is what it says, and it works on Apache Kafka."""

import json
import shutil
import subprocess
import sys
from collections import namedtuple

import pytest

from benchmarks.events import write_events
from benchmarks.process import ROOT
from benchmarks.scaling import must_have_room, numbered
from benchmarks.scaling_report import Cost, broken, shares_of, slope_of
from stream.problems import BadSetup
from tests.kafka.broker import skip_without_jars


def cost(events, microseconds, workers=1):
    each = events // workers
    return Cost(events, 1.0, (each,) * workers, (each * microseconds / 1e6,) * workers)


def test_events_are_new_each_time_and_say_so_in_their_key_and_value():
    written = write_events(3)
    made = list(numbered(written, 7, begin=5))
    assert len({event.event_id for event in made}) == 7
    for event in made:
        value = json.loads(event.value)
        assert (value["event_id"], value["listing"]["id"]) == (event.event_id, event.key.decode())
    titles = [json.loads(event.value)["listing"]["title"] for event in made]
    assert titles[:3] == titles[3:6] == [json.loads(written[i].value)["listing"]["title"] for i in (2, 0, 1)]


def test_costs_that_grow_and_workers_that_hinder_each_other_are_told():
    flat = [cost(10_000, 30), cost(100_000, 10), cost(1_000_000, 11)]
    pair = (cost(100_000, 10), cost(100_000, 11, workers=2))
    assert broken(flat, [pair]) == []
    assert slope_of(flat) == pytest.approx(1)
    assert shares_of([pair]) == pytest.approx([10 / 11] * 2)
    assert broken([*flat, cost(10_000_000, 12)], [pair]) == [
        "costs an event lie 1.20 times apart, expected at most 1.15"
    ]
    assert (
        broken(flat, [(cost(100_000, 10), cost(100_000, 20, workers=2))])
        == ["one of two workers makes 0.50 of one worker's events a CPU-second, expected at least 0.85"] * 2
    )


def test_a_disk_that_is_too_small_is_told_before_anything_starts(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: namedtuple("Usage", "free")(2**30))
    with pytest.raises(BadSetup, match=r"expected 19\.1 GiB free for 10,000,000 events, got 1\.0 GiB"):
        must_have_room(10_000_000)


@pytest.mark.kafka
@pytest.mark.timeout(300)
def test_it_measures(tmp_path):
    skip_without_jars()
    figures, chart = tmp_path / "scaling.json", tmp_path / "scaling.svg"
    command = [sys.executable, "-m", "benchmarks.scaling", "--quick", "--output", str(figures), "--chart", str(chart)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    measured = json.loads(figures.read_text())
    assert measured.keys() == {"machine", "alone", "slope_microseconds_a_tenfold", "beside", "shares_of_two"}
    (alone,), ((one, two),) = measured["alone"], measured["beside"]
    assert alone["decided"] == one["decided"] == [10_000]
    assert sum(two["decided"]) == 10_000
    assert min(two["decided"]) > 0
    assert min(*alone["cpu_seconds"], *two["cpu_seconds"]) > 0
    assert "<svg" in chart.read_text()
