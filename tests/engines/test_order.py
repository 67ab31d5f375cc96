"""Promise 4 at the order guard: any order, any cut into runs, any restart, and events read again from what was committed."""

import asyncio
import json
import time
from collections import defaultdict

from hypothesis import example, given
from hypothesis import strategies as st

from stream.contract.decision import write_tombstone
from stream.contract.outcome import Kind, Outcome, Place
from stream.contract.record import FileRecord
from stream.engines.order import Holding, Order, Piece, hand_on, order_run, restore, supersede_nulls
from stream.engines.partitions import partitions_of
from stream.engines.places import Places
from stream.engines.runs import FetchedRecord

LISTINGS = (b"L-1", b"L-2", b"L-3")
moments = st.tuples(st.integers(0, 2), st.integers(0, 2), st.sampled_from(["E-1", "E-2", "E-3"]))
updates = st.tuples(st.sampled_from(LISTINGS), moments)
NULL = "null"


def decided(listing, moment, policies="1"):
    """What the pipeline makes of an update: a decision that can be read back."""
    revision, second, event_id = moment
    name = f"{revision}{second}{event_id[-1]}{policies}".ljust(32, "0")
    body = {
        "schema": "keran.decision/1",
        "decision_id": name,
        "event_id": event_id,
        "occurred_at": f"2021-08-03T00:00:0{second}Z",
        "revision": revision or None,
    }
    micros = 1_627_948_800_000_000 + second * 1_000_000
    place = Place(revision, micros, event_id.encode(), name.encode())
    return Outcome(Kind.DECISION, listing, json.dumps(body).encode(), place=place)


def made_of(event):
    listing, moment = event
    return write_tombstone(listing.decode()) if moment == NULL else decided(listing, moment)


def placed_removal(listing, moment):
    """What the pipeline makes of a `listing.removed`."""
    place = decided(listing, moment).place._replace(decision_id=b"")
    headers = (
        ("keran-event-id", place.event_id),
        ("keran-occurred-at", b"2021-08-03T00:00:0%dZ" % moment[1]),
        ("keran-revision", b"%d" % moment[0]),
    )
    return Outcome(Kind.TOMBSTONE, listing, None, headers, place=place)


def restarted(published):
    """A worker's places, read back from what is published."""
    holding = Holding(Places(60), None)
    restore(holding, Piece(0, [FileRecord(o.value, o.key, o.headers) for o in published], 1.0))
    return holding.places


def work(events, steps, published):
    """Decide events in runs; a step is a run's length, whether the worker restarts behind it, and how far back it then reads."""
    places, at, turn = restarted(published), 0, 0
    while at < len(events):
        length, restarts, back = steps[turn % len(steps)]
        turn += 1
        run = [made_of(event) for event in events[at : at + length]]
        outcomes = order_run(places, run, 1, revive=True)
        assert len(outcomes) == len(run)
        published += [outcome for outcome in outcomes if outcome.kind is not Kind.SUPERSEDED]
        at += length
        if restarts and turn < 40:
            places, at = restarted(published), max(0, min(at, len(events)) - back)


def last_of(published):
    last = {}
    for outcome in published:
        last[outcome.key] = outcome
    return last


steps = st.lists(st.tuples(st.integers(1, 6), st.booleans(), st.integers(0, 8)), min_size=1, max_size=6)


@given(st.lists(updates, max_size=40), steps)
def test_the_last_decision_of_a_listing_is_that_of_its_newest_event(events, steps):
    published = []
    work(events, steps, published)
    newest = {listing: max(moment for other, moment in events if other == listing) for listing, _ in events}
    assert {key: outcome.place for key, outcome in last_of(published).items()} == {
        listing: decided(listing, moment).place for listing, moment in newest.items()
    }


@given(st.lists(updates, max_size=40), steps)
def test_nothing_older_is_published_behind_something_newer(events, steps):
    published, seen = [], defaultdict(list)
    work(events, steps, published)
    for outcome in published:
        seen[outcome.key].append(outcome.place[:3])
    assert all(places == sorted(places) for places in seen.values())


# The null read again stands behind event 2, which it is older than and which must be back at the end.
@example([(b"L-1", (1, 0, "E-1")), (b"L-1", NULL), (b"L-1", (2, 0, "E-2"))], [(3, True, 3)])
@given(st.lists(st.tuples(st.sampled_from(LISTINGS), moments | st.just(NULL)), max_size=40), steps)
def test_what_is_read_again_leaves_every_listing_as_if_it_had_been_read_once(events, steps):
    """Nulls too, which have no place of their own: whether a listing is there, and at which event, is the same."""
    once, again = [], []
    work(events, [(len(events) or 1, False, 0)], once)
    work(events, steps, again)
    states = [{key: (o.value is None, o.place and o.place[:3]) for key, o in last_of(p).items()} for p in (once, again)]
    assert states[0] == states[1]


@given(st.lists(updates, min_size=1, max_size=20))
def test_the_same_event_again_gives_its_decision_again(events):
    """Promise 2: under the same model and policies it replaces nothing, under others it names what it replaces."""
    places, newest = Places(60), max(events, key=lambda event: event[1])
    order_run(places, [made_of(event) for event in events], 1, revive=True)
    again, changed = decided(*newest), decided(*newest, policies="2")
    assert order_run(places, [again], 1, revive=True) == [again]
    (replacing,) = order_run(places, [changed], 1, revive=True)
    assert replacing == changed._replace(headers=(("keran-supersedes", again.place.decision_id),))


