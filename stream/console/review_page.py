"""The page *Review*: one listing at a time, its scores, rules and history, an answer by one key; and the own answers.

Nobody is shown what another person said of a listing before they have answered it themselves.
"""

from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from stream.console.answering import NOTE_LETTERS, Refused, current_event, publish_answer, publish_withdrawal, title_of
from stream.console.asked import Asked, Onward, Page
from stream.console.desk import Desk
from stream.console.listing_page import FIELDS, history_of, path_words, read_decision, read_event, said_of
from stream.console.publisher import NotPublished
from stream.console.queue import Asking
from stream.console.store import Answer
from stream.contract.answer import is_labelled
from stream.contract.classification import TEN_THOUSAND
from stream.contract.instant import parse_instant

HISTORY, ANSWERS = 10, 10
# What is shown of the event beside its title.
FACTS = [name for name in FIELDS if name != "title"]
REFUSALS = ("no_event", "changed", "taken", "unknown_cluster", "no_letters", "not_latest", "not_published")


def review(asked: Asked, desk: Desk) -> Page:
    """Give the page with the listing that is asked for, or else the next one."""
    return _page(asked, desk, asked.get("listing"))


def answer(asked: Asked, desk: Desk) -> Page | Onward:
    """Take an answer, and go on to the next listing; where it is refused, say why."""
    listing = asked.form.get("listing", "")
    try:
        label = _answer(asked, desk, listing)
    except Refused as refused:
        return _page(asked, desk, listing, refused)
    return _onward(asked, said=label)


def skip(asked: Asked, desk: Desk) -> Onward:
    """Leave a listing to others, and go on to the next one."""
    desk.queue.skip(asked.form.get("listing", ""), _asking(asked, desk))
    return _onward(asked)


def ask_again(asked: Asked, desk: Desk) -> Onward:
    """Ask a person again about what they skipped."""
    desk.queue.ask_again(_name(asked))
    return _onward(asked)


def undo(asked: Asked, desk: Desk) -> Page | Onward:
    """Take an own answer back, and show its listing again."""
    found = desk.board.questions.answer(asked.form.get("label", ""))
    if found is None or found.person != _name(asked):
        return _page(asked, desk, "", Refused("not_latest"))
    try:
        _take_back(desk, found)
    except Refused as refused:
        return _page(asked, desk, "", refused)
    return _onward(asked, listing=found.listing)


def hold(asked: Asked, desk: Desk) -> Page:
    """Keep a listing for somebody who is still at it; tell them where it is another's by now."""
    held = desk.queue.take(asked.form.get("listing", ""), _asking(asked, desk))
    return Page("held.html", {"held": held})


def _answer(asked: Asked, desk: Desk, listing: str) -> str:
    cluster, asking = asked.form.get("cluster", ""), _asking(asked, desk)
    if cluster not in _clusters(desk):
        raise Refused("unknown_cluster")
    if not desk.queue.take(listing, asking):
        raise Refused("taken")
    event = _event(desk, listing, _decision(desk, listing))
    if event is None:
        raise Refused("no_event")
    if _mark(event) != asked.form.get("seen"):
        raise Refused("changed")
    label = publish_answer(desk, event, listing, cluster, asking.person, asked.form.get("note", ""))
    desk.queue.let_go(asking.person)
    return label.label_id


def _take_back(desk: Desk, found: Answer) -> None:
    # A label is written under its listing's key: what takes back an earlier answer would replace the later one
    # (docs/why/021).
    if desk.board.questions.standing(found.listing)[0].label != found.label:
        raise Refused("not_latest")
    event = _event(desk, found.listing, _decision(desk, found.listing))
    if event is None:
        raise Refused("no_event")
    publish_withdrawal(desk, event, found)


def _page(asked: Asked, desk: Desk, wanted: str, refused: Refused | None = None) -> Page:
    asking = _asking(asked, desk)
    listing = wanted or desk.queue.next(asking, _thresholds(desk))
    taken = bool(wanted) and not desk.queue.take(wanted, asking)
    words = {
        "filters": {"in": asking.cluster, "market": asking.market},
        "clusters": desk.queue.named("cluster"),
        "markets": desk.queue.named("market"),
        "counts": desk.queue.counts(asking),
        "keys": list(enumerate(_clusters(desk), 1)),
        "refused": refused or (Refused("taken") if taken else None),
        "subject": _subject(desk, listing) if listing and not taken else None,
        "wanted": wanted,
        "note": asked.form.get("note", "")[:NOTE_LETTERS],
        "note_letters": NOTE_LETTERS,
        **_answers(asked, desk, listing or ""),
    }
    return Page("review.html", words, 409 if refused else 200)


