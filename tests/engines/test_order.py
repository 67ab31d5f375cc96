"""Promise 4 on a log: an older event never overrides a newer one, however the log is cut, read again or swept."""

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.contract.outcome import Kind, Outcome
from stream.contract.placed import read_places
from stream.contract.record import FileRecord
from stream.engines.order import Holding, Order, Piece, hand_on, order_run, restore
from stream.engines.places import Places
from tests.engines.listing_log import Event, decided

MINUTE, RETENTION = 1, 1_000


class World:
    """A partition of `listings`, what is committed of it, `decisions`, and a worker that may die at any point."""

    def __init__(self, log):
        self.log, self.at, self.decisions = log, 0, []
        self.start()

    def start(self):
        """A new worker: nothing but `decisions` tells it what was."""
        self.holding = Holding(Places(RETENTION), None)
        restore(self.holding, Piece(0, self.decisions, 1.0))

    def decide(self, count):
        run = self.log[self.at : self.at + count]
        self.at += len(run)
        return self.publish(run, revive=True)

    def publish(self, run, *, revive, model="m"):
        outcomes = [decided(event, model) for event in run]
        ordered = order_run(self.holding.places, outcomes, MINUTE, revive=revive)
        self.decisions += [
            FileRecord(o.value, o.key, o.headers, timestamp=60_000) for o in ordered if o.kind is not Kind.SUPERSEDED
        ]
        return ordered

    def die(self, back):
        """Start anew `back` records before where the last worker was: that far it had committed."""
        self.at = max(0, self.at - back)
        self.start()

    def last(self):
        """What a consumer of the compacted topic has of each listing: an event's id, None for a tombstone."""
        return {record.key.decode(): record.value and json.loads(record.value)["event_id"] for record in self.decisions}


def told(log):
    """What `decisions` must end with, from the log alone: the newest event's, removed where a null value came later."""
    newest, last = {}, {}
    for event in log:
        if event.kind == "null":
            last[event.listing] = None
        elif event.order >= newest.get(event.listing, ()):
            newest[event.listing] = event.order
            last[event.listing] = None if event.kind == "removal" else event.event_id
    return last


@st.composite
def logs(draw, kinds=("update", "update", "removal", "null")):
    """Events of few listings, in any order, some of them twice."""
    some = st.builds(
        Event, st.sampled_from(["L-1", "L-2"]), st.integers(0, 2), st.integers(0, 1), st.sampled_from(kinds)
    )
    drawn = draw(st.lists(some, max_size=12))
    events = [event._replace(event_id=f"E-{i}") for i, event in enumerate(draw(st.permutations(drawn)))]
    twice = draw(st.lists(st.sampled_from(events), max_size=4)) if events else []
    return draw(st.permutations(events + twice))


steps = st.lists(
    st.one_of(
        st.tuples(st.just("decide"), st.integers(1, 5)),
        st.tuples(st.just("die"), st.integers(0, 6)),
        st.tuples(st.just("sweep"), st.integers(0, 15)),
    ),
    max_size=12,
)


def played(log, steps):
    world = World(log)
    for step, number in steps:
        if step == "sweep":
            # What a sweep asks for again is on the log already, read or not; a null value is no event.
            asked = [event for event in log[number : number + 2] if event.kind != "null"]
            world.publish(asked, revive=False, model="n")
        else:
            getattr(world, step)(number)
    world.decide(len(log))
    return world


@settings(max_examples=400)
@given(logs(), steps)
def test_the_last_decision_of_a_listing_is_its_newest_events(log, steps):
    """Any order, any cut into runs, any point of restart, and sweeps in between: `decisions` ends as the log says."""
    assert played(log, steps).last() == told(log)


@settings(max_examples=400)
@given(logs(), steps)
def test_no_listing_ever_goes_back_to_an_older_event(log, steps):
    """Not for a moment: what is superseded is not published at all."""
    decisions = played(log, steps).decisions
    newest = {}
    for record, place in zip(decisions, read_places(decisions), strict=True):
        if place is not None:
            assert place[:3] >= newest.get(record.key, ())
            newest[record.key] = place[:3]