def test_what_is_superseded_says_by_what():
    places = Places(60)
    run = [
        decided(b"L-1", (5, 0, "E-1")),
        decided(b"L-1", (4, 2, "E-2")),
        placed_removal(b"L-2", (3, 1, "E-3")),
        decided(b"L-2", (3, 0, "E-9")),
        decided(b"L-3", (1, 0, "E-1")),
        write_tombstone("L-3"),
    ]
    outcomes = order_run(places, run, 1, revive=True)
    asked = order_run(places, [decided(b"L-3", (1, 0, "E-1"))], 1, revive=False)
    assert [(o.kind.value, o.tally) for o in (*outcomes, *asked)] == [
        ("decision", ""),
        ("superseded", "older"),
        ("tombstone", ""),
        ("superseded", "removed"),
        ("decision", ""),
        ("tombstone", ""),
        ("superseded", "duplicate"),
    ]


def test_an_update_that_is_newer_than_the_removal_puts_the_listing_back():
    run = [placed_removal(b"L-1", (3, 1, "E-3")), decided(b"L-1", (3, 2, "E-1"))]
    assert [outcome.kind for outcome in order_run(Places(60), run, 1, revive=True)] == [Kind.TOMBSTONE, Kind.DECISION]


def test_a_null_value_removes_at_the_place_that_its_listing_has():
    """Its tombstone says so in headers, and so a restarted worker knows what the null came behind."""
    newest = decided(b"L-1", (7, 1, "E-1"))
    tombstone = order_run(Places(60), [newest, write_tombstone("L-1")], 1, revive=True)[1]
    assert tombstone.headers == (
        ("keran-listing-id", b"L-1"),
        ("keran-event-id", b"E-1"),
        ("keran-occurred-at", b"2021-08-03T00:00:01Z"),
        ("keran-revision", b"7"),
        ("keran-supersedes", newest.place.decision_id),
    )
    (late,) = order_run(restarted([newest, tombstone]), [decided(b"L-1", (6, 2, "E-2"))], 1, revive=True)
    assert (late.kind, late.tally) == (Kind.SUPERSEDED, "removed")


def test_a_null_that_was_published_without_a_place_removes_its_listing_all_the_same():
    """So wrote `KERAN_ORDER=producer`: a sweep's copy of the event that was removed must not put the listing back."""
    event, newer = decided(b"L-1", (7, 1, "E-1")), decided(b"L-1", (8, 1, "E-2"))
    places = restarted([event, write_tombstone("L-1")])
    assert order_run(places, [event], 1, revive=False)[0].tally == "duplicate"
    assert order_run(places, [newer], 1, revive=False) == [newer]
    back = restarted([event, write_tombstone("L-1"), newer])
    assert order_run(back, [event], 1, revive=False)[0].tally == "older"


def test_what_a_clock_ahead_of_ours_wrote_ends_no_retention():
    """A tombstone of next year is as of now: the removals before it are remembered as long as ever."""
    removal, years_ahead = placed_removal(b"L-1", (7, 1, "E-1")), 4_102_444_800_000
    now = int(time.time() * 1000)
    holding = Holding(Places(60), None)
    many = [placed_removal(b"L-%d" % i, (1, 1, "E-1")) for i in range(2, 2_000)]
    for outcomes, moment in ([[removal], now], [many, years_ahead]):
        records = [FetchedRecord("decisions", 0, 0, moment, o.key, None, o.headers) for o in outcomes]
        restore(holding, Piece(0, records, 1.0))
    late = order_run(holding.places, [decided(b"L-1", (6, 1, "E-1"))], now // 60_000, revive=True)
    assert late[0].tally == "removed"


def test_a_null_value_on_redecide_removes_nothing():
    null, placed = write_tombstone("L-1"), placed_removal(b"L-1", (1, 1, "E-1"))
    superseded, kept = supersede_nulls([null, placed])
    assert superseded == Outcome(Kind.SUPERSEDED, b"L-1", None, tally="older")
    assert kept == placed


def test_a_record_without_a_key_is_handed_on_to_the_owner_of_its_listing():
    """As it came: the owner decides it; what is at home already, has a key or cannot be read stays."""
    run = [decided(b"L-%d" % i, (1, 1, "E-1")) for i in range(20)]
    run.append(Outcome(Kind.DEAD_LETTER, None, b"broken"))
    records = [FileRecord(b"event", None, (("trace", b"1"),)) for _ in run]
    records[3] = FileRecord(b"event", b"L-3", ())
    homes = partitions_of([outcome.key or b"" for outcome in run], 4)
    for i, (outcome, home) in enumerate(zip(hand_on(0, 4, records, run), homes, strict=True)):
        stays = home == 0 or i in (3, 20)
        assert outcome == (run[i] if stays else Outcome(Kind.HANDED_ON, run[i].key, b"event", (("trace", b"1"),)))


class Four:
    """A fence of four partitions that lets everybody in."""

    count = 4

    async def fence(self, partition):
        pass

    async def let_go(self, partition):
        pass


class NothingPast:
    async def read(self, partitions):
        for partition in partitions:
            yield Piece(partition, [], 1.0)


def test_a_record_without_a_key_is_handed_on_from_redecide_too():
    """Else a listing had two owners who know nothing of each other's events; what is handed on comes with a key."""

    async def scenario():
        run = [decided(b"L-%d" % i, (1, 1, "E-1")) for i in range(20)]
        order = Order(NothingPast(), Four(), 30)
        order.assign({3}, 1)
        assert await order.is_ours(3)
        return order.guard(3, [FileRecord(b"event", None)] * 20, run, asked=True)

    homes = partitions_of([b"L-%d" % i for i in range(20)], 4)
    kinds = [outcome.kind for outcome in asyncio.run(scenario())]
    assert kinds == [Kind.DECISION if home == 3 else Kind.HANDED_ON for home in homes]
    assert 0 < kinds.count(Kind.DECISION) < 20
