"""A person's answer, or its withdrawal, on its way: who said what in; published, or refused in words.

What is published is the label and, with it, the listing's current event, so that a worker decides it again: both or
none.
"""

import uuid
from typing import Any

import orjson
import structlog

from stream.classify.normalise import normalise
from stream.console.desk import Desk
from stream.console.publisher import NotPublished
from stream.console.store import Answer
from stream.console.waiting import answer_of
from stream.contract.label import Label

NOTE_LETTERS = 1_000
# So many events that had to be read from the topic are remembered.
FOUND_KEPT = 200

_log = structlog.get_logger(__name__)


class Refused(Exception):  # noqa: N818 - it says what happened
    """An answer that is not taken; `code` names the sentence that says why, `reason` is what brokers said."""

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(code)
        self.code, self.reason = code, reason


def current_event(desk: Desk, listing: str, decided: str) -> bytes | None:
    """Give a listing's current event as it came; `decided` is the event that its last decision is about.

    What the store holds is current where it is that one. Else the topic is asked: at high rates not all are kept.
    Raises NotPublished.
    """
    for held in (desk.board.questions.event(listing), desk.found.get(listing)):
        if held is not None and _part(held, "event_id") == decided:
            return held
    found = desk.publisher.newest(listing)
    if found is not None:
        desk.found[listing] = found
        while len(desk.found) > FOUND_KEPT:
            del desk.found[next(iter(desk.found))]
    return found


def title_of(event: bytes) -> str:
    """Give an event's title, empty where it has none."""
    found = _part(event, "listing")
    title = found.get("title") if isinstance(found, dict) else None
    return title if isinstance(title, str) else ""


def publish_answer(desk: Desk, event: bytes, listing: str, cluster: str, person: str, note: str) -> Label:
    """Publish what a person says the title of an event belongs to. Raises Refused."""
    title = title_of(event)
    if not normalise(title):
        raise Refused("no_letters")
    label = Label(
        schema="keran.label/1",
        label_id=uuid.uuid4().hex,
        listing_id=listing,
        title=title,
        cluster=cluster,
        labelled_at=desk.now(),
        labelled_by=person,
        note=note.strip()[:NOTE_LETTERS] or None,
    )
    _publish(desk, label, event)
    return label


def publish_withdrawal(desk: Desk, event: bytes, answer: Answer) -> None:
    """Publish that a person takes an answer back. Raises Refused."""
    label = Label(
        schema="keran.label/1",
        label_id=answer.label,
        listing_id=answer.listing,
        title=answer.title,
        cluster=answer.cluster,
        labelled_at=desk.now(),
        labelled_by=answer.person,
        note=answer.note or None,
        withdrawn=True,
    )
    _publish(desk, label, event)


def _publish(desk: Desk, label: Label, event: bytes) -> None:
    try:
        desk.publisher.publish(label, event)
    except NotPublished as reason:
        raise Refused("not_published", str(reason)) from None
    desk.board.store.write(answers=[answer_of(label)])
    _log.info(
        "label withdrawn" if label.withdrawn else "label given",
        label_id=label.label_id,
        listing_id=label.listing_id,
        cluster=label.cluster,
        labelled_by=label.labelled_by,
        labelled_at=label.labelled_at.text,
    )


def _part(event: bytes, name: str) -> Any:
    try:
        found = orjson.loads(event)
    except ValueError:
        return None
    return found.get(name) if isinstance(found, dict) else None
