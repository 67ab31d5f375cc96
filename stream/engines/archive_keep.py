"""What decides, looked for again and again and kept beside the decisions: shelf, policies, control topic."""

from pathlib import Path

import structlog

from stream.archive.kept import keep_model, keep_policies
from stream.classify.artifact import list_entries
from stream.contract.control import LIVE_KEY
from stream.engines.live_start import control_log
from stream.live.load import disk_that_may_change, read_policies_whole
from stream.live.read_control import read_control
from stream.problems import BadSetup
from stream.settings import Settings

log = structlog.get_logger("keran.archive")


async def keep(settings: Settings, folder: Path) -> None:
    """Keep every model of the shelf, the policies of the settings and those of control. What cannot be is logged."""
    problems: list[str] = []
    for entry in list_entries(settings.shelf):
        problems += _tried(lambda entry=entry: keep_model(folder, settings.shelf / entry))
    problems += _tried(lambda: keep_policies(folder, read_policies_whole([settings.policies], None)[0]))
    if settings.live == "control":
        for record in await control_log(settings).read():
            if record.key == LIVE_KEY and record.value is not None:
                problems += _tried(lambda value=record.value: _keep_control(folder, value))
    for problem in problems:
        log.warning("not kept", problem=problem)


def _keep_control(folder: Path, value: bytes) -> None:
    control = read_control(value)
    keep_policies(folder, control.policies)
    if control.replaced:
        keep_policies(folder, control.replaced.policies)


def _tried(step) -> list[str]:
    try:
        with disk_that_may_change():
            step()
    except BadSetup as bad:
        return [problem.message for problem in bad.problems]
    return []
