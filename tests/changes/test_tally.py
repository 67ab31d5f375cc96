"""Counting: every record once, runs merge to the whole, examples are the first of their sort."""

from stream.changes.change import Effect
from stream.changes.tally import FIRST
from tests.changes.making import EVENTS, line, sides_of, tally_of

LINES = EVENTS.read_bytes().splitlines()


def test_tallies_of_two_halves_merge_to_the_tally_of_the_whole(pipeline):
    """Wherever the cut is: counts add up, and the first examples stay the first."""
    sides, lines = sides_of(pipeline), [*LINES, *map(line, range(20, 30))]
    whole = tally_of(sides, lines, examples=2)
    for cut in range(len(lines) + 1):
        first, then = (tally_of(sides, part, examples=2) for part in (lines[:cut], lines[cut:]))
        first.merge(then)
        for name in ("cells", "sellers", "sorts", "states", "dead", "removals"):
            assert getattr(first, name) == getattr(whole, name), name
        assert listings_of(first) == listings_of(whole)
        assert [at.letter for at in first.first_dead] == [at.letter for at in whole.first_dead]


def listings_of(tally):
    named = {"flips": tally.flips, "local": tally.local_blocks, **tally.examples}
    return {name: [change.event.listing.id for change in changes] for name, changes in named.items()}


def test_a_listing_is_an_example_once(pipeline):
    lines = [line(1), line(1, event_id="E-again"), line(2), line(3)]
    tally = tally_of(sides_of(pipeline), lines, examples=2)
    assert [change.event.event_id for change in next(iter(tally.examples.values()))] == ["E-1", "E-2"]
    assert tally.local_block_count == 4


def test_without_examples_the_first_that_count_against_a_budget_are_still_named(pipeline):
    tally = tally_of(sides_of(pipeline), map(line, range(9)), examples=0)
    assert list(tally.examples.values()) == [[]]
    assert len(tally.flips) == len(tally.local_blocks) == FIRST


def test_only_an_iso_code_is_a_country(pipeline):
    """What sellers write there could be anything, and as much of it as they like."""
    lines = [line(n, origin={"country": text}) for n, text in enumerate(("CN", " cn", "China", "x" * 999, None))]
    tally = tally_of(sides_of(pipeline), lines)
    assert {cell.country for cell in tally.cells} == {"CN", None}


def test_removals_and_dead_letters_are_counted_apart(pipeline):
    tally = tally_of(sides_of(pipeline), LINES)
    assert (tally.records, tally.decided, tally.removals, dict(tally.dead)) == (13, 11, 1, {"not-json": 1})
    assert [at.offset for at in tally.first_dead] == [5]


def test_a_sellers_types_are_counted_apart(pipeline):
    lines = [line(1), line(2, seller={"type": "cross_border"})]
    tally = tally_of(sides_of(pipeline), lines)
    assert set(tally.sellers) == {("S-1", "local", Effect.NEWLY_BLOCKED), ("S-1", "cross_border", Effect.NEWLY_BLOCKED)}
