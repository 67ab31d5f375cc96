"""A sample: the same whoever drew which part of it, each event once, doubtful ones rather."""

from dataclasses import replace
from statistics import mean

import numpy as np
import pytest

from stream.changes.doubt import Sample
from stream.contract.record import FileRecord
from stream.engines.diff import changes_in
from stream.pipeline import classify_run
from tests.changes.making import EVENTS, line, sides_of

LINES = [*EVENTS.read_bytes().splitlines(), *map(line, range(20, 220))]


@pytest.fixture(scope="module")
def changes(pipeline):
    """Changes whose scores are from certain to even, one as likely as the other."""
    found = part(pipeline, LINES)
    chance = np.random.default_rng(1)
    first = chance.integers(5_000, 10_001, len(found))
    scores = np.zeros_like(found.after.scores)
    scores[:, 0], scores[:, 1] = first, 10_000 - first
    return replace(found, after=replace(found.after, scores=scores))


def part(pipeline, lines):
    sides = sides_of(pipeline)
    return changes_in(sides, classify_run(sides.model, list(map(FileRecord, lines))))


def drawn(sample):
    return [(each.listing, each.event) for each in sample.drawn]


def test_a_sample_of_parts_in_any_order_is_the_sample_of_the_whole(pipeline):
    whole = Sample(20)
    whole.take(part(pipeline, LINES))
    assert len(whole.drawn) == 20
    for cut in (1, 50, 110, 200):
        one, other = Sample(20), Sample(20)
        one.take(part(pipeline, LINES[cut:]))
        other.take(part(pipeline, LINES[:cut]))
        one.add(other.drawn)
        assert drawn(one) == drawn(whole)


def test_an_event_is_drawn_once_and_only_what_a_person_has_something_to_say_about(pipeline):
    sample = Sample(1_000)
    for _ in range(2):
        sample.take(part(pipeline, LINES))
    assert len(set(drawn(sample))) == len(sample.drawn)
    effects = {each.change.comparison.effect.value for each in sample.drawn}
    assert effects == {"newly_blocked", "newly_allowed", "into_review", "out_of_review"}


def test_doubtful_ones_are_drawn_rather(changes):
    """Over many seeds, a sample's margins are well below those of all that could be drawn."""
    everything = Sample(1_000)
    everything.take(changes)
    margins = []
    for seed in range(40):
        sample = Sample(10, seed)
        sample.take(changes)
        margins += [each.margin for each in sample.drawn]
    assert mean(margins) < 0.8 * mean(each.margin for each in everything.drawn)
    assert max(margins) > 5_000


def test_another_seed_draws_another_sample_and_none_is_none(changes):
    samples = [Sample(10, seed) for seed in (1, 2)]
    for sample in samples:
        sample.take(changes)
    assert drawn(samples[0]) != drawn(samples[1])
    nothing = Sample()
    nothing.take(changes)
    assert nothing.drawn == []