def _subject(desk: Desk, listing: str) -> dict[str, Any]:
    """Give what is shown of a listing: nothing in it tells what anybody answered."""
    decided = _decision(desk, listing)
    value, fault = None, ""
    try:
        value = _event(desk, listing, decided)
    except Refused as refused:
        fault = refused.reason
    event = value and read_event(value)
    as_of = parse_instant(decided["as_of"]) if decided else desk.now()
    history = history_of(desk, listing, HISTORY)
    return {
        "listing": listing,
        "event": event,
        "fault": fault,
        "seen": _mark(value) if value else "",
        "seller": said_of(event, ("seller", "id")) if event else "",
        "facts": [(name, said_of(event, FIELDS[name])) for name in FACTS if event and said_of(event, FIELDS[name])],
        "waits": desk.queue.waits(listing),
        "history": [
            (row, said) for row, said in history if not said or not is_labelled(said["classification"]["model"])
        ],
        **path_words(desk, event or None, as_of),
    }


def _answers(asked: Asked, desk: Desk, shown: str) -> dict[str, Any]:
    """Give the answers that a person may see: their own, and everybody's to who may do everything, but for those about
    the listing that they are asked about.
    """
    questions, name, said = desk.board.questions, _name(asked), asked.get("said")
    given = questions.answers(name, ANSWERS)
    stands = [each for each in given if not each.withdrawn and _is_latest(desk, each)]
    last = questions.answer(said) if said else None
    own = last if last and last.person == name else None
    return {
        "said": own,
        "others": [each for each in questions.standing(own.listing) if each.person != name] if own else [],
        "given": given,
        "undoable": {each.label for each in stands},
        "last": stands[0] if stands else None,
        "everybody": _everybody(desk, shown) if asked.person and asked.person.may("policy") else [],
    }


def _everybody(desk: Desk, shown: str) -> list[Answer]:
    return [each for each in desk.board.questions.answers(None, ANSWERS * 3) if each.listing != shown]


def _is_latest(desk: Desk, answer: Answer) -> bool:
    standing = desk.board.questions.standing(answer.listing)
    return bool(standing) and standing[0].label == answer.label


def _decision(desk: Desk, listing: str) -> dict[str, Any] | None:
    """Give a listing's last decision as plain values: the one that asks about it, or else the last that was kept."""
    value = desk.queue.value(listing)
    if value and (asks := read_decision(value)):
        return asks
    return next((said for _, said in history_of(desk, listing, 1) if said), None)


def _event(desk: Desk, listing: str, decided: dict[str, Any] | None) -> bytes | None:
    try:
        return current_event(desk, listing, decided["event_id"] if decided else "")
    except NotPublished as reason:
        raise Refused("not_published", str(reason)) from None


def _mark(event: bytes) -> str:
    """Name what was seen: the label is for this title and no other."""
    return sha256(title_of(event).encode("utf-8", "replace")).hexdigest()


def _clusters(desk: Desk) -> tuple[str, ...]:
    return desk.serving.live.pipeline.model.clusters


def _thresholds(desk: Desk) -> dict[str, float]:
    model = desk.serving.live.pipeline.model
    return dict(zip(model.clusters, (model.abstain_below / TEN_THOUSAND).tolist(), strict=True))


def _asking(asked: Asked, desk: Desk) -> Asking:
    where = asked.form or asked.query
    return Asking(_name(asked), desk.now().micros // 1_000, where.get("in", "")[:300], where.get("market", "")[:300])


def _name(asked: Asked) -> str:
    return asked.person.name if asked.person else ""


def _onward(asked: Asked, **more: str) -> Onward:
    filters = {name: asked.form[name] for name in ("in", "market") if asked.form.get(name)}
    return Onward(f"/review?{urlencode(filters | more)}".rstrip("?"))
