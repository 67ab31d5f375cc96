"""Logs: one JSON object a line, whoever wrote it."""

import json
import logging

import pytest
import structlog

from stream.engines.logs import configure_logs
from stream.settings import Settings


@pytest.fixture(autouse=True)
def _logging_as_it_was():
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before
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


def test_words_for_a_person_are_no_json(capsys):
    configure_logs(Settings(log_format="console"))
    structlog.get_logger("keran.worker").info("decided", lag=3)
    text = capsys.readouterr().err
    assert "decided" in text
    assert "lag" in text
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
