"""Logs: one JSON object a line on standard error, from our code and from libraries alike; or words for a person.

Python's own words are lines too: warnings, and the traceback of what nobody caught, in any thread. Each line has
`timestamp`, `level`, `logger` and `event`. Bad setup is told in words, to whoever starts the process.
"""

import logging
import sys
import threading
from types import TracebackType

import structlog
from structlog.typing import Processor

from stream.settings import Settings

# At `info` these tell of every service that starts and every partition that is looked at; services of ours log as
# their module.
_TALKATIVE = ("faust", "mode", "aiokafka", "stream.engines")


def configure_logs(settings: Settings) -> None:
    """Send every log of this process to standard error in the settings' format, from the settings' level on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(settings.log_format))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    if settings.log_level == "info":
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    if settings.log_format == "json":
        _log_what_nobody_caught()
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def _log_what_nobody_caught() -> None:
    def crashed(kind: type[BaseException], error: BaseException | None, traceback: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, traceback)
        else:
            logging.getLogger("keran").critical("crashed", exc_info=(kind, error, traceback))

    sys.excepthook = crashed
    threading.excepthook = lambda died: crashed(*died[:3])
    sys.unraisablehook = lambda failed: crashed(*failed[:3])


def _shared() -> list[Processor]:
    return [
        structlog.stdlib.filter_by_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _formatter(log_format: str) -> logging.Formatter:
    render = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if log_format == "json"
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    )
    return structlog.stdlib.ProcessorFormatter(
        # Records of the standard library pass the same steps, but for the level, which their logger has already
        # weighed.
        foreign_pre_chain=_shared()[1:],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
    )
