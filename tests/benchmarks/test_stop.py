"""The benchmark of stopping, on Apache Kafka: a worker in mid-work ends when told to, and has committed all that it decided."""

import json
import subprocess
import sys

import pytest

from benchmarks.process import ROOT
from benchmarks.stop import BACKLOG, DECIDED
from tests.kafka.broker import skip_without_jars


@pytest.mark.kafka
@pytest.mark.timeout(300)
def test_a_worker_in_mid_work_stops_with_all_that_it_decided_committed(tmp_path):
    skip_without_jars()
    figures = tmp_path / "stop.json"
    # How long it takes is for `make bench-stop`: the broker of a test waits for cores that other tests have.
    command = [sys.executable, "-m", "benchmarks.stop", "--stops", "1", "--within", "20", "--output", str(figures)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (stop,) = json.loads(figures.read_text())["stops"]
    assert 0 < stop["undisturbed"] <= stop["wall"]
    assert DECIDED <= stop["decided"] <= BACKLOG
    assert "slowest" in done.stdout
