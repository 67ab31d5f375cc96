"""A run's changes as columns are the changes of its events one by one."""

import pytest

from stream.changes.change import Effect
from stream.changes.compared import EFFECTS
from stream.contract.record import FileRecord
from stream.engines.diff import changes_in
from stream.pipeline import classify_run
from tests.changes.making import EVENTS, line, sides_of

LINES = [*EVENTS.read_bytes().splitlines(), *map(line, range(5))]


@pytest.fixture(scope="module")
def changes(pipeline):
    sides = sides_of(pipeline)
    return changes_in(sides, classify_run(sides.model, list(map(FileRecord, LINES))))


def test_a_row_is_the_change_of_its_event(changes, pipeline):
    """What a run says of an event is what a run of that event alone says of it."""
    sides, alone = sides_of(pipeline), []
    for each in LINES:
        alone += changes_in(sides, classify_run(sides.model, [FileRecord(each)]))
    assert [told(change) for change in changes] == [told(change) for change in alone]
    assert [told(change) for change in changes[3:7]] == [told(change) for change in alone[3:7]]
    assert told(changes[-1]) == told(alone[-1])
    with pytest.raises(IndexError):
        changes[len(changes)]


def told(change):
    comparison = change.comparison
    return change.event, change.cluster_before, change.cluster_after, comparison.effect, comparison.responsible


def test_columns_and_counts_are_those_of_the_rows(changes):
    effects = [change.comparison.effect for change in changes]
    assert [EFFECTS[number] for number in changes.effects().tolist()] == effects
    assert {Effect.NEWLY_BLOCKED, Effect.UNCHANGED} <= set(effects)
    rows = changes.where(lambda comparison: comparison.effect is Effect.NEWLY_BLOCKED)
    assert rows == [row for row, effect in enumerate(effects) if effect is Effect.NEWLY_BLOCKED]
    assert sum(count for _, count in changes.counted()) == len(changes)
    assert all(effects.count(each) >= count for each, count in ((c.effect, n) for c, n in changes.counted()))


def test_a_run_without_events_has_no_changes(pipeline):
    sides = sides_of(pipeline)
    nothing = changes_in(sides, classify_run(sides.model, []))
    assert (list(nothing), nothing.counted(), nothing.effects().tolist()) == ([], [], [])
