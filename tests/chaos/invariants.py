"""The laws that every history must keep, whatever was done to the brokers and the workers. Pure functions; no client, no clock.

A history goes in, objections come out, none where every promise was kept. Each law is a function named as the law.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tests.chaos.history import History, Input, Letter, Place, Published, Sample


class Objection(NamedTuple):
    """A law that was broken, and where."""

    law: str
    where: str


Law = Callable[[History], Iterator[str]]


def object_to(history: History, laws: Iterable[Law] | None = None) -> list[Objection]:
    """Give everything that a history breaks."""
    return [Objection(law.__name__, where) for law in (laws or LAWS) for where in law(history)]


# Promise 1.


def every_input_has_its_outcome(history: History) -> Iterator[str]:
    """A decision, a tombstone, a dead letter, or something newer that came before it; a stray without a key is handed on."""
    published, requested = _published(history.decisions), _newest(history.requests)
    newest: dict[str, Place] = {}
    for entry in history.listings:
        before, asked = newest.get(entry.listing, _LEAST), requested.get(entry.listing, _LEAST)
        if not _has_outcome(entry, history, published, before, asked):
            yield f"listings offset {entry.offset}, listing {entry.listing}"
        if entry.place is not None and not _is_handed_on(entry, history):
            newest[entry.listing] = max(before, entry.place)
    yield from _requests_without_outcome(history, published, newest, requested)


def _has_outcome(entry: Input, history: History, published: "_Outcomes", before: Place, asked: Place) -> bool:
    if entry.listing is None:
        return entry.offset in history.letters
    if entry.place is None:
        return any(_removes(p, before) for p in published.of_listing[entry.listing])
    newer = max(before, asked) > entry.place
    return newer or _is_handed_on(entry, history) or _first(entry, published) >= 0


def _is_handed_on(entry: Input, history: History) -> bool:
    return not entry.keyed and entry.kept[1] in history.handed_on


def _requests_without_outcome(
    history: History,
    published: "_Outcomes",
    newest: Mapping[str, Place],
    requested: Mapping[str, Place],
) -> Iterator[str]:
    removed = {entry.listing for entry in history.listings if entry.listing is not None and entry.place is None}
    for entry in history.requests:
        rest = max(newest.get(entry.listing, _LEAST), requested.get(entry.listing, _LEAST))
        # A null value asks for nothing here.
        nothing_asked = entry.listing is not None and entry.place is None
        if not (nothing_asked or entry.listing in removed or _has_request_outcome(entry, history, published, rest)):
            yield f"redecide offset {entry.offset}, listing {entry.listing}"


def _has_request_outcome(entry: Input, history: History, published: "_Outcomes", rest: Place) -> bool:
    if entry.listing is None:
        return entry.offset in history.request_letters
    return rest > entry.place or _first(entry, published) >= 0


def nothing_comes_from_nowhere(history: History) -> Iterator[str]:
    """Every decision and tombstone is of an event that is on this partition, every dead letter of a record that cannot be read."""
    entries = [*history.listings, *history.requests]
    known = {(e.listing, e.place) for e in entries if e.place is not None}
    nulls = {e.listing for e in history.listings if e.place is None and e.listing is not None}
    for p in history.decisions:
        if (p.listing, p.place) not in known and not (p.place is None and p.listing in nulls):
            yield f"decisions offset {p.offset}, listing {p.listing}"
    for found, inputs in ((history.letters, history.listings), (history.request_letters, history.requests)):
        for offset in found.keys() - {e.offset for e in inputs if e.listing is None}:
            yield f"a dead letter of offset {offset}, which can be read or is not there"


def dead_letters_keep_their_bytes(history: History) -> Iterator[str]:
    """Key, value and headers of every dead letter are those of its record."""
    for found, inputs in ((history.letters, history.listings), (history.request_letters, history.requests)):
        for entry in inputs:
            for letter in found.get(entry.offset, ()):
                if letter.kept != entry.kept:
                    yield f"dead partition {letter.partition} offset {letter.offset}"


# Promise 2.


def what_is_decided_twice_is_decided_alike(history: History) -> Iterator[str]:
    """One `decision_id` for an event under the same model and policies, and the same decision but for `as_of`."""
    names: dict[bytes, tuple[str, bytes]] = {}
    whose: dict[str, bytes] = {}
    for p in history.decisions:
        if p.decision_id is None:
            continue
        if (
            names.setdefault(p.by, (p.decision_id, p.body)) != (p.decision_id, p.body)
            or whose.setdefault(p.decision_id, p.by) != p.by
        ):
            yield f"decisions offset {p.offset}, listing {p.listing}"


def commits_follow_outputs(history: History) -> Iterator[str]:
    """Whenever anybody looked, everything below the committed offset had its outcome held by the brokers."""
    published = _published(history.decisions)
    yield from _commits_ahead("listings", history.listings, history.letters, published, history.samples)
    # A null value asks for nothing there.
    requests = [entry for entry in history.requests if entry.listing is None or entry.place is not None]
    yield from _commits_ahead("redecide", requests, history.request_letters, published, history.request_samples)


def _commits_ahead(
    topic: str,
    entries: Sequence[Input],
    letters: Mapping[int, Sequence[Letter]],
    published: "_Outcomes",
    samples: Sequence[Sample],
) -> Iterator[str]:
    waiting = iter(sorted(entries, key=lambda entry: entry.offset))
    entry = next(waiting, None)
    decisions, dead = -1, defaultdict(lambda: -1)
    for sample in sorted(samples, key=lambda sample: sample.committed):
        while entry is not None and entry.offset < sample.committed:
            if entry.listing is None:
                for letter in letters.get(entry.offset, ())[:1]:
                    dead[letter.partition] = max(dead[letter.partition], letter.offset)
            else:
                decisions = max(decisions, _first(entry, published))
            entry = next(waiting, None)
        if decisions >= sample.decisions or any(offset >= sample.dead.get(p, 0) for p, offset in dead.items()):
            yield f"{topic} was committed up to {sample.committed} with outputs up to {sample.decisions} on decisions"


# Promise 4.


def an_older_event_never_overrides_a_newer_one(history: History) -> Iterator[str]:
    """In the order of `decisions`: no place is less than the one before it. What a null value removed may come back at the same
    place, since a run that is read again is the event and the null value once more; nothing else undoes the removal of itself.
    """
    last: dict[str, Published] = {}
    nulls = {entry.listing for entry in history.listings if entry.place is None}
    for p in history.decisions:
        before = last.get(p.listing)
        if before is not None and before.place is not None:
            again = p.place == before.place and before.decision_id is None and p.decision_id is not None
            if p.place is None or p.place < before.place or (again and p.listing not in nulls):
                yield f"decisions offset {p.offset}, listing {p.listing}: {p.place} after {before.place}"
        last[p.listing] = p


def the_last_word_is_the_newest_event_s(history: History) -> Iterator[str]:
    """What stands on `decisions` at the end is the outcome of each listing's newest event, or its removal."""
    final = {p.listing: p for p in history.decisions}
    for listing, entries in _events(history).items():
        found = final.get(listing)
        if found is None or not any(ending(found) for ending in _endings(entries)):
            yield f"listing {listing} ends with {found and (found.place, found.decision_id)}"


