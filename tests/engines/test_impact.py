"""Impact counts what a diff of the same lines counts, on however many processes, and says whose a flip is."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stream.changes.change import Cause, Effect
from stream.contract.record import FileRecord
from stream.engines.diff import caused
from stream.engines.impact import Compared, impact
from stream.pipeline import classify_run
from tests.changes.making import EVENTS, NEW, OLD, line, sides_of, tally_of
from tests.test_cli import keran

LINES = [*EVENTS.read_bytes().splitlines(), *map(line, range(20, 60))]


@pytest.fixture
def catalogue(tmp_path):
    path = tmp_path / "catalogue.parquet"
    pq.write_table(pa.table({"value": pa.array(LINES, pa.binary())}), path, row_group_size=7)
    return path


@pytest.mark.parametrize("processes", [1, 2])
def test_impact_is_a_diff_of_the_same_listings(pipeline, catalogue, processes):
    found = impact(Compared([OLD], [NEW]), str(catalogue), processes)
    expected = tally_of(sides_of(pipeline), LINES)
    for name in ("cells", "sellers", "sorts", "states", "dead", "removals"):
        assert getattr(found, name) == getattr(expected, name), name
    listings = [[[c.event.listing.id for c in held] for held in t.examples.values()] for t in (found, expected)]
    assert listings[0] == listings[1]


def test_the_command_holds_budgets_as_a_diff_does(catalogue):
    told = keran(
        "impact",
        "--old-policy",
        str(OLD),
        "--policy",
        str(NEW),
        "--on",
        str(catalogue),
        "--json",
        "-",
        "--max-local-blocks",
        "0",
    )
    found = json.loads(told.stdout)
    assert (told.returncode, found["records"]) == (1, len(LINES))
    assert found["local_blocks"] > 0


def test_the_command_tells_every_problem_at_once():
    told = keran(
        "impact", "--old-policy", "none.yaml", "--policy", "nope.yaml", "--on", "nope.parquet", "--old-as-of", "x"
    )
    places = [text.splitlines()[1].strip() for text in told.stderr.decode().split("\n\n")]
    assert (told.returncode, told.stdout) == (2, b"")
    assert places == ["--> command line, `--old-as-of`", "--> nope.parquet", "--> none.yaml", "--> nope.yaml"]


@pytest.mark.parametrize(("old_model_sees", "cause"), [("culinary", Cause.POLICY), ("other", Cause.BOTH)])
def test_a_flip_is_whose_it_is(pipeline, old_model_sees, cause):
    """The new edition blocks what is culinary: alone where the old model sees that too, together where only the new one does."""
    sides = sides_of(pipeline)
    run = classify_run(pipeline.model, [FileRecord(line())])
    scores = np.array([[10_000 * (name == old_model_sees) for name in pipeline.model.clusters]], np.int32)
    held = replace(run.classifications, scores=scores, likeliest=scores.argmax(axis=1), abstained=np.array([False]))
    (change,) = tally_of(sides, [line()]).flips
    assert change.comparison.effect is Effect.NEWLY_BLOCKED
    (told,) = caused(sides, run._replace(classifications=held), run, [change])
    assert told.cause is cause
