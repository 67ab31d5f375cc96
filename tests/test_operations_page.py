"""`docs/operations.md` cannot rot: its settings, metrics, options and answers are those of the code."""

import json
import re
import shlex
import subprocess
import sys
from typing import get_args

from prometheus_client import CollectorRegistry, generate_latest

from stream.classify.artifact import load_model
from stream.engines.drift import Drift
from stream.engines.live_metrics import LiveMetrics
from stream.engines.metrics import LabelCounts, Metrics, OrderSizes
from stream.engines.overruling import Overruling
from stream.live.reference import find_reference
from stream.live.state import SILENT_SECONDS, Answer
from stream.settings import Settings
from tests.conftest import ROOT

PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")


def test_every_setting_named_exists():
    named = {name.removeprefix("KERAN_").lower() for name in re.findall(r"KERAN_[A-Z_]+", PAGE)}
    assert named
    assert named <= set(Settings.model_fields)


def watching() -> Drift:
    """A watch that knows what it watches."""
    model, drift = load_model(ROOT / "models"), Drift()
    drift.watch(model, find_reference(model, ROOT / "models", None))
    return drift


def test_every_metric_named_exists():
    live, registry = LiveMetrics(), CollectorRegistry()
    labels = LabelCounts(Overruling(None, tuple))
    for collector in (*vars(live).values(), OrderSizes(lambda: {0: (1, 1)}), labels, watching()):
        registry.register(collector)
    text = generate_latest(registry).decode() + Metrics().text().decode()
    known = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)) | {"keran_live"}
    named = set(re.findall(r"keran_[a-z_]+", PAGE))
    assert len(named) > 6
    assert named <= known


def test_every_option_shown_exists():
    """The commands need a broker, so only their options are tried."""
    lines = [shlex.split(line) for line in PAGE.splitlines() if line.startswith("    keran ")]
    assert lines
    for _, *command in lines:
        words = command[: next((at for at, word in enumerate(command) if word.startswith("--")), len(command))]
        run = subprocess.run([sys.executable, "-m", "stream.cli", *words, "--help"], capture_output=True, text=True, cwd=ROOT, env={"COLUMNS": "200", "PATH": ""}, check=True)  # fmt: skip
        assert all(word in run.stdout for word in command if word.startswith("--")), command


def test_the_table_of_answers_is_whole():
    table = re.search(r"\| answer \| means \|\n(.*?)\n\n", PAGE, re.DOTALL).group(1)
    assert re.findall(r"^\| `([^`]+)`", table, re.MULTILINE) == list(get_args(Answer))
    assert f"no word for {SILENT_SECONDS} seconds" in table


def test_latencies_are_those_of_the_copy():
    figures = json.loads((ROOT / "benchmarks/results/latency.json").read_text(encoding="utf-8"))
    rows = [*figures["contenders"], *figures["settings"]]
    told = [f"| {row['rate']:,.0f} | {row['p50']:,.1f} | {row['p99']:,.1f} | {row['events']:,} |" for row in rows]
    table = [line for line in PAGE.splitlines() if line.startswith(tuple(f"| {row['contender']}" for row in rows))]
    assert len(table) == len(rows)
    assert all(line.endswith(figure) for line, figure in zip(table, told, strict=True))
    assert figures["machine"]["date"][:10] in PAGE
