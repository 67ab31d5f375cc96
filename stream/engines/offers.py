"""What a worker is offered to run while it runs: an offer is a name and a way to load it, and the last one counts.

They come from the control topic, or from watching the worker's own folders. Nothing here loads or swaps anything.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

from stream.contract.control import LIVE_KEY
from stream.contract.instant import Instant
from stream.contract.record import Record
from stream.decide.files import is_policy
from stream.live.read_control import read_control
from stream.live.sources import Folders, Loaded, load_control, load_folders
from stream.problems import BadSetup

# A change in a folder is taken when it has stood still for one look: whoever writes files is then done, or is found out
# by digests and checks, and looked at again.
LOOK_SECONDS = 3.0
_WATCHED = ("*/manifest.json", "*/weights.npy", "*/probes.jsonl", "*/profile.json")


class Offer(NamedTuple):
    """Something to run. Without a `control_id` it is what lies in the worker's own folders."""

    control_id: str | None
    load: Callable[[Instant], Loaded]


class Offers(Protocol):
    """Where offers come from while the worker runs."""

    def follow(self) -> AsyncIterator[Offer]:
        """Give an offer whenever there is another to consider, for ever."""


class Control(Protocol):
    """The control topic; `control_log.ControlLog` on Kafka, `memory.MemoryControl` in tests."""

    def follow(self) -> AsyncIterator[Sequence[Record]]:
        """Give everything up to the topic's end, then whatever comes, for ever."""


class ControlOffers:
    """The newest record of the control topic, each time there is one."""

    def __init__(self, control: Control, folders: Folders) -> None:
        self._control, self._folders = control, folders

    async def follow(self) -> AsyncIterator[Offer]:
        """Give the last live record of what came."""
        async for records in self._control.follow():
            record = live_record(records)
            if record is not None:
                # A large record takes some milliseconds to read, and runs are being decided.
                yield await asyncio.to_thread(offer_of, record, self._folders)


def live_record(records: Iterable[Record]) -> Record | None:
    """Give the last record that says what is to be live."""
    return next((record for record in reversed(list(records)) if record.key == LIVE_KEY), None)


def offer_of(record: Record, folders: Folders) -> Offer:
    """Give what a live record offers; a null value offers the worker's own folders."""
    if record.value is None:
        return Offer(None, partial(load_folders, folders))
    return Offer(control_id_of(record), lambda as_of: load_control(read_control(record.value), folders, as_of))


def control_id_of(record: Record) -> str:
    """Name a live record, also one that cannot be read."""
    try:
        return read_control(record.value).control_id
    except BadSetup:
        return f"offset {record.offset}"


class FolderOffers:
    """The worker's own folders, each time they have changed and then stood still."""

    def __init__(self, folders: Folders, seconds: float = LOOK_SECONDS) -> None:
        self._folders, self._seconds = folders, seconds
        self._taken = look(folders)

    async def follow(self) -> AsyncIterator[Offer]:
        """Give an offer a change, from those on that came after this was made."""
        before = self._taken
        while True:
            await asyncio.sleep(self._seconds)
            now = await asyncio.to_thread(look, self._folders)
            if now == before and now != self._taken:
                self._taken = now
                yield Offer(None, partial(load_folders, self._folders))
            before = now


def look(folders: Folders) -> frozenset[tuple[str, int, int, int]]:
    """Give the files that matter, each with its time, size and inode: equal where nobody wrote or moved any."""
    try:
        return frozenset(_seen(folders))
    except OSError:  # a folder that is gone or closed to us: loading says so, once that stands still
        return frozenset()


def _seen(folders: Folders) -> Iterator[tuple[str, int, int, int]]:
    shelf = [file for pattern in _WATCHED for file in folders.shelf.glob(pattern)]
    profile = [folders.profile] if folders.profile else []
    policies = [file for path in (folders.policies, folders.shadow_policies) if path for file in _texts(path)]
    for file in [*shelf, *policies, *profile]:
        try:
            seen = file.stat()
        except OSError:  # it was there a moment ago: somebody is at work, and the next look will tell
            yield str(file), 0, -1, 0
        else:
            yield str(file), seen.st_mtime_ns, seen.st_size, seen.st_ino


def _texts(path: Path) -> Iterator[Path]:
    """Give the policies and the tables beside or below them; not deeply below a single file, which may lie anywhere."""
    if not path.is_dir():
        return iter([path, *path.parent.glob("*.csv"), *path.parent.glob("*/*.csv")])
    return iter([*filter(is_policy, path.iterdir()), *path.rglob("*.csv")])
