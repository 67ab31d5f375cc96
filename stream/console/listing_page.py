"""The page *Listing*: one listing's whole path by the pair that is live here, what was decided, and "what if"."""

from typing import Any

import orjson
from pydantic import ValidationError

from stream.console.asked import Asked, Page
from stream.console.desk import Desk
from stream.console.questions import Row
from stream.console.shown import lettered
from stream.contract.decision import Decision
from stream.contract.instant import Instant, parse_instant
from stream.explain import explain

HISTORY = 30
# What "what if" can change: the word for it, and where it stands in an event.
FIELDS = {
    "title": ("listing", "title"),
    "amount": ("listing", "price", "amount"),
    "currency": ("listing", "price", "currency"),
    "hs_code": ("listing", "hs_code"),
    "market": ("market",),
    "seller_type": ("seller", "type"),
    "seller_country": ("seller", "country"),
    "country": ("origin", "country"),
    "ship_from": ("origin", "ship_from"),
}


def listing(asked: Asked, desk: Desk) -> Page:
    """Give the page of a listing by its id."""
    name = asked.get("id")
    history = history_of(desk, name, HISTORY)
    event = _event(desk, name, history)
    last = history[0][1] if history else None
    words = {
        "name": name,
        "history": history,
        "last": last,
        "event": event,
        "whole": desk.board.questions.event(name) is not None,
        "fields": {word: said_of(event, place) for word, place in FIELDS.items()} if event else {},
        **path_words(desk, event, parse_instant(last["as_of"]) if last else desk.now()),
    }
    return Page("listing.html", words, 200 if event or history else 404)


def what_if(asked: Asked, desk: Desk) -> Page:
    """Decide a listing again with some fields changed; nothing is published."""
    name = asked.form.get("id", "")[:300]
    event = _event(desk, name, history_of(desk, name, 1))
    if event is None:
        return Page("path.html", {"explanation": None, "title": (), "serving": None}, 404)
    for word, place in FIELDS.items():
        if word in asked.form:
            _put(event, place, asked.form[word].strip() or None)
    return Page("path.html", {"same": False, **path_words(desk, event, desk.now())})


def path_words(desk: Desk, event: dict[str, Any] | None, as_of: Instant) -> dict[str, Any]:
    """Give what the template of a path shows: how the pair that is live here decides an event."""
    serving = desk.serving
    found = explain(serving.live.pipeline, orjson.dumps(event), as_of) if event else None
    told = found and {"dead_letter": None, "removed": None, "decision": None, **found}
    title = list(lettered(found["title"], found["letters"])) if found and "title" in found else ()
    return {"explanation": told, "title": title, "serving": serving.live.named}


def history_of(desk: Desk, name: str, most: int) -> list[tuple[Row, dict[str, Any] | None]]:
    """Give a listing's decisions as plain values, None for a removal; what only looks like one is left out."""
    found = []
    for row, value in desk.board.questions.history(name, most):
        said = value and read_decision(value)
        if said is not None or value is None:
            found.append((row, said))
    return found


def read_decision(value: bytes) -> dict[str, Any] | None:
    """Give a decision as plain values; None where it only looks like one."""
    try:
        return Decision.model_validate_json(value).model_dump(mode="json", by_alias=True)
    except ValidationError:
        return None


def _event(desk: Desk, name: str, history: list) -> dict[str, Any] | None:
    """Give the listing's newest event; where it was not seen, what of it its last decision repeats, with no title."""
    value = desk.board.questions.event(name)
    if value is not None:
        return read_event(value)
    said = next((decision for _, decision in history if decision), None)
    return said and {
        "schema": "keran.listing/1",
        "event_id": said["event_id"],
        "event_type": "listing.updated",
        "occurred_at": said["occurred_at"],
        "market": said["market"],
        "listing": {"id": said["listing_id"], "revision": said["revision"], "title": ""},
        "origin": {"country": said["origin"]["declared"]["country"]},
        "seller": {"id": said["seller_id"], "type": said["origin"]["declared"]["seller_type"]},
    }


def read_event(value: bytes) -> dict[str, Any] | None:
    """Give an event as plain values; None where it is none."""
    # msgspec, which read its title, is less strict than RFC 8259: such an event is a dead letter and has no path.
    try:
        found = orjson.loads(value)
    except ValueError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("listing"), dict) else None


def said_of(event: dict[str, Any], place: tuple[str, ...]) -> str:
    """Give what an event says at a place, empty where it says nothing."""
    part: Any = event
    for name in place:
        part = part.get(name) if isinstance(part, dict) else None
    return "" if part is None else str(part)


def _put(event: dict[str, Any], place: tuple[str, ...], value: str | None) -> None:
    if said_of(event, place) == (value or ""):
        return
    *outer, last = place
    part = event
    for name in outer:
        if not isinstance(part.get(name), dict):
            part[name] = {}
        part = part[name]
    part[last] = value
    if event["listing"].get("price") in ({"amount": None}, {"currency": None}, {"amount": None, "currency": None}):
        event["listing"]["price"] = None
