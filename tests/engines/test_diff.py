"""A diff decides as replays under either set do, counts every record, and is a mirror when its sides are swapped."""

from pathlib import Path

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.changes.change import Effect
from stream.changes.report import Asked, diff_of
from stream.contract.instant import parse_instant
from stream.contract.record import FileRecord
from stream.engines.diff import changes_in
from stream.engines.replay import replay
from stream.pipeline import Pipeline, classify_run, decide_run, write_run
from tests.changes.making import EVENTS, NEW, OLD, line, sides_of, tally_of
from tests.conftest import ROOT

SAMPLES = [EVENTS, ROOT / "tests/samples/listings.jsonl"]
TITLES = st.sampled_from(["Gamis wanita", "Keripik singkong", "Ukiran kayu jepara", "Casing hp", ""]) | st.text(
    max_size=20
)
EVENTS_OF_ANY_KIND = st.builds(
    lambda number, title, kind, country, market, event_type, condition: line(
        number,
        listing={"id": f"L-{number}", "title": title, "condition": condition},
        seller={"id": f"S-{number % 3}", "type": kind},
        origin={"country": country},
        market=market,
        event_type=event_type,
    ),
    st.integers(0, 9),
    TITLES,
    st.sampled_from(["cross_border", "local"]),
    st.sampled_from(["ID", "CN", None]),
    st.sampled_from(["ID", "SG"]),
    st.sampled_from(["listing.created", "listing.removed"]),
    st.sampled_from(["new", "used", "refurbished"]),
)
FILES = st.lists(EVENTS_OF_ANY_KIND | st.binary(max_size=20).filter(lambda value: b"\n" not in value), max_size=12)
MIRROR = {
    Effect.NEWLY_BLOCKED: Effect.NEWLY_ALLOWED,
    Effect.NEWLY_ALLOWED: Effect.NEWLY_BLOCKED,
    Effect.INTO_REVIEW: Effect.OUT_OF_REVIEW,
    Effect.OUT_OF_REVIEW: Effect.INTO_REVIEW,
}


def report(sides, lines):
    asked = Asked("in.jsonl", "m", None, None, ("old", sides.old), ("new", sides.new))
    return diff_of(asked, tally_of(sides, lines))


def swapped(sides):
    return sides._replace(old=sides.new, new=sides.old)


def replayed(pipeline, policies, source: Path, folder: Path, **moments) -> bytes:
    output = folder / "out.jsonl"
    replay(Pipeline(pipeline.model, policies), str(source), str(output), **moments)
    return output.read_bytes()


def test_both_sides_write_the_bytes_of_a_replay(pipeline, tmp_path):
    """A run that was classified once gives, under each set, byte for byte what replaying the file under that set gives."""
    for source in SAMPLES:
        sides = sides_of(pipeline, ROOT / "policies", NEW) if source != EVENTS else sides_of(pipeline)
        run = classify_run(sides.model, [FileRecord(value) for value in source.read_bytes().splitlines()])
        for policies in (sides.old, sides.new):
            for moment in (None, parse_instant("2021-09-01T00:00:00+07:00")):
                outcomes = write_run(run, decide_run(policies, run, moment), moment)
                written = b"".join(o.value + b"\n" for o in outcomes if o.kind == "decision")
                lines = replayed(pipeline, policies, source, tmp_path, as_of=moment).splitlines(keepends=True)
                assert written == b"".join(one for one in lines if b'"decision":null' not in one)


def test_what_is_compared_is_what_replays_decided(pipeline, tmp_path):
    """Change by change, on a file: decision, review, reasons, advice, cluster, policies of both."""
    for source in SAMPLES:
        sides = sides_of(pipeline)
        run = classify_run(sides.model, [FileRecord(value) for value in source.read_bytes().splitlines()])
        changes = changes_in(sides, run)
        for policies, side, cluster in ((sides.old, "before", "cluster_before"), (sides.new, "after", "cluster_after")):
            lines = map(orjson.loads, replayed(pipeline, policies, source, tmp_path, as_of=None).splitlines())
            decisions = [decision for decision in lines if decision["decision"]]
            for change, decision in zip(changes, decisions, strict=True):
                ruling = getattr(change.comparison, side)
                plain = orjson.loads(orjson.dumps({name: getattr(ruling, name) for name in ruling._fields}))
                assert plain.items() <= decision.items()
                assert (change.event.event_id, getattr(change, cluster)) == (
                    decision["event_id"],
                    decision["classification"]["cluster"],
                )


