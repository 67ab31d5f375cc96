"""The tree's clauses: who may import whom, that every module imports, and that the core has no edge in it."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import stream
import training

ROOT = Path(__file__).parents[1]
KAFKA_CLIENTS = {"aiokafka", "faust", "mode", "confluent_kafka", "kafka"}
# What only the edge may touch: I/O, clocks, logging, async, chance.
EDGES = {
    "asyncio",
    "logging",
    "structlog",
    "time",
    "random",
    "socket",
    "threading",
    "subprocess",
    "prometheus_client",
    "os",
}
# Folder -> what of our own it may import. Dependencies run one way: engines -> pipeline -> {classify, decide} -> contract.
MAY_IMPORT = {
    "stream/contract": {"stream.contract"},
    "stream/classify": {"stream.classify", "stream.contract", "stream.on_disk", "stream.problems"},
    "stream/decide": {"stream.decide", "stream.contract", "stream.on_disk", "stream.problems"},
    "stream/timeline": {"stream.timeline", "stream.decide", "stream.contract", "stream.pages", "stream.problems"},
    "stream/cases": {
        "stream.cases",
        "stream.compose",
        "stream.classify",
        "stream.decide",
        "stream.contract",
        "stream.on_disk",
        "stream.problems",
    },
    "stream/pipeline.py": {"stream.pipeline", "stream.classify", "stream.decide", "stream.contract"},
    "stream/live": {
        "stream.live",
        "stream.pipeline",
        "stream.changes",
        "stream.classify",
        "stream.decide",
        "stream.drift",
        "stream.contract",
        "stream.problems",
    },
    "stream/changes": {"stream.changes", "stream.decide", "stream.contract", "stream.pages", "stream.problems"},
    "stream/dead": {"stream.dead", "stream.contract", "stream.problems"},
    "stream/drift": {"stream.drift", "stream.contract", "stream.problems"},
    "stream/labels": {"stream.labels", "stream.classify.normalise", "stream.contract", "stream.problems"},
    "stream/catalogue": {
        "stream.catalogue",
        "stream.pipeline",
        "stream.changes",
        "stream.classify",
        "stream.decide",
        "stream.contract",
        "stream.on_disk",
        "stream.problems",
    },
    "stream/archive": {
        "stream.archive",
        "stream.pipeline",
        "stream.live",
        "stream.changes",
        "stream.classify",
        "stream.decide",
        "stream.contract",
        "stream.on_disk",
        "stream.pages",
        "stream.problems",
    },
    "stream/console": {
        "stream.console",
        "stream.cases",
        "stream.timeline",
        "stream.explain",
        "stream.live",
        "stream.shelf",
        "stream.drift",
        "stream.labels",
        "stream.changes",
        "stream.classify",
        "stream.decide",
        "stream.contract",
        "stream.problems",
        "stream.settings",
    },
    "training": {
        "training",
        "stream.labels",
        "stream.contract",
        "stream.classify",
        "stream.drift",
        "stream.problems",
    },
}


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def files_of(part: str) -> list[Path]:
    place = ROOT / part
    return [place] if place.is_file() else sorted(place.rglob("*.py"))


def test_every_module_imports():
    """A module that does not import fails here by name, whether or not a test needs it."""
    for package in (stream, training):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_dependencies_run_one_way(part):
    for file in files_of(part):
        ours = {name for name in imports(file) if name.split(".")[0] in ("stream", "training", "benchmarks", "tests")}
        strays = {name for name in ours if not any(name == a or name.startswith(f"{a}.") for a in MAY_IMPORT[part])}
        assert not strays, f"{file.relative_to(ROOT)} imports {sorted(strays)}"


def test_stream_never_imports_training():
    for file in files_of("stream"):
        lazily_allowed = file.name == "cli.py"
        assert lazily_allowed or not any(name.split(".")[0] == "training" for name in imports(file)), file


def test_only_engines_import_a_kafka_client():
    for file in files_of("stream"):
        if "engines" not in file.parts:
            assert not {name.split(".")[0] for name in imports(file)} & KAFKA_CLIENTS, file


@pytest.mark.parametrize(
    "part",
    [
        "stream/contract",
        "stream/classify",
        "stream/decide",
        "stream/changes",
        "stream/dead",
        "stream/drift",
        "stream/labels",
        "stream/live",
        "stream/pipeline.py",
    ],
)
def test_the_core_has_no_clock_no_logging_no_async_and_no_chance(part):
    for file in files_of(part):
        assert not {name.split(".")[0] for name in imports(file)} & EDGES, file
        tree = ast.parse(file.read_text(encoding="utf-8"))
        assert not any(isinstance(node, ast.AsyncFunctionDef | ast.Await) for node in ast.walk(tree)), file
        called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not called & {"now", "today", "utcnow"}, file


def test_serving_imports_neither_pickle_nor_what_a_worker_does_not_need():
    """Promise 9: nothing that a worker runs can unpickle; scikit-learn is training's alone."""
    for file in [*files_of("stream/classify"), *files_of("stream/engines"), *files_of("stream/decide")]:
        names = {name.split(".")[0] for name in imports(file)}
        assert not names & {"pickle", "joblib", "dill", "cloudpickle"}, file
        assert file.name == "features.py" or not names & {"sklearn", "scipy"}, file
    assert "allow_pickle=True" not in "".join(file.read_text(encoding="utf-8") for file in files_of("stream"))