@given(logs(kinds=("update", "removal")), st.integers(1, 5))
def test_a_newest_event_that_is_read_again_is_decided_again_and_alike(log, size):
    """Promise 2: a run whose commit was lost gives the same decision for what is still newest, and nothing else."""
    world = World(log)
    while world.at < len(log):
        world.decide(size)
    before = world.last()
    world.die(len(log))
    again = world.decide(len(log))
    assert world.last() == before
    for event, outcome in zip(log, again, strict=True):
        assert (outcome.kind is Kind.SUPERSEDED) == (event.order != max(e.order for e in log if e[0] == event[0]))


@given(logs(), st.integers(1, 5), st.integers(1, 5))
def test_the_cut_into_runs_changes_nothing(log, one, other):
    worlds = World(log), World(log)
    for world, size in zip(worlds, (one, other), strict=True):
        while world.at < len(log):
            world.decide(size)
    assert worlds[0].decisions == worlds[1].decisions


E1, E2 = Event("L-1", 1, 0, "update", "E-1"), Event("L-1", 2, 0, "update", "E-2")
REMOVED, NULL = Event("L-1", 2, 0, "removal", "R-2"), Event("L-1", kind="null")


@pytest.mark.parametrize(
    ("log", "kinds", "why"),
    [
        ([E2, E1], ["decision", "superseded"], "older"),
        ([REMOVED, E1], ["tombstone", "superseded"], "removed"),
        ([E1, NULL, Event("L-1", 0, 9, "update", "E-0")], ["decision", "tombstone", "superseded"], "removed"),
        ([E1, E1], ["decision", "decision"], "allow"),
    ],
)
def test_what_is_superseded_says_why(log, kinds, why):
    ordered = World(log).decide(len(log))
    assert [outcome.kind for outcome in ordered] == kinds
    assert ordered[-1].tally == why


@pytest.mark.parametrize("restarts", [0, 1])
def test_a_sweeps_copy_of_a_removed_event_is_a_duplicate(restarts):
    """It may have been on its way since before the null value; the listing stays removed, for the next worker too."""
    world = World([E1, NULL])
    world.decide(2)
    for _ in range(restarts):
        world.die(0)
    (copy,) = world.publish([E1], revive=False)
    assert (copy.kind, copy.tally) == (Kind.SUPERSEDED, "duplicate")


def test_a_decision_and_a_tombstone_name_what_they_replace():
    world = World([E1, E2, NULL])
    first, second, removal = world.decide(3)
    assert "keran-supersedes" not in dict(first.headers)
    assert dict(second.headers)["keran-supersedes"] == first.place.decision_id
    assert dict(removal.headers)["keran-supersedes"] == second.place.decision_id
    assert dict(removal.headers)["keran-event-id"] == b"E-2"


def test_what_nobody_of_ours_wrote_on_decisions_is_counted_and_has_no_place():
    holding = Holding(Places(RETENTION), None)
    restore(holding, Piece(0, [FileRecord(b"{}", b"L-1"), FileRecord(None, b"L-1"), FileRecord(b"\xff", None)], 0.5))
    assert (holding.records, holding.unreadable, len(holding.places), holding.read) == (3, 2, 0, 0.5)


def test_a_record_without_a_key_is_handed_on_to_its_listings_home():
    """Of four partitions L-1 is at home in the third: there it is decided where it came, elsewhere it is sent there."""
    record = FileRecord(b"as it came", None, (("trace", b"1"),))
    outcome = decided(E1)
    assert hand_on(2, 4, [record], [outcome]) == [outcome]
    assert hand_on(0, 4, [record], [outcome]) == [Outcome(Kind.HANDED_ON, b"L-1", b"as it came", (("trace", b"1"),))]


