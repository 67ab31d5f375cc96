"""The benchmark of starting, on Apache Kafka: every part is seen, in order, and the whole is as quick as is said."""

import json
import subprocess
import sys

import pytest

from benchmarks.process import ROOT
from benchmarks.start import ENDS, LAST
from tests.kafka.broker import skip_without_jars


@pytest.mark.kafka
@pytest.mark.timeout(300)
def test_a_worker_decides_within_five_seconds_of_its_beginning_but_for_its_waits_for_a_core(tmp_path):
    skip_without_jars()
    figures = tmp_path / "start.json"
    command = [sys.executable, "-m", "benchmarks.start", "--starts", "1", "--within", "5", "--output", str(figures)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (parts,) = json.loads(figures.read_text())["starts"]
    assert [part["name"] for part in parts] == [*ENDS.values(), LAST]
    assert all(part["wall"] >= 0 and part["cpu"] >= 0 for part in parts)
    # Imports cannot be had for nothing.
    assert 0.2 < sum(part["cpu"] for part in parts) < 5
    assert "import, load, warm the pair" in done.stdout
