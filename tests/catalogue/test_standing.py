"""What stands, from files of decisions: of each listing its last, compared as a whole and by the event that made it."""

import json
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stream.catalogue.decided import Row
from stream.catalogue.flips import Skipped
from stream.catalogue.standing import cause_against, standing_in
from stream.changes.change import Cause, Effect, Ruled
from stream.changes.compared import changes_of
from stream.changes.stands import Stands
from stream.contract.instant import parse_instant
from stream.contract.outcomes import outcomes_of
from stream.contract.record import FileRecord
from stream.engines.replay import decision_lines
from stream.pipeline import classify_run, decide_run, write_run
from tests.changes.making import EVENTS, line

AS_OF = parse_instant("2021-08-03T02:00:01Z")
RECORDS = list(map(FileRecord, [*EVENTS.read_bytes().splitlines(), *map(line, range(40, 60))]))


def written(pipeline, records=RECORDS):
    """The run of these records, its rulings, and the lines of its decisions and tombstones."""
    run = classify_run(pipeline.model, records)
    rulings = decide_run(pipeline.policies, run, AS_OF)
    outcomes = [o for o in write_run(run, rulings, AS_OF) if o.kind != "dead_letter"]
    return run, rulings, outcomes


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_the_same_pair_changes_nothing_of_what_it_decided(pipeline, tmp_path, ending):
    run, rulings, outcomes = written(pipeline)
    path = tmp_path / f"decisions.{ending}"
    if ending == "jsonl":
        path.write_bytes(b"".join(decision_lines(outcomes_of(outcomes))))
    else:
        columns = [pa.array([getattr(o, name) for o in outcomes], pa.binary()) for name in ("key", "value")]
        pq.write_table(pa.table(columns, ["key", "value"]), path)
    standing = standing_in([str(path)])
    rows = standing.rows(run)
    kept = [at for at, row in enumerate(rows) if isinstance(row, Row)]
    assert len(kept) > 20
    picked = [rulings[at] for at in kept]
    classifications = standing.ruled([rows[at] for at in kept]).classifications
    changes = changes_of(
        run.events.rows(kept), standing.ruled([rows[at] for at in kept]), Ruled(classifications, picked)
    )
    assert {change.comparison.effect for change in changes} == {Effect.UNCHANGED}
    clusters = [run.classifications.clusters[at] for at in run.classifications.likeliest[kept].tolist()]
    assert [change.cluster_before for change in changes] == clusters


def test_only_the_event_that_was_decided_counts(pipeline, tmp_path):
    """One later or earlier than the decision, one of a listing without any, and the same once more are left out."""
    path = tmp_path / "decisions.jsonl"
    records = [FileRecord(line(n, listing={"id": f"L-{n}", "revision": 5})) for n in range(4)]
    _, _, outcomes = written(pipeline, records)
    gone = json.dumps({"listing_id": "L-3", "decision": None}).encode()
    path.write_bytes(b"\n".join([*(o.value for o in outcomes), gone, b"no decision"]))
    asked = [(0, 5), (0, 5), (1, 4), (2, 6), (9, 5)]
    events = [FileRecord(line(n, listing={"id": f"L-{n}", "revision": revision})) for n, revision in asked]
    standing = standing_in([str(path)])
    found = standing.rows(classify_run(pipeline.model, events))
    told = [row if isinstance(row, Skipped) else "counts" for row in found]
    assert told == ["counts", Skipped.REPEATED, Skipped.OLDER, Skipped.NEWER, Skipped.UNDECIDED]
    assert standing.stands == Stands(3, Counter({pipeline.model.id: 3}), 1)


def test_a_flip_is_the_policies_where_the_model_is_the_same(pipeline, tmp_path):
    path = tmp_path / "decisions.jsonl"
    run, _, outcomes = written(pipeline, RECORDS[:1])
    path.write_bytes(outcomes[0].value)
    (row,) = standing_in([str(path)]).rows(run)
    stood = row.by
    assert cause_against(stood, stood.model, ()) is Cause.POLICY
    assert cause_against(stood, "another", stood.policies) is Cause.MODEL
    assert cause_against(stood, "another", ("p@1/a#2",)) is None
    # A label that came brings the flip, and neither model nor policy does; one that stays is no reason.
    assert cause_against(stood, "label:LB-1", stood.policies) is None
    labelled = stood._replace(model="label:LB-1")
    assert cause_against(labelled, "label:LB-1", ("p@1/a#2",)) is Cause.POLICY
