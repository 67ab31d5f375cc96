"""The benchmark of latency, tiny, on Apache Kafka: every event's decision arrives, after it was sent."""

import json
import subprocess
import sys

import pytest

from benchmarks.latency import LOW_RATES
from benchmarks.process import ROOT
from tests.kafka.broker import skip_without_jars


@pytest.mark.kafka
@pytest.mark.timeout(300)
def test_it_measures(tmp_path):
    skip_without_jars()
    figures = tmp_path / "latency.json"
    command = [sys.executable, "-m", "benchmarks.latency", "--quick", "--output", str(figures)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    measured = json.loads(figures.read_text())
    *low, half = measured["contenders"]
    assert [(row["rate"], row["events"]) for row in low] == [(rate, 2 * rate) for rate in LOW_RATES]
    assert half["rate"] == half["manages"] / 2 > max(LOW_RATES)
    assert half["events"] == int(2 * half["rate"])
    for row in (*low, half):
        assert 0 < row["p50"] <= row["p99"] < 60_000
    assert "keran-worker" in done.stdout
