"""What decides, looked for again and again and kept beside the decisions: shelf, policies, control topic.

Two changes may come between two looks, so every record that `control` still has is read. What cannot be kept is told
in the log at each look, and keeps nothing else from being kept.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import structlog

from stream.archive.deciders import Deciders
from stream.archive.kept import keep_model, keep_policies
from stream.classify.artifact import list_entries
from stream.contract.control import LIVE_KEY, Control, LiveModel, LivePolicy, Replaced
from stream.contract.record import Record
from stream.engines.live_start import control_log
from stream.live.load import disk_that_may_change, read_policies_whole
from stream.live.read_control import read_control
from stream.problems import BadSetup, Problem
from stream.settings import Settings

log = structlog.get_logger("keran.archive")


class Changes(Protocol):
    """The control topic; `control_log.ControlLog` on Kafka, `memory_live.MemoryControl` in tests."""

    def every(self, key: bytes) -> AsyncIterator[Record]:
        """Give every record of a key that is there. Raises BadSetup."""


class Keeper:
    """What of the settings decides, and the archive's folder to keep it in."""

    def __init__(self, settings: Settings, folder: Path, control: Changes | None = None) -> None:
        self._settings, self._folder = settings, folder
        self._control = control or (control_log(settings) if settings.live == "control" else None)
        # The digests of the control records that are kept whole: they may be large, and are there at the next look too.
        self._whole: set[bytes] = set()

    async def keep(self) -> None:
        """Keep every model of the shelf, the policies of the settings and those of control. Raises BadSetup."""
        _tell(await asyncio.to_thread(self._keep_folders))
        if self._control is not None:
            async for record in self._control.every(LIVE_KEY):
                if record.value is not None:
                    _tell(await asyncio.to_thread(self._keep_record, record.value))

    async def keep_again(self) -> None:
        """The same while decisions are archived, which goes on where control cannot be read."""
        try:
            await self.keep()
        except BadSetup as bad:
            _tell(bad.problems)

    def _keep_folders(self) -> list[Problem]:
        shelf, policies = self._settings.shelf, self._settings.policies
        problems = _tried(lambda: keep_policies(self._folder, read_policies_whole([policies], None)[0]))
        for entry in list_entries(shelf):
            problems += _tried(lambda entry=entry: keep_model(self._folder, shelf / entry))
        return problems

    def _keep_record(self, value: bytes) -> list[Problem]:
        digest = sha256(value).digest()
        problems = [] if digest in self._whole else list(self._keep_control(value))
        if not problems:
            self._whole.add(digest)
        return problems

    def _keep_control(self, value: bytes) -> Iterator[Problem]:
        """Keep both pairs of a record, each policy for itself: workers that refuse the one go on with the other."""
        try:
            control = read_control(value)
        except BadSetup as bad:
            yield from bad.problems
            return
        for pair in (control, control.replaced):
            if pair is not None:
                yield from self._keep_pair(pair)

    def _keep_pair(self, pair: Control | Replaced) -> Iterator[Problem]:
        for policy in pair.policies:
            yield from self._keep_policy(policy)
        yield from self._missing(pair.model, pair.control_id)

    def _keep_policy(self, policy: LivePolicy) -> list[Problem]:
        return _tried(lambda: keep_policies(self._folder, [policy]))

    def _missing(self, model: LiveModel, control_id: str) -> Iterator[Problem]:
        """Find a model that was not on the shelf when this looked: control has its name only."""
        if Deciders(self._folder).model_folder(f"{model.id}#{model.digest}") is None:
            found = f"model `{model.id}` with digest {model.digest[:12]}... is not on this shelf"
            yield Problem(found, f"control record `{control_id}`", "bring the workers' entry to the archiver's shelf")


def _tell(problems: Iterable[Problem]) -> None:
    for problem in problems:
        log.warning("not kept", problem=problem.message, place=problem.place, hint=problem.hint)


def _tried(step: Callable[[], None]) -> list[Problem]:
    try:
        with disk_that_may_change():
            step()
    except BadSetup as bad:
        return list(bad.problems)
    return []
