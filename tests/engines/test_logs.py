"""Logs: one JSON object a line, whoever wrote it."""

import json
import logging
import subprocess
import sys
import threading

import pytest
import structlog
import uvicorn

from stream.engines.console import _serve
from stream.engines.logs import configure_logs
from stream.settings import Settings
from tests.conftest import ROOT


@pytest.fixture(autouse=True)
def _logging_as_it_was():
    root = logging.getLogger()
    before = root.handlers[:], root.level
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    yield
    root.handlers[:], root.level = before
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    logging.captureWarnings(False)
    structlog.reset_defaults()
    for name in ("faust", "mode", "aiokafka", "stream.engines"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def logged(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_our_logs_and_those_of_the_libraries_are_json_lines_with_the_same_fields(capsys):
    configure_logs(Settings())
    structlog.get_logger("keran.worker").info("decided", outcomes={"decision.allow": 2})
    logging.getLogger("aiokafka").warning("broker %d is away", 7)
    ours, theirs = logged(capsys)
    assert (ours["event"], ours["outcomes"], ours["level"]) == ("decided", {"decision.allow": 2}, "info")
    assert (theirs["event"], theirs["logger"], theirs["level"]) == ("broker 7 is away", "aiokafka", "warning")
    assert set(theirs) == {"event", "logger", "level", "timestamp"}


def test_a_traceback_is_part_of_its_line(capsys):
    configure_logs(Settings())
    try:
        raise RuntimeError("the pipeline broke")
    except RuntimeError:
        logging.getLogger("faust.worker").exception("crashed\nbadly")
    (line,) = logged(capsys)
    assert "RuntimeError: the pipeline broke" in line["exception"]


@pytest.mark.parametrize(("level", "heard"), [("debug", 3), ("info", 2), ("warning", 1), ("error", 0)])
def test_the_level_of_the_settings_holds(capsys, level, heard):
    configure_logs(Settings(log_level=level))
    log = structlog.get_logger("keran.worker")
    log.debug("a")
    log.info("b")
    log.warning("c")
    assert len(logged(capsys)) == heard


def test_the_talk_of_the_libraries_is_heard_only_at_debug(capsys):
    configure_logs(Settings())
    logging.getLogger("faust.worker").info("starting")
    assert logged(capsys) == []


FIELDS = {"timestamp", "level", "logger", "event"}
NOBODY_CATCHES = """
import threading, warnings
from stream.engines.logs import configure_logs
from stream.settings import Settings

class Held:
    def __del__(self):
        raise RuntimeError("in the collector")

configure_logs(Settings())
warnings.warn("an old call\\nof two lines")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
held = Held()
del held
raise RuntimeError("in the main thread")
"""


def test_what_python_itself_says_is_a_line_too():
    """A warning, what ends a thread, what fails in the collector, and what ends the process."""
    run = subprocess.run([sys.executable, "-c", NOBODY_CATCHES], capture_output=True, text=True, check=False, cwd=ROOT)
    lines = [json.loads(line) for line in run.stderr.splitlines()]
    assert run.returncode == 1
    assert all(set(line) >= FIELDS for line in lines)
    assert "of two lines" in lines[0]["event"]
    said = [line["exception"].splitlines()[-1] for line in lines[1:]]
    assert said == [
        "ZeroDivisionError: division by zero",
        "RuntimeError: in the collector",
        "RuntimeError: in the main thread",
    ]
    assert {line["level"] for line in lines[1:]} == {"critical"}


def test_the_console_s_web_server_logs_as_everything_else(capsys, monkeypatch):
    # As a process finds them; a server that a test began before has set up its own.
    for name in ("uvicorn", "uvicorn.error"):
        monkeypatch.setattr(logging.getLogger(name), "handlers", [])
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
    monkeypatch.setattr(uvicorn.Server, "run", lambda *_, **__: logging.getLogger("uvicorn.error").error("no\nmore"))
    configure_logs(Settings())
    assert _serve(None, "127.0.0.1", 0) == 0
    (line,) = [line for line in logged(capsys) if line["logger"] == "uvicorn.error"]
    assert set(line) == FIELDS
    assert line["event"] == "no\nmore"


def test_words_for_a_person_are_no_json(capsys):
    configure_logs(Settings(log_format="console"))
    structlog.get_logger("keran.worker").info("decided", lag=3)
    text = capsys.readouterr().err
    assert "decided" in text
    assert "lag" in text
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