def _endings(entries: "_Entries") -> Iterator[Callable[[Published], bool]]:
    """Give what may stand at the end: mostly one thing. A stray's event has no order with a null value on another partition."""
    after = max((e.place for e in entries.after), default=_LEAST)
    before = max((e.place for e in entries.before), default=_LEAST)
    requested = max((e.place for e in entries.requests), default=_LEAST)
    newest = max(after, before, requested)
    removals = {e.place for e in (*entries.before, *entries.after, *entries.requests) if e.removal}
    # The newest event, read again behind the null value, puts its listing back.
    if not entries.null or after >= before or requested > before:
        yield lambda p: p.place == newest and (p.decision_id is None) == (newest in removals)
    if entries.null and (after < before or after == _LEAST or requested > max(after, before)):
        yield lambda p: p.decision_id is None


class _Entries(NamedTuple):
    """One listing's events, parted by the last null value with its key, if there is one."""

    before: list[Input]
    after: list[Input]
    requests: list[Input]
    null: bool


def _events(history: History) -> Mapping[str, _Entries]:
    found: dict[str, _Entries] = {}
    empty = _Entries([], [], [], False)
    for entry in history.listings:
        if entry.listing is None or _is_handed_on(entry, history):
            continue
        before, after, requests, null = found.get(entry.listing, empty)
        if entry.place is None:
            found[entry.listing] = _Entries(before + after, [], requests, True)
        else:
            found[entry.listing] = _Entries(before, [*after, entry], requests, null)
    for entry in history.requests:
        if entry.place is not None:
            before, after, requests, null = found.get(entry.listing, empty)
            found[entry.listing] = _Entries(before, after, [*requests, entry], null)
    return found


