"""The page *Models*: the shelf with its cards, who runs what, champion against challenger, the shadow's differences,
drift.
"""

from pathlib import Path
from typing import Any, NamedTuple

import orjson

from stream.classify.artifact import Manifest, list_entries, read_manifest
from stream.console.asked import Asked, Page
from stream.console.desk import Desk
from stream.console.drift_part import drift_part
from stream.live.read_control import BadRecord
from stream.live.state import answer_of
from stream.problems import BadSetup
from stream.shelf import learnt_from

DIFFERENCES = 40
CARD_BYTES = 64 * 1024


class Entry(NamedTuple):
    """A shelf entry: its manifest, what it learnt from, and its card."""

    manifest: Manifest
    digest: str
    learnt: str
    card: str


def models(asked: Asked, desk: Desk) -> Page:
    """Give the page."""
    entries, problems = _shelf(desk.shelf)
    words = {
        "entries": entries,
        "problems": problems,
        "live": desk.serving.live.named,
        "shadow": desk.serving.shadow and desk.serving.shadow.named,
        "effects": desk.board.questions.effects(),
        "differences": [orjson.loads(value) for value in desk.board.questions.differences(DIFFERENCES)],
        "drift": drift_part(desk),
        **_workers(desk),
    }
    return Page("models.html", words)


def _shelf(shelf: Path) -> tuple[list[Entry], tuple[Any, ...]]:
    try:
        return [_entry(shelf / name) for name in list_entries(shelf)], ()
    except BadSetup as bad:
        return [], bad.problems


def _entry(folder: Path) -> Entry:
    manifest, digest = read_manifest(folder)
    card = folder / "card.md"
    text = card.read_bytes()[:CARD_BYTES].decode("utf-8", "replace") if card.is_file() else ""
    return Entry(manifest, digest, learnt_from(manifest), text)


def _workers(desk: Desk) -> dict[str, Any]:
    state, now = desk.board.state, desk.now()
    try:
        control, unreadable = state.control(), False
    except BadRecord:
        control, unreadable = None, True
    asked = control and control.control_id
    told = [(worker, answer_of(worker, asked, now)) for worker in state.workers]
    return {"control": control, "unreadable": unreadable, "workers": told}
