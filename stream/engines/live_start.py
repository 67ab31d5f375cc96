"""How a worker begins: settings in, what is live out, by the control topic or by its own folders.

Where control says what is live, the worker starts with that and nothing else. A record that it must refuse leaves it
with what the record replaced, which is what the workers that refused it while running go on with. Where another worker
runs the record, or even what it replaced cannot be used, it does not start, rather than decide by other rules than the
others.
"""

import asyncio
import os
import socket
import time
from collections.abc import Sequence

from stream.contract.instant import Instant, instant_at
from stream.contract.record import Record
from stream.contract.running import Refusal, Running
from stream.engines.aside import Aside
from stream.engines.control_log import ControlLog
from stream.engines.live import Live, refusal_of
from stream.engines.logs import configure_logs
from stream.engines.offers import ControlOffers, FolderOffers, live_record
from stream.engines.security import connection
from stream.live.read_control import read_control
from stream.live.sources import Folders, Loaded, load_control, load_folders, load_replaced
from stream.live.state import answer_of, state_of
from stream.problems import BadSetup, Problem
from stream.settings import Settings, check_settings

_HINT = "`keran live rollback`, or `keran live publish` one that every worker can run"


def begin() -> tuple[Settings, Live]:
    """Read settings and what is live. Raises BadSetup with all problems: of settings, model and policies."""
    settings, problems = check_settings()
    folders = folders_of(settings)
    if problems and settings.live == "control":
        raise BadSetup(problems)
    try:
        live = _by_folders(settings, folders) if settings.live == "folders" else _by_control(settings, folders)
    except BadSetup as bad:
        raise BadSetup(dict.fromkeys([*problems, *bad.problems])) from None
    if problems:
        raise BadSetup(problems)
    return settings, live


def folders_of(settings: Settings) -> Folders:
    """Give what of the settings speaks of this machine's folders."""
    shadow = settings.shadow_model, settings.shadow_policies
    return Folders(settings.shelf, settings.model, settings.policies, *shadow, settings.drift_profile)


def control_log(settings: Settings) -> ControlLog:
    """Give the control topic."""
    return ControlLog(settings.topic_control, connection(settings, f"{settings.group}-control"))


def worker_name(settings: Settings) -> str:
    """Name this worker."""
    return settings.worker or f"{socket.gethostname()}-{os.getpid()}"


def _by_folders(settings: Settings, folders: Folders) -> Live:
    offers = FolderOffers(folders)
    loaded = load_folders(folders, _now())
    # Without a shadow there is nothing to say to any topic.
    aside = _aside(settings) if loaded.serving.shadow or loaded.shadow_problems else None
    return _live(settings, loaded, offers, aside)


def _by_control(settings: Settings, folders: Folders) -> Live:
    # The client tells of what it tries, which belongs into the log like the rest.
    configure_logs(settings)
    control = control_log(settings)
    records = asyncio.run(_read(control))
    others = [said for said in state_of(records).workers if said.worker != worker_name(settings)]
    loaded, refused = first_of(live_record(records), folders, _now(), others)
    offers = ControlOffers(control, folders)
    return _live(settings, loaded, offers, _aside(settings), refused=refused, topic_control=settings.topic_control)


async def _read(control: ControlLog) -> list[Record]:
    records = await control.read()
    await control.check_compacted()
    return records


def first_of(
    record: Record | None, folders: Folders, now: Instant, workers: Sequence[Running] = ()
) -> tuple[Loaded, Refusal | None]:
    """Load what a worker starts with, given the live record, and what of it was refused. Raises BadSetup.

    `workers` are what the others say: where one of them runs the record, whoever cannot does not start.
    """
    if record is None or record.value is None:
        return load_folders(folders, now), None
    control = read_control(record.value)
    try:
        return load_control(control, folders, now), None
    except BadSetup as bad:
        _let_others(control.control_id, workers, bad, now)
        try:
            loaded = load_replaced(control, folders, now)
        except BadSetup as worse:
            told = Problem(
                f"control record `{control.control_id}` is refused, and what it replaced too", "control", _HINT
            )
            raise BadSetup(dict.fromkeys([told, *bad.problems, *worse.problems])) from None
        return loaded, refusal_of(control.control_id, bad.problems, now)


def _let_others(control_id: str, workers: Sequence[Running], bad: BadSetup, now: Instant) -> None:
    able = [worker.worker for worker in workers if answer_of(worker, control_id, now) == "as asked"]
    if able:
        found = f"control record `{control_id}` is refused here, and worker `{able[0]}` runs it"
        hint = "make this worker's shelf as the others'; they take its partitions meanwhile"
        raise BadSetup([Problem(found, "control", hint), *bad.problems])


def _live(settings: Settings, loaded: Loaded, offers, aside, **more) -> Live:
    return Live(
        worker_name(settings),
        loaded,
        offers,
        aside,
        topic_shadow=settings.topic_shadow,
        samples_a_minute=settings.shadow_samples,
        **more,
    )


def _aside(settings: Settings) -> Aside:
    return Aside(connection(settings, f"{settings.group}-aside"))


def _now() -> Instant:
    return instant_at(time.time_ns() // 1000)
