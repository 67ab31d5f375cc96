"""`python -m benchmarks.throughput`, tiny, on Apache Kafka: all three contenders work, and the figures have their shape."""

import json
import subprocess
import sys
from typing import NamedTuple

import pytest

from benchmarks.process import ROOT
from benchmarks.report import ratios_of
from tests.kafka.broker import NoKafka, find_jars, must_not_skip

EVENTS = {"keran-worker": 8_000, "faust-textbook": 500, "faust-take": 2_000}

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]


class Benchmark(NamedTuple):
    figures: dict
    shown: str


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory) -> Benchmark:
    try:
        find_jars()
    except NoKafka as reason:
        if must_not_skip():
            pytest.fail(str(reason))
        pytest.skip(str(reason))
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
    (line,) = (line for line in benchmark.shown.splitlines() if line.strip().startswith("keran-worker "))
    assert {f"{ratio:.1f}" for ratio in ratios_of(benchmark.figures["rows"]).values()} <= set(line.split())


def test_contenders_decide_nearly_every_event_alike(benchmark):
    """They serve the same model under the same rule; whoever does not is no contender."""
    shares = [line.split()[-3] for line in benchmark.shown.splitlines() if line.strip().startswith("faust-")]
    assert len(shares) == 2
    assert all(float(share.rstrip("%")) > 98 for share in shares)


def test_caveats_come_before_the_figures(benchmark):
    assert benchmark.shown.index("Before the figures") < benchmark.shown.index("keran-worker ")
