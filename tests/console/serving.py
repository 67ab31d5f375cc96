"""A console over the sample listings, without a broker: the pipeline's own outcomes, handed to the board."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import uvicorn

from stream.console.access import Access
from stream.console.app import make_app
from stream.console.board import Board
from stream.console.desk import Desk
from stream.console.publisher import NotPublished
from stream.contract.instant import Instant, instant_at, instant_of
from stream.contract.label import Label
from stream.contract.outcome import Kind
from stream.contract.record import FileRecord
from stream.live.serving import Serving
from stream.live.sources import Folders, load_folders
from tests.conftest import ROOT, value_with

# Titles that the shipped model doubts.
DOUBTFUL = {"D-1": "Serbaguna unik", "D-2": "Barang unik", "D-3": "Barang kiriman baru"}
HOUR = 3_600_000_000
# When the shipped policy's phase begins.
FIRST_PHASE = datetime(2021, 8, 3, tzinfo=ZoneInfo("Asia/Jakarta"))
HOSTILE = {
    "html": '<img src=x onerror="alert(1)"><b>batik</b>',
    "script": "</script><script>document.title='pwned'</script>",
    "turned": "gamis \u202eirays\u202c \u05d0\u05d1",
    "long": "batik " * 1_667,
    "emoji": "👗✨ kebaya 👩🏽‍🍳",
}


@dataclass
class FakePublisher:
    """Remembers what it was given, and has the events that a test says are on the topic."""

    published: list[tuple[Label, bytes]] = field(default_factory=list)
    events: dict[str, bytes] = field(default_factory=dict)
    refuses: str = ""

    def publish(self, label: Label, event: bytes) -> None:
        if self.refuses:
            raise NotPublished(self.refuses)
        self.published.append((label, event))

    def newest(self, listing: str) -> bytes | None:
        return self.events.get(listing)


def make_desk(folder: Path) -> Desk:
    """Give a desk whose board has seen the samples, and a listing with each hostile title."""
    desk = Desk(Board(folder), shipped(), ROOT / "models", ROOT / "policies", None, lambda: instant_at(time.time_ns() // 1000), FakePublisher())  # fmt: skip
    desk.impact = write_impact(folder / "impact.json")
    for at in (instant_of(FIRST_PHASE + timedelta(days=days)) for days in (-3, -1, 1, 2)):
        feed(desk, [goods(f"P-{n}", n) for n in range(20)], at)
    for hours in range(47, 0, -1):
        feed(desk, [goods(f"T-{n}", n + hours) for n in range(hours % 9 + 4)], instant_at(desk.now().micros - hours * HOUR))  # fmt: skip
    lines = (ROOT / "tests/samples/listings.jsonl").read_bytes().splitlines()
    doubtful = [value_with(listing__id=name, listing__title=title) for name, title in DOUBTFUL.items()]
    feed(desk, [*lines, *(hostile_value(name) for name in HOSTILE), *doubtful])
    return desk


def write_impact(place: Path) -> Path:
    """Write a report as `keran impact --json` does, with a hostile title among its examples."""
    report = json.loads((ROOT / "tests/contract/examples/keran.impact-1/two_models.json").read_text())
    for sort in report["sorts"]:
        for example in sort["examples"]:
            example["title"] = HOSTILE["html"]
    place.write_text(json.dumps(report))
    return place


@cache
def shipped() -> Serving:
    """Load the pair that is shipped, once for all tests."""
    return load_folders(Folders(ROOT / "models", None, ROOT / "policies"), instant_at(time.time_ns() // 1000)).serving


def hostile_value(name: str) -> bytes:
    return value_with(listing__id=f"H-{name}", listing__title=HOSTILE[name], seller__id="<i>S</i>")


def feed(desk: Desk, values: list[bytes], at: Instant | None = None) -> None:
    """Decide values and show the board what the topics would hold, as of now unless of another moment."""
    now = at or desk.now()
    stamp = now.micros // 1000 - 3_000
    records = [FileRecord(value, None, (), "listings", 0, n, stamp) for n, value in enumerate(values)]
    outcomes = desk.serving.live.pipeline.run(records, now)
    out = [FileRecord(o.value, o.key, o.headers, o.kind, 0, n, stamp) for n, o in enumerate(outcomes)]
    # Who asks for a person, as the worker puts it on `reviews`.
    desk.board.take_reviews([found for o, found in zip(outcomes, out, strict=True) if o.review])
    pairs = list(zip(records, outcomes, out, strict=True))
    desk.board.take_listings([r._replace(key=o.key) for r, o, _ in pairs if o.kind is Kind.DECISION])
    desk.board.take_decisions([found for _, o, found in pairs if o.kind is not Kind.DEAD_LETTER])
    desk.board.take_dead([found for _, o, found in pairs if o.kind is Kind.DEAD_LETTER])


def goods(name: str, number: int, **more: object) -> bytes:
    """Give an event of one of four clusters, of a local seller or one across the border, of goods from here or not."""
    titles = ("Kemeja batik pria", "Kopi bubuk robusta", "Keranjang rotan anyaman", "Kabel data usb tipe c")
    local = number % 3 != 0
    said = {
        "listing__id": name,
        "listing__title": titles[number % 4],
        "listing__tkdn": None,
        "seller__id": f"G-{number % 11}",
        "seller__type": "local" if local else "cross_border",
        "seller__country": "ID" if local else "CN",
        "origin__country": "ID" if local and number % 5 else "CN",
        "origin__ship_from": "ID" if local else "CN",
    }
    return value_with(**(said | more))


@contextmanager
def served(desk: Desk, access: Access | None = None) -> Iterator[str]:
    """Serve a desk on a free port of loopback."""
    config = uvicorn.Config(make_app(desk, access or Access({})), "127.0.0.1", 0, proxy_headers=False, log_level="error")  # fmt: skip
    listening = config.bind_socket()
    # Whoever is told the address may ask at once.
    listening.listen(config.backlog)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