def a_replacement_names_what_it_replaces(history: History) -> Iterator[str]:
    """`keran-supersedes` is the decision that stood before, where there was one and it is another."""
    last: dict[str, Published] = {}
    for p in history.decisions:
        before = last.get(p.listing)
        stood = before.decision_id if before is not None else None
        if p.supersedes != (None if stood == p.decision_id else stood):
            yield f"decisions offset {p.offset}, listing {p.listing}: names {p.supersedes}, replaces {stood}"
        last[p.listing] = p


def reviews_agree_with_the_last_words(history: History) -> Iterator[str]:
    """What stands on `reviews` is what stands on `decisions` and asks for a person, and nothing else."""
    final = {p.listing: p for p in history.decisions}
    asked = {listing: p.decision_id for listing, p in final.items() if p.review}
    standing = {p.listing: p.decision_id for p in history.reviews}
    for listing in asked.keys() | standing.keys():
        if asked.get(listing) != standing.get(listing):
            yield f"listing {listing}: {standing.get(listing)} stands, {asked.get(listing)} should"


LAWS: tuple[Law, ...] = (
    every_input_has_its_outcome,
    nothing_comes_from_nowhere,
    dead_letters_keep_their_bytes,
    what_is_decided_twice_is_decided_alike,
    commits_follow_outputs,
    an_older_event_never_overrides_a_newer_one,
    the_last_word_is_the_newest_event_s,
    a_replacement_names_what_it_replaces,
    reviews_agree_with_the_last_words,
)

_LEAST: Place = (-1, 0, "")


class _Outcomes(NamedTuple):
    """What was published: of each listing, and where the first outcome of each event stands.

    A hot listing has tens of thousands of events: to look through them for each took minutes a partition.
    """

    of_listing: Mapping[str, list[Published]]
    firsts: Mapping[tuple[str, Place | None, bool], int]


def _published(published: Iterable[Published]) -> _Outcomes:
    of_listing: dict[str, list[Published]] = defaultdict(list)
    firsts: dict[tuple[str, Place | None, bool], int] = {}
    for p in published:
        removal = p.decision_id is None
        of_listing[p.listing].append(p)
        firsts.setdefault((p.listing, p.place, removal), p.offset)
        if removal:
            # A null value names no place: any removal of its listing is its outcome.
            firsts.setdefault((p.listing, None, True), p.offset)
    return _Outcomes(of_listing, firsts)


def _first(entry: Input, published: _Outcomes) -> int:
    """Give where an event's first outcome stands, -1 where it has none."""
    return published.firsts.get((entry.listing, entry.place, entry.removal or entry.place is None), -1)


def _newest(entries: Iterable[Input]) -> Mapping[str, Place]:
    found: dict[str, Place] = {}
    for entry in entries:
        if entry.place is not None:
            found[entry.listing] = max(found.get(entry.listing, _LEAST), entry.place)
    return found


def _removes(p: Published, before: Place) -> bool:
    return p.decision_id is None and (before == _LEAST or (p.place is not None and p.place >= before))
