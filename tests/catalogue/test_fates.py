"""What became of requests: each one is told as standing, as having given way, or as missing; none is left out."""

from typing import get_args

import pytest

from stream.catalogue.fates import Fate, Fates, fate_of, lines_of
from stream.catalogue.flips import ASKED, Changes, Seen, Skipped
from stream.changes.change import Effect
from stream.contract.record import FileRecord


@pytest.mark.parametrize("changes", get_args(Changes))
def test_what_would_be_asked_for_once_more_is_missing_and_no_other_effect_is(changes):
    missing = {effect for effect in Effect if fate_of(effect, changes) is Fate.MISSING}
    assert missing == ASKED[changes]
    assert all(fate_of(effect, changes) is Fate.STANDS for effect in set(Effect) - missing)


def test_a_newer_event_and_a_removal_win_and_what_is_not_decided_is_missing():
    told = {word: fate_of(word, "review") for word in Skipped}
    assert told[Skipped.OLDER] == told[Skipped.REMOVED] == Fate.GAVE_WAY
    assert told[Skipped.NEWER] == told[Skipped.UNDECIDED] == told[Skipped.UNREADABLE] == Fate.MISSING


def test_all_are_told_and_ten_missing_ones_are_named():
    fates = Fates(1_003)
    words = [Effect.UNCHANGED] * 988 + [Effect.NEWLY_BLOCKED] * 12
    fates.take([Seen(FileRecord(b"", b"L-%d" % n), b"", word) for n, word in enumerate(words)], "flips")
    assert not fates.complete
    assert lines_of(fates) == [
        "answered 988 of 1,003: 988 stand, 0 gave way to a newer event, 12 missing",
        "missing: " + ", ".join(f"L-{n}" for n in range(988, 998)) + ", ...",
        "3 requests are no longer on the topic of requests: what became of them is not known",
    ]


def test_requests_that_the_topic_no_longer_holds_leave_it_incomplete():
    """Its retention took them before anybody looked."""
    assert not Fates(1).complete
    assert Fates(0).complete
