"""`python -m benchmarks.throughput`, tiny, on Apache Kafka: all contenders work, and the figures have their shape."""

import json
import subprocess
import sys
from typing import NamedTuple

import pytest

from benchmarks.contenders import CONTENDERS, present
from benchmarks.process import ROOT
from tests.kafka.broker import skip_without_jars

FEWER = {
    "copy-limit": 8_000,
    "keran-worker": 8_000,
    "handwritten-confluent-sklearn": 4_000,
    "faust-textbook": 500,
    "faust-take": 2_000,
}
# The peers take part where `make bench` has installed them.
EVENTS = {c.name: FEWER.get(c.name, c.quick) for c in CONTENDERS if present(c)}

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]


class Benchmark(NamedTuple):
    figures: dict
    shown: str


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory) -> Benchmark:
    skip_without_jars()
    output = tmp_path_factory.mktemp("benchmark") / "bench.json"
    chosen = [argument for name, count in EVENTS.items() for argument in ("--events", f"{name}={count}")]
    command = [sys.executable, "-m", "benchmarks.throughput", "--quick", "--output", str(output), *chosen]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return Benchmark(json.loads(output.read_text()), done.stdout)


def test_the_figures_have_the_agreed_shape(benchmark):
    assert benchmark.figures.keys() == {"machine", "rows"}
    for row in benchmark.figures["rows"]:
        assert row.keys() == {"contender", "events_per_cpu_second", "events_per_second", "n", "runs"}
        assert row["events_per_cpu_second"] > 0
        assert row["events_per_second"] > 0
    assert {"cpu", "cores", "kernel", "python", "faust-streaming", "aiokafka", "scikit-learn", "kafka", "date"} <= (
        benchmark.figures["machine"].keys()
    )


def test_every_contender_has_a_row_for_the_events_it_was_given(benchmark):
    """A row is only there when the contender's decisions were read back, one an event, and its offsets were committed."""
    rows = benchmark.figures["rows"]
    assert [(row["contender"], row["n"], row["runs"]) for row in rows] == [(name, n, 1) for name, n in EVENTS.items()]


def test_the_ratios_shown_are_those_of_the_figures(benchmark):
    rates = {row["contender"]: row["events_per_cpu_second"] for row in benchmark.figures["rows"]}
    for name, rate in rates.items():
        (line,) = (line for line in benchmark.shown.splitlines() if line.strip().startswith(f"{name} "))
        assert f"x {rates['keran-worker'] / rate:.2f}" in line


def test_contenders_decide_nearly_every_event_alike(benchmark):
    """They serve the same model under the same rule; whoever does not is no contender."""
    lines = [line.split() for line in benchmark.shown.splitlines()]
    shares = [words[-3] for words in lines if words and words[0] in EVENTS and words[0] != "copy-limit"]
    assert len(shares) == len(EVENTS) - 1
    assert all(float(share.rstrip("%")) > 98 for share in shares)


def test_caveats_come_before_the_figures(benchmark):
    assert benchmark.shown.index("Before the figures") < benchmark.shown.index("keran-worker ")
