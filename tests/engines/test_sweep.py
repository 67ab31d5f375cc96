"""How a sweep takes what it sees: budgets stop before they are passed, and what is said beside offsets is read back."""

import asyncio
from collections import Counter

import pytest

from stream.catalogue.flips import Seen, Skipped
from stream.changes.budget import MAX_FLIPS, MAX_LOCAL_BLOCKS, read_budget
from stream.changes.change import Effect
from stream.contract.instant import parse_instant
from stream.contract.record import FileRecord
from stream.engines.sweep import Plan, Swept, _Pace, _Sweeping, differing
from stream.engines.sweep_progress import LOCAL_BLOCKS, Identity, Part, read_reached, write_reached
from stream.engines.sweep_run import rights_of_sweep
from stream.settings import Settings

IDENTITY = Identity("0123456789abcdef", "2021-08-03T00:00:00Z", ["p@1/a#00000000"], "review", "listings")


class Kept:
    """A publisher that keeps what it is told."""

    def __init__(self):
        self.committed, self.requests = [], []

    async def commit(self, reached, requests=(), partition=0):
        self.committed.append(reached)
        self.requests += requests


def seen(*words, local=False):
    return [Seen(FileRecord(b"%d" % n, b"L", offset=n), b"L-%d" % n, word, local) for n, word in enumerate(words)]


def take(run, *budgets, rate=None, by=None):
    """Let a partition take what was seen; give what came of it."""
    plan = Plan(Settings(), "s", None, parse_instant(IDENTITY.as_of), IDENTITY, rate, budgets)
    swept = Swept({0: Part(0, 100)})
    asyncio.run(_Sweeping(plan, by or Kept(), swept, 0, _Pace(rate))._take(run))
    return swept


def test_what_changes_is_asked_for_with_its_own_bytes_and_the_rest_is_counted():
    by = Kept()
    run = seen(Effect.NEWLY_BLOCKED, Effect.UNCHANGED, Skipped.OLDER, Effect.INTO_REVIEW, Effect.REASONS_ONLY)
    swept = take(run, by=by)
    assert [(request.key, request.value) for request in by.requests] == [(b"L-0", b"0"), (b"L-3", b"3")]
    assert swept.parts[0].next == 5
    assert swept.counts == Counter(
        read=5, newly_blocked=1, unchanged=1, older=1, into_review=1, reasons_only=1, requested=2, local_blocks=0
    )


@pytest.mark.parametrize(
    ("option", "text", "local", "asked"),
    [
        (MAX_FLIPS, "2", False, 2),
        (MAX_FLIPS, "0.3%", False, 3),
        (MAX_LOCAL_BLOCKS, "1", True, 1),
        (MAX_FLIPS, "0", False, 0),
    ],
)
def test_a_budget_stops_before_the_flip_that_would_pass_it(option, text, local, asked):
    """At that record: a run with a greater budget goes on there. A share of few listings is one of a thousand."""
    swept = take(seen(*[Effect.NEWLY_BLOCKED] * 9, local=local), read_budget(option, text))
    assert swept.over == read_budget(option, text)
    assert (swept.parts[0].next, swept.counts["requested"]) == (asked, asked)


def test_review_is_in_no_budget_and_blocks_of_cross_border_sellers_in_none_of_local_ones():
    run = seen(*[Effect.INTO_REVIEW, Effect.NEWLY_BLOCKED] * 4)
    assert take(run, read_budget(MAX_LOCAL_BLOCKS, "0")).over is None
    assert take(seen(*[Effect.OUT_OF_REVIEW] * 4), read_budget(MAX_FLIPS, "0")).over is None


def test_a_rate_bounds_what_one_transaction_holds():
    """Each transaction says how far the sweep is with just the requests in it."""
    by = Kept()
    take(seen(*[Effect.NEWLY_ALLOWED] * 500), rate=200, by=by)
    assert [read_reached(reached)[1][0].next for reached in by.committed] == [200, 400, 500]
    assert [read_reached(reached)[1][0].counts["requested"] for reached in by.committed] == [200, 400, 500]


def test_how_far_a_partition_is_is_read_back_as_it_was_written():
    part = Part(7, 9, Counter({"read": 7, Effect.NEWLY_BLOCKED: 2, LOCAL_BLOCKS: 1}))
    assert read_reached({3: write_reached(IDENTITY, part)}) == (IDENTITY, {3: part})
    assert read_reached({}) == (None, {})


def test_the_word_beside_an_offset_is_within_what_brokers_take():
    """4,096 bytes by default, with eight policies of long names in force and every count as large as can be."""
    long = IDENTITY._replace(in_force=[f"{'p' * 60}@12/{'f' * 40}#00000000"] * 8)
    counts = dict.fromkeys((*Effect, *Skipped, "read", "requested", LOCAL_BLOCKS), 10**12)
    assert len(write_reached(long, Part(10**12, 10**12, Counter(counts))).word) < 4_096


def test_another_moment_goes_on_and_anything_else_is_refused():
    assert differing("s", IDENTITY, IDENTITY._replace(as_of="2022-01-01T00:00:00Z")) == []
    others = IDENTITY._replace(pair="f" * 16, in_force=[], changes="flips", source="other")
    assert [problem.message for problem in differing("s", IDENTITY, others)] == [
        "sweep `s` began with pair `0123456789abcdef`, and `ffffffffffffffff` is live",
        "sweep `s` began when other phases were in force: `p@1/a#00000000`, and now none",
        "sweep `s` began with `--changes review`",
        "sweep `s` began on topic `listings`",
    ]


def test_a_dry_run_needs_no_right_to_write():
    asked = rights_of_sweep(Settings(live="control"), "s", publish=False)
    assert {right.operation for right in asked} == {"Read"}
    assert len(rights_of_sweep(Settings(), "s", publish=True)) == 6
