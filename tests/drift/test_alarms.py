"""What is drawn from a profile is no alarm, what has moved is one, and it ends only when it is over."""

import numpy as np
import pytest

from stream.classify.artifact import list_entries
from stream.drift.alarms import CALM, LIMIT, TITLES_AT_LEAST, drifted
from stream.drift.distance import distance, noise
from stream.drift.profile import PROFILE, read_profile
from stream.drift.window import SLOT_SECONDS, SLOT_TITLES, SLOTS, Window
from tests.conftest import ROOT
from tests.drift.making import CLUSTERS, counts_of, profile_with

MIX = [0.5, 0.3, 0.2]
PROFILE_OF_MIX = profile_with(cluster=MIX, abstained=[0.8, 0.2])


def alarms(counts, before=()) -> set[str]:
    return {each.signal for each in drifted(PROFILE_OF_MIX, counts, dict.fromkeys(before, True)) if each.alarm}


@pytest.mark.parametrize("name", list_entries(ROOT / "models"))
def test_chance_alone_stays_far_from_the_limit(name):
    """Of the least titles that are judged, drawn from the shipped profile, 999 in 1,000 draws stay below a quarter."""
    profile = read_profile(ROOT / "models" / name / PROFILE)
    for signal in profile.signals:
        assert noise(profile.shares(signal), TITLES_AT_LEAST) < LIMIT / 4, signal


def test_more_titles_scatter_less():
    shares = PROFILE_OF_MIX.shares("cluster")
    assert noise(shares, 10_000) < noise(shares, 1_000) / 5
    assert noise(shares, 1_000) == noise(shares, 1_000)


def test_a_distance_is_the_same_both_ways_and_grows_with_the_shift():
    mix = np.array(MIX)
    moved = [np.array([0.5 - by, 0.3 + by, 0.2]) for by in (0.05, 0.1, 0.2)]
    far = [distance(mix, other) for other in moved]
    assert far == sorted(far)
    assert far[0] > 0
    assert far == pytest.approx([distance(other, mix) for other in moved])


def test_the_stream_that_the_profile_is_of_rings_nothing():
    assert alarms(counts_of(5_000, cluster=MIX, abstained=[0.8, 0.2])) == set()


def test_only_the_signal_that_moved_rings_and_its_reason_says_what_moved():
    counts = counts_of(5_000, cluster=[0.3, 0.5, 0.2], abstained=[0.8, 0.2])
    assert alarms(counts) == {"cluster"}
    told = drifted(PROFILE_OF_MIX, counts, {})[0]
    assert told.distance >= LIMIT
    assert (
        told.reason == "`craft` 30.0% (profile 50.0%), `culinary` 50.0% (profile 30.0%), `other` 20.0% (profile 20.0%)"
    )


def test_an_alarm_that_stands_ends_below_a_lower_limit():
    between = counts_of(5_000, cluster=[0.355, 0.445, 0.2], abstained=[0.8, 0.2])
    (far,) = (each.distance for each in drifted(PROFILE_OF_MIX, between, {}) if each.signal == "cluster")
    assert CALM < far < LIMIT
    assert alarms(between) == set()
    assert alarms(between, {"cluster"}) == {"cluster"}


def test_nothing_is_judged_by_few_titles():
    few = counts_of(TITLES_AT_LEAST - 1, cluster=[0, 0, 1])
    assert drifted(PROFILE_OF_MIX, few, {}) == []


def test_a_window_forgets_its_oldest_slot_and_no_more():
    window = Window(CLUSTERS)
    for turn in range(SLOTS + 3):
        window.take(counts_of(SLOT_TITLES, cluster=[0, 1] if turn else [1]), turn * SLOT_SECONDS)
    assert window.counts()["cluster"].tolist() == [0, SLOTS * SLOT_TITLES, 0]


def test_a_slot_lasts_until_it_is_old_and_full():
    """Neither a burst nor a quiet hour pushes the past out."""
    window = Window(CLUSTERS)
    for _ in range(SLOTS + 1):
        window.take(counts_of(100 * SLOT_TITLES), now=0.0)
    for turn in range(SLOTS + 1):
        window.take(counts_of(1), now=turn * SLOT_SECONDS)
    assert window.counts()["cluster"].sum() == (SLOTS + 1) * 100 * SLOT_TITLES + SLOTS + 1
