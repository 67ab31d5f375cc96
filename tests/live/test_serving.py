"""Deciding with a shadow beside: the live pair's outcomes are what they are without, byte for byte."""

import pytest

from stream.changes.change import Effect
from stream.contract.control import Shadow
from stream.contract.record import FileRecord
from stream.live.serving import decide_with, difference_of, is_difference
from stream.live.sources import load_control
from tests.conftest import ROOT
from tests.live.making import CHALLENGER, NOW, control, make_folders, named, pair, policy

RECORDS = [FileRecord(line) for line in (ROOT / "tests/samples/listings.jsonl").read_bytes().splitlines()]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return make_folders(tmp_path_factory.mktemp("folders"))


def serving(folders, **shadow):
    record = control("C-1", pair(folders.shelf, 1), shadow=Shadow(**shadow) if shadow else None)
    loaded = load_control(record, folders, NOW)
    assert loaded.shadow_problems == ()
    return loaded.serving


def shadows(folders):
    return [{"policies": [policy(2, "tkdn")]}, {"model": named(folders.shelf, CHALLENGER)}, {"policies": [policy(1)]}]


def test_a_shadow_changes_no_outcome(folders):
    alone = decide_with(serving(folders), RECORDS, NOW)
    assert alone.changes == []
    for shadow in shadows(folders):
        assert decide_with(serving(folders, **shadow), RECORDS, NOW).outcomes == alone.outcomes


def test_every_event_that_asks_for_a_decision_is_compared_dead_letters_and_removals_are_not(folders):
    decided = decide_with(serving(folders, **shadows(folders)[0]), RECORDS, NOW)
    decisions = [outcome for outcome in decided.outcomes if outcome.kind == "decision"]
    assert 0 < len(decisions) < len(RECORDS)
    assert [change.event.listing.id.encode() for change in decided.changes] == [outcome.key for outcome in decisions]


def test_the_shadow_says_what_it_would_say_if_it_were_live(folders):
    """Each side of a difference is the decision that a worker with that pair alone would publish."""
    beside = serving(folders, **shadows(folders)[0])
    live = load_control(control("C-2", pair(folders.shelf, 2, "tkdn")), folders, NOW).serving
    changes = decide_with(beside, RECORDS, NOW).changes
    published = [o for o in decide_with(live, RECORDS, NOW).outcomes if o.kind == "decision"]
    assert [change.comparison.after.decision for change in changes] == [outcome.tally for outcome in published]
    (first, *_) = filter(is_difference, changes)
    difference = difference_of(first, beside, NOW)
    assert (difference.live.decision, difference.shadow.decision) == ("block", "allow")
    assert difference.shadow.advice == ["tkdn"]
    assert difference.effect == Effect.NEWLY_ALLOWED


def test_the_same_policies_differ_in_nothing(folders):
    changes = decide_with(serving(folders, **shadows(folders)[2]), RECORDS, NOW).changes
    assert {change.comparison.effect for change in changes} == {Effect.UNCHANGED}
