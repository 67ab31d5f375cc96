"""A console over the sample listings, without a broker: the pipeline's own outcomes, handed to the board."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from stream.console.access import Access
from stream.console.app import make_app
from stream.console.board import Board
from stream.console.desk import Desk
from stream.contract.instant import instant_at
from stream.contract.outcome import Kind
from stream.contract.record import FileRecord
from stream.live.sources import Folders, load_folders
from tests.conftest import ROOT, value_with

HOSTILE = {
    "html": '<img src=x onerror="alert(1)"><b>batik</b>',
    "script": "</script><script>document.title='pwned'</script>",
    "turned": "gamis \u202eirays\u202c \u05d0\u05d1",
    "long": "batik " * 1_667,
    "emoji": "👗✨ kebaya 👩🏽‍🍳",
}


def make_desk(folder: Path) -> Desk:
    """Give a desk whose board has seen the samples, and a listing with each hostile title."""
    now = instant_at(time.time_ns() // 1000)
    serving = load_folders(Folders(ROOT / "models", None, ROOT / "policies"), now).serving
    desk = Desk(Board(folder), serving, ROOT / "models", ROOT / "policies", None, lambda: instant_at(time.time_ns() // 1000))  # fmt: skip
    lines = (ROOT / "tests/samples/listings.jsonl").read_bytes().splitlines()
    feed(desk, [*lines, *(hostile_value(name) for name in HOSTILE)])
    return desk


def hostile_value(name: str) -> bytes:
    return value_with(listing__id=f"H-{name}", listing__title=HOSTILE[name], seller__id="<i>S</i>")


def feed(desk: Desk, values: list[bytes]) -> None:
    """Decide values and show the board what the topics would hold."""
    now = desk.now()
    stamp = now.micros // 1000 - 3_000
    records = [FileRecord(value, None, (), "listings", 0, n, stamp) for n, value in enumerate(values)]
    outcomes = desk.serving.live.pipeline.run(records, now)
    out = [FileRecord(o.value, o.key, o.headers, o.kind, 0, n, stamp) for n, o in enumerate(outcomes)]
    pairs = list(zip(records, outcomes, out, strict=True))
    desk.board.take_listings([r._replace(key=o.key) for r, o, _ in pairs if o.kind is Kind.DECISION])
    desk.board.take_decisions([found for _, o, found in pairs if o.kind is not Kind.DEAD_LETTER])
    desk.board.take_dead([found for _, o, found in pairs if o.kind is Kind.DEAD_LETTER])


@contextmanager
def served(desk: Desk, access: Access | None = None) -> Iterator[str]:
    """Serve a desk on a free port of loopback."""
    config = uvicorn.Config(make_app(desk, access or Access({})), "127.0.0.1", 0, proxy_headers=False, log_level="error")  # fmt: skip
    listening = config.bind_socket()
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
