"""The laws themselves: a good history breaks none, and each way to spoil one is objected to by the law that it breaks."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.chaos.history import History, Input, Letter, Published, Sample
from tests.chaos.invariants import LAWS, object_to

BYTES = (b"k", b"\xff", (("trace", b"1"),))


def event(offset, listing, revision, *, removal=False):
    return Input(offset, listing, (revision, 0, f"E-{listing}-{revision}"), removal)


def null(offset, listing):
    return Input(offset, listing, None, removal=True)


def unreadable(offset):
    return Input(offset, None, None, removal=False, kept=BYTES)


def decided(offset, listing, revision, supersedes=None, *, review=False):
    name = f"{listing}{revision}"
    return Published(
        offset, listing, (revision, 0, f"E-{listing}-{revision}"), name, supersedes, review, name.encode(), b"body"
    )


def removed(offset, listing, revision, supersedes=None):
    place = None if revision is None else (revision, 0, f"E-{listing}-{revision}")
    return Published(offset, listing, place, None, supersedes)


# Out of order, twice the same, removed by an event, by a null value and back, unread, for a person, asked for again.
GOOD = History(
    0,
    listings=[
        event(0, "A", 1),
        event(2, "A", 3),
        event(3, "A", 2),
        event(4, "A", 3),
        unreadable(5),
        event(6, "B", 1),
        null(7, "B"),
        event(8, "B", 2),
        event(9, "C", 1),
        event(10, "C", 2, removal=True),
        null(11, "D"),
        Input(12, "F", (1, 0, "E-F-1"), removal=False, keyed=False, kept=(None, b"stray", ())),
        event(13, "G", 1),
    ],
    requests=[event(0, "A", 3), event(1, "B", 1), unreadable(2), null(3, "A")],
    decisions=[
        decided(0, "A", 1),
        decided(1, "A", 3, "A1"),
        decided(2, "A", 3),
        decided(3, "B", 1),
        removed(4, "B", 1, "B1"),
        decided(5, "B", 2),
        decided(6, "C", 1),
        removed(7, "C", 2, "C1"),
        removed(8, "D", None),
        decided(10, "G", 1, review=True),
    ],
    reviews=[decided(0, "G", 1, review=True)],
    letters={5: [Letter(1, 0, BYTES)]},
    request_letters={2: [Letter(1, 1, BYTES)]},
    handed_on=frozenset([b"stray"]),
    samples=[Sample(0, 0, {}), Sample(6, 3, {1: 1}), Sample(14, 11, {1: 2})],
    request_samples=[Sample(0, 0, {}), Sample(4, 11, {1: 2})],
)


def without(records, offset):
    return [record for record in records if record.offset != offset]


def changed(records, offset, **changes):
    return [record._replace(**changes) if record.offset == offset else record for record in records]


SPOILED = {
    "a decision is missing": ({"decisions": without(GOOD.decisions, 6)}, "every_input_has_its_outcome"),
    "the decision before a removal is missing": (
        {"decisions": without(GOOD.decisions, 3)},
        "every_input_has_its_outcome",
    ),
    "a tombstone is missing": ({"decisions": without(GOOD.decisions, 7)}, "every_input_has_its_outcome"),
    "a null value was passed over": ({"decisions": without(GOOD.decisions, 8)}, "every_input_has_its_outcome"),
    "a dead letter is missing": ({"letters": {}}, "every_input_has_its_outcome"),
    "a stray was handed on to nobody": ({"handed_on": frozenset()}, "every_input_has_its_outcome"),
    "a request's dead letter is missing": ({"request_letters": {}}, "every_input_has_its_outcome"),
    "a decision on what nobody sent": (
        {"decisions": [*GOOD.decisions, decided(11, "Z", 1)]},
        "nothing_comes_from_nowhere",
    ),
    "a decision on an event that was aborted": (
        {"decisions": [*GOOD.decisions, decided(11, "G", 2)]},
        "nothing_comes_from_nowhere",
    ),
    "a dead letter of what can be read": (
        {"letters": {**GOOD.letters, 6: [Letter(1, 2, BYTES)]}},
        "nothing_comes_from_nowhere",
    ),
    "a dead letter's value differs": (
        {"letters": {5: [Letter(1, 0, (b"k", b"?", BYTES[2]))]}},
        "dead_letters_keep_their_bytes",
    ),
    "a dead letter's key is gone": (
        {"letters": {5: [Letter(1, 0, (None, *BYTES[1:]))]}},
        "dead_letters_keep_their_bytes",
    ),
    "a dead letter's header is gone": (
        {"letters": {5: [Letter(1, 0, (*BYTES[:2], ()))]}},
        "dead_letters_keep_their_bytes",
    ),
    "the second dead letter differs": (
        {"letters": {5: [Letter(1, 0, BYTES), Letter(1, 1, (b"", b"", ()))]}},
        "dead_letters_keep_their_bytes",
    ),
    "decided again otherwise": (
        {"decisions": changed(GOOD.decisions, 2, body=b"other")},
        "what_is_decided_twice_is_decided_alike",
    ),
    "decided again by another name": (
        {"decisions": changed(GOOD.decisions, 2, decision_id="new")},
        "what_is_decided_twice_is_decided_alike",
    ),
    "one name for two": (
        {"decisions": changed(GOOD.decisions, 2, by=b"other")},
        "what_is_decided_twice_is_decided_alike",
    ),
    "a commit ran ahead of a decision": ({"samples": [Sample(14, 10, {1: 2})]}, "commits_follow_outputs"),
    "a commit ran ahead of a dead letter": ({"samples": [Sample(6, 11, {1: 0})]}, "commits_follow_outputs"),
    "a request's commit ran ahead": ({"request_samples": [Sample(3, 11, {1: 1})]}, "commits_follow_outputs"),
    "an older event came through": (
        {"decisions": [*GOOD.decisions, decided(11, "A", 2, "A3")]},
        "an_older_event_never_overrides_a_newer_one",
    ),
    "in between, too": (
        {"decisions": [*GOOD.decisions, decided(11, "A", 2, "A3"), decided(12, "A", 3, "A2")]},
        "an_older_event_never_overrides_a_newer_one",
    ),
    "what was removed is back": (
        {"decisions": [*GOOD.decisions, decided(11, "C", 1)]},
        "an_older_event_never_overrides_a_newer_one",
    ),
    "an event undid its own removal": (
        {"decisions": [*GOOD.decisions, removed(11, "G", 1, "G1"), decided(12, "G", 1)]},
        "an_older_event_never_overrides_a_newer_one",
    ),
    "a tombstone forgot its place": (
        {"decisions": changed(GOOD.decisions, 4, place=None)},
        "an_older_event_never_overrides_a_newer_one",
    ),
    "the newest event lost": (
        {"decisions": without(without(GOOD.decisions, 1), 2)},
        "the_last_word_is_the_newest_event_s",
    ),
    "a removal did not last": ({"decisions": without(GOOD.decisions, 7)}, "the_last_word_is_the_newest_event_s"),
    "removed again after it was back": (
        {"decisions": [*GOOD.decisions, removed(11, "B", 2, "B2")]},
        "the_last_word_is_the_newest_event_s",
    ),
    "nothing says what was replaced": (
        {"decisions": changed(GOOD.decisions, 1, supersedes=None)},
        "a_replacement_names_what_it_replaces",
    ),
    "the wrong one was replaced": (
        {"decisions": changed(GOOD.decisions, 7, supersedes="A1")},
        "a_replacement_names_what_it_replaces",
    ),
    "replaces what was removed": (
        {"decisions": changed(GOOD.decisions, 5, supersedes="B1")},
        "a_replacement_names_what_it_replaces",
    ),
    "nobody is asked": ({"reviews": []}, "reviews_agree_with_the_last_words"),
    "somebody is asked for nothing": (
        {"reviews": [*GOOD.reviews, decided(1, "A", 1, review=True)]},
        "reviews_agree_with_the_last_words",
    ),
    "asked about an older decision": (
        {"reviews": [decided(0, "G", 0, review=True)]},
        "reviews_agree_with_the_last_words",
    ),
}


def test_a_good_history_breaks_no_law():
    assert object_to(GOOD) == []


@pytest.mark.parametrize("how", SPOILED)
def test_a_history_that_is_spoiled_is_objected_to(how):
    changes, law = SPOILED[how]
    assert law in {objection.law for objection in object_to(replace(GOOD, **changes))}


def test_every_law_is_shown_to_object():
    assert {law for _, law in SPOILED.values()} == {law.__name__ for law in LAWS}


class Worker:
    """The least that keeps promise 4: it remembers places, and what a null value removed."""

    def __init__(self):
        self.decisions, self.last, self.null = [], {}, {}

    def take(self, entry):
        place, name, gone = self.last.get(entry.listing, ((-1,), None, False))
        if entry.place is None:
            self._publish(
                entry, removed(len(self.decisions), entry.listing, None, name), None if place == (-1,) else place
            )
        elif entry.place is not None and (
            entry.place > place or (entry.place == place and (gone == entry.removal or self.null.get(entry.listing)))
        ):
            made = removed if entry.removal else decided
            new = f"{entry.listing}{entry.place[0]}"
            self._publish(
                entry,
                made(len(self.decisions), entry.listing, entry.place[0], None if new == name else name),
                entry.place,
            )

    def _publish(self, entry, published, place):
        self.decisions.append(published._replace(place=place))
        self.last[entry.listing] = (place or (-1,), published.decision_id, published.decision_id is None)
        self.null[entry.listing] = entry.place is None


STEPS = st.tuples(st.sampled_from("AB"), st.integers(1, 4), st.sampled_from(["update", "update", "remove", "null"]))


@given(st.lists(STEPS, max_size=12), st.lists(st.integers(0, 12), max_size=3))
def test_whatever_a_sound_worker_publishes_is_accepted(steps, restarts):
    """Any order of events, and any place to which a killed worker goes back."""
    kinds = {}
    listings = []
    for offset, (listing, revision, kind) in enumerate(steps):
        if kind == "null":
            listings.append(null(offset, listing))
        else:
            # An event is one thing: whoever says a revision was a removal says so again.
            kinds.setdefault((listing, revision), kind == "remove")
            listings.append(event(offset, listing, revision, removal=kinds[listing, revision]))
    worker = Worker()
    for begin in [0, *sorted(restarts)]:
        for entry in listings[begin:] if begin else listings:
            worker.take(entry)
    history = History(
        0, listings, decisions=worker.decisions, samples=[Sample(len(listings), len(worker.decisions), {})]
    )
    assert object_to(history) == []