class Fence:
    """Notes what was fenced and let go."""

    def __init__(self):
        self.count, self.calls = 4, []

    async def fence(self, partition):
        self.calls.append(("fence", partition))

    async def let_go(self, partition):
        self.calls.append(("let go", partition))


class Past:
    """Reads back what it is given, once it is let."""

    def __init__(self, decisions=(), let=True):
        self.decisions, self.let, self.asked = decisions, asyncio.Event(), []
        if let:
            self.let.set()

    async def read(self, partitions):
        self.asked.append(list(partitions))
        await self.let.wait()
        for partition in partitions:
            yield Piece(partition, self.decisions, 1.0)


def published(*events):
    return [FileRecord(o.value, o.key, o.headers) for o in map(decided, events)]


def guarded(order, partition, event):
    record = FileRecord(b"", event.listing.encode())
    (outcome,) = order.guard(partition, [record], [decided(event)], asked=False)
    return outcome.kind


def play(scenario):
    asyncio.run(asyncio.wait_for(scenario, 20))


def test_a_partition_is_fenced_before_its_past_is_read_and_then_it_is_ours():
    async def scenario():
        fence, past = Fence(), Past(published(E2), let=False)
        order = Order(past, fence, 30)
        order.assign([0], 1)
        asked = asyncio.ensure_future(order.is_ours(0))
        while not past.asked:
            await asyncio.sleep(0)
        assert fence.calls == [("fence", 0)]
        assert list(order.incomplete()) == ["reading decisions of partition 0: 0%"]
        past.let.set()
        assert await asked
        assert guarded(order, 0, E1) is Kind.SUPERSEDED
        assert not await order.is_ours(1)

    play(scenario())


def test_what_stays_from_one_generation_to_the_next_is_kept_and_not_read_again():
    async def scenario():
        fence, past = Fence(), Past()
        order = Order(past, fence, 30)
        order.assign([0, 1], 1)
        assert await order.is_ours(0)
        assert guarded(order, 0, E2) is Kind.DECISION
        order.assign([0, 2], 2)
        assert await order.is_ours(0)
        assert await order.is_ours(2)
        assert not await order.is_ours(1)
        assert guarded(order, 0, E1) is Kind.SUPERSEDED
        assert past.asked == [[0, 1], [2]]
        assert fence.calls[2:] == [("let go", 1), ("fence", 2)]

    play(scenario())


def test_what_another_worker_may_have_had_in_between_is_read_again():
    """A worker that slept through a generation cannot know: its partition was another's, who decided something newer."""

    async def scenario():
        fence, past = Fence(), Past()
        order = Order(past, fence, 30)
        order.assign([0], 1)
        assert await order.is_ours(0)
        past.decisions = published(E2)
        order.assign([0], 3)
        assert await order.is_ours(0)
        assert past.asked == [[0], [0]]
        assert fence.calls == [("fence", 0), ("let go", 0), ("fence", 0)]
        assert guarded(order, 0, E1) is Kind.SUPERSEDED

    play(scenario())


def test_a_rebalance_while_the_past_is_read_gives_the_run_back_and_reads_again():
    async def scenario():
        fence, past = Fence(), Past(published(E2), let=False)
        order = Order(past, fence, 30)
        order.assign([0], 1)
        waiting = asyncio.ensure_future(order.is_ours(0))
        while not past.asked:
            await asyncio.sleep(0)
        order.revoke()
        assert not await waiting
        order.assign([0], 2)
        past.let.set()
        assert await order.is_ours(0)
        assert past.asked == [[0], [0]]
        assert guarded(order, 0, E1) is Kind.SUPERSEDED

    play(scenario())


def test_without_a_past_the_producers_order_is_trusted():
    async def scenario():
        order = Order(None, Fence(), 30)
        order.assign([0], 1)
        assert await order.is_ours(0)
        assert [guarded(order, 0, event) for event in (E2, E1)] == [Kind.DECISION, Kind.DECISION]
        assert (dict(order.sizes()), list(order.incomplete())) == ({}, [])

    play(scenario())