@given(FILES)
@settings(max_examples=100)
def test_a_policy_set_changes_nothing_beside_itself(pipeline, lines):
    sides = sides_of(pipeline, OLD, OLD)
    found = report(sides, lines)
    assert found.effects.unchanged == found.decided
    assert (found.sorts, found.groups.seller, found.flips.listings) == ([], [], 0)


@given(FILES)
@settings(max_examples=100)
def test_counts_add_up(pipeline, lines):
    """Every record is decided, a removal or a dead letter; every way to group the decided ones holds all of them."""
    found = report(sides_of(pipeline), lines)
    assert found.records == len(lines) == found.decided + found.removals + found.dead_letters.total
    total = found.effects.model_dump()
    assert sum(total.values()) == found.decided
    for by in ("cluster", "country", "seller_type", "market"):
        groups = getattr(found.groups, by)
        assert {name: sum(group.effects.model_dump()[name] for group in groups) for name in total} == total
        assert all(sum(group.effects.model_dump().values()) == group.listings for group in groups)
    changed = {name: count for name, count in total.items() if name != "unchanged"}
    for name, count in changed.items():
        assert sum(sort.listings for sort in found.sorts if sort.effect == name) == count
        assert sum(seller.effects.model_dump()[name] for seller in found.groups.seller) == count
    for side in (found.old, found.new):
        assert sum(held.listings for held in side.in_force) == found.decided
    assert found.new.blocked - found.old.blocked == total["newly_blocked"] - total["newly_allowed"]


@given(FILES)
@settings(max_examples=100)
def test_swapping_the_sides_swaps_the_effects(pipeline, lines):
    sides = sides_of(pipeline)
    found, mirrored = tally_of(sides, lines), tally_of(swapped(sides), lines)
    turned = {cell._replace(effect=MIRROR.get(cell.effect, cell.effect)): n for cell, n in found.cells.items()}
    assert turned == dict(mirrored.cells)
    there, back = report(sides, lines), report(swapped(sides), lines)
    assert there.effects.newly_blocked == back.effects.newly_allowed
    assert (there.old.blocked, there.new.in_review) == (back.new.blocked, back.old.in_review)
    rules = [{(sort.effect, str(sort.old), str(sort.new)) for sort in each.sorts} for each in (there, back)]
    assert rules[0] == {(MIRROR.get(Effect(effect), effect), new, old) for effect, old, new in rules[1]}


def test_the_size_of_a_run_changes_nothing(pipeline):
    lines = SAMPLES[1].read_bytes().splitlines()
    sides = sides_of(pipeline)
    whole = diff_of(Asked("e", "m", None, None, ("o", sides.old), ("n", sides.new)), tally_of(sides, lines))
    for rows in (1, 7, 100):
        tally = tally_of(sides, lines, run_rows=rows)
        assert diff_of(Asked("e", "m", None, None, ("o", sides.old), ("n", sides.new)), tally) == whole


def test_both_sides_decide_as_of_the_moment_given(pipeline):
    """Before either edition binds nothing changes; once the new one has lapsed its blocks are gone."""
    sides = sides_of(pipeline)
    for moment, blocked in (
        ("2021-08-02T00:00:00+07:00", 0),
        ("2021-08-03T00:00:00+07:00", 1),
        ("2022-01-01T00:00:00+07:00", 0),
    ):
        tally = tally_of(sides._replace(as_of=parse_instant(moment)), [line()])
        assert tally.local_block_count == blocked
    known = sides._replace(as_known_on=parse_instant("2021-07-31T00:00:00+07:00"))
    assert tally_of(known, [line()]).local_block_count == 0


def test_progress_is_told_every_byte(pipeline):
    told = []
    with EVENTS.open("rb") as lines:
        tally_of(sides_of(pipeline), lines, run_rows=3, progress=told.append)
    assert sum(told) == EVENTS.stat().st_size
