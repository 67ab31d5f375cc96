"""`keran console`: the reader in a thread of its own, the pair that decides "what if", and the web server.

All that may refuse the start is found before anything listens: settings, who may use it, the pair, the brokers.
"""

import asyncio
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from stream.console.access import check_access
from stream.console.app import make_app
from stream.console.board import Board
from stream.console.desk import Desk
from stream.contract.instant import Instant, instant_at
from stream.contract.record import Record
from stream.engines.console_reader import ConsoleReader
from stream.engines.label_publisher import LabelPublisher
from stream.engines.live_start import control_log, first_of, folders_of
from stream.engines.logs import configure_logs
from stream.engines.offers import ControlOffers, FolderOffers, live_record
from stream.live.sources import Loaded
from stream.problems import BadSetup, Problem, gathered
from stream.settings import Settings, check_settings


def run_console(host: str, port: int, *, demo: bool = False) -> int:
    """Serve the console until it is told to stop. Raises BadSetup with all problems.

    The `demo` has a broker whose transaction markers have no right checksum: there nothing is checked, and an answer is
    no transaction.
    """
    settings, problems = check_settings()
    access = gathered(problems, lambda: check_access(settings, host))
    loaded = None if problems else gathered(problems, lambda: _first(settings))
    if problems or access is None or loaded is None:
        raise BadSetup(dict.fromkeys(problems))
    configure_logs(settings)
    with tempfile.TemporaryDirectory(prefix="keran-console-") as folder:
        board = Board(Path(folder), settings.console_kept, settings.console_budget)
        reader = ConsoleReader(settings, board, checked=not demo)
        asyncio.run(reader.check())
        publisher = LabelPublisher(settings, transactional=not demo)
        desk = Desk(
            board, loaded.serving, settings.shelf, settings.policies, settings.model, _now, publisher,
            settings.drift_profile, settings.console_impact,
        )  # fmt: skip
        for run in (lambda: _read(reader, board), lambda: _follow(settings, desk)):
            threading.Thread(target=asyncio.run, args=(run(),), daemon=True).start()
        try:
            return _serve(make_app(desk, access), host, port)
        finally:
            publisher.close()


def _serve(app, host: str, port: int) -> int:
    # Who asks is told by the connection itself, or by a header that `access` weighs: nobody else's word counts.
    # Its logs are lines like ours: without a configuration of its own it leaves them to the root logger.
    quiet = {"log_config": None, "log_level": "warning", "access_log": False}
    config = uvicorn.Config(app, host, port, proxy_headers=False, server_header=False, **quiet)
    server = uvicorn.Server(config)
    try:
        listening = config.bind_socket()
    except SystemExit:
        message = f"`{host}:{port}` cannot be listened on"
        raise BadSetup([Problem(message, "command line, `--port`", "name a free one")]) from None
    # Whoever reads the address may ask at once.
    listening.listen(config.backlog)
    print(f"console  http://{_shown(host)}:{listening.getsockname()[1]}", flush=True)
    server.run(sockets=[listening])
    return 0


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _first(settings: Settings) -> Loaded:
    records: Sequence[Record] = asyncio.run(control_log(settings).read()) if settings.live == "control" else ()
    return first_of(live_record(records), folders_of(settings), _now())[0]


async def _read(reader: ConsoleReader, board: Board) -> None:
    """Read for ever; pages say so should it end, rather than stand still."""
    try:
        await reader.run()
    finally:
        board.reading.fault = "the reader of this console has stopped; start it again"


async def _follow(settings: Settings, desk: Desk) -> None:
    """Let the desk decide with what is live, as workers do; what is refused leaves it with what it has."""
    folders = folders_of(settings)
    offers = ControlOffers(control_log(settings), folders) if settings.live == "control" else FolderOffers(folders)
    async for offer in offers.follow():
        try:
            loaded = await asyncio.to_thread(offer.load, _now())
        except BadSetup:
            continue
        desk.serving = loaded.serving


def _now() -> Instant:
    return instant_at(time.time_ns() // 1000)
