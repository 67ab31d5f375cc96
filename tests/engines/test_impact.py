"""Impact counts what a diff of the same lines counts, on however many processes, and says whose a flip is."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stream.changes.change import Cause, Effect
from stream.contract.impact import Impact
from stream.contract.instant import parse_instant
from stream.contract.record import FileRecord
from stream.contract.schemas import schema_file
from stream.engines.diff import Moment, caused, changes_in
from stream.engines.diff_files import Wanted
from stream.engines.impact import Compared, impact, in_files
from stream.engines.impact_files import impact_files
from stream.pipeline import classify_run
from tests.changes.making import EVENTS, NEW, OLD, line, sides_of, tally_of
from tests.conftest import ROOT
from tests.engines.test_diff_files import GOLDEN, check
from tests.labels.making import given
from tests.live.making import CHALLENGER, CHAMPION, make_shelf
from tests.test_cli import keran

AS_OF, LATER = parse_instant("2021-08-03T02:00:01Z"), parse_instant("2021-12-31T00:00:00Z")
LINES = [*EVENTS.read_bytes().splitlines(), *map(line, range(20, 60))]


@pytest.fixture
def catalogue(tmp_path):
    path = tmp_path / "catalogue.parquet"
    pq.write_table(pa.table({"value": pa.array(LINES, pa.binary())}), path, row_group_size=7)
    return path


@pytest.mark.parametrize("processes", [1, 2])
def test_impact_is_a_diff_of_the_same_listings(pipeline, catalogue, processes):
    found = impact(Compared([OLD], [NEW]), in_files(str(catalogue)), processes)
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


def run(folder, monkeypatch, **models):
    """Compare the two editions on the events, in a folder where places are told by file name alone."""
    for file in (OLD, NEW):
        (folder / file.name).write_text(file.read_text().replace("gte: 0.5}", "gte: 0.5}, abstained: false"))
    shutil.copy(EVENTS, folder)
    monkeypatch.setenv("KERAN_SHELF", str(make_shelf(folder / "shelf")))
    monkeypatch.setenv("KERAN_MODEL", CHAMPION)
    monkeypatch.chdir(folder)
    compared = Compared([Path("old.yaml")], [Path("new.yaml")], **models)
    wanted = Wanted(Path("old.yaml"), Path("new.yaml"), "events.jsonl", json="impact.json", markdown="impact.md")
    assert impact_files(wanted, [], lambda settings: compared, 1) == 0
    return json.loads(Path("impact.json").read_text())


def test_reports_name_both_models_moments_and_causes_word_for_word(pipeline, tmp_path, monkeypatch, capfd):
    """The old model is always in doubt, where neither edition closes a cluster to cross-border sellers."""
    found = run(tmp_path, monkeypatch, old_model=CHALLENGER, new_model=CHAMPION, old_moment=Moment(AS_OF), as_of=LATER)
    check("impact.txt", capfd.readouterr().out, pipeline)
    check("impact.md", Path("impact.md").read_text(), pipeline)
    check("impact.json", Path("impact.json").read_text(), pipeline)
    jsonschema.validate(found, json.loads(schema_file("keran.impact-1").read_text()))
    assert Impact.model_validate(found).model_dump(mode="json", by_alias=True) == found
    assert found["schema"] == "keran.impact/1"
    assert found["old_model"].startswith(f"{CHALLENGER}#")
    assert sum(found["causes"].values()) == found["flips"]["listings"]
    assert min(found["causes"][cause] for cause in ("model", "policy")) > 0


def test_with_one_model_every_flip_is_the_policies(tmp_path, monkeypatch):
    found = run(tmp_path, monkeypatch)
    assert found["causes"] == dict.fromkeys(found["causes"], 0) | {"policy": found["flips"]["listings"]}
    assert found["causes"]["policy"] > 0
    assert (found["old_model"], found["old_as_of"]) == (found["model"], found["as_of"])


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
    changes = changes_in(sides, run)
    assert changes[0].comparison.effect is Effect.NEWLY_BLOCKED
    assert caused(sides, run._replace(classifications=held), run, changes) == {0: cause}


def decided(folder, policy=OLD):
    """Decide the catalogue's lines under a policy, as a file of decisions."""
    path = folder / "decisions.jsonl"
    told = keran("replay", str(EVENTS), "--output", str(path), "--policy", str(policy), "--as-of", AS_OF.text)
    assert told.returncode == 0, told.stderr
    return path


def test_against_what_stands_the_flips_are_those_against_the_pair_that_decided_it(tmp_path):
    """But for the one listing that a later event removed: nothing stands of it."""
    asked = ["--policy", str(NEW), "--on", str(EVENTS), "--as-of", AS_OF.text, "--json", "-"]
    stands = json.loads(keran("impact", "--decided", str(decided(tmp_path)), *asked).stdout)
    again = json.loads(keran("impact", "--old-policy", str(OLD), *asked).stdout)
    jsonschema.validate(stands, json.loads(schema_file("keran.impact-1").read_text()))
    assert stands["stood"]["skipped"] == {"removed": 1}
    assert (stands["decided"], stands["records"]) == (again["decided"] - 1, again["records"])
    assert stands["flips"]["listings"] == again["flips"]["listings"] == stands["causes"]["policy"]
    assert [sort["old"] for sort in stands["sorts"]] == [sort["old"] for sort in again["sorts"]]
    assert again["stood"] is None


def test_the_report_against_what_stands_is_word_for_word(pipeline, tmp_path, monkeypatch, capfd):
    decided(tmp_path)
    shutil.copy(EVENTS, tmp_path)
    shutil.copy(NEW, tmp_path)
    monkeypatch.setenv("KERAN_SHELF", str(ROOT / "models"))
    monkeypatch.chdir(tmp_path)
    stands, new = ("decisions.jsonl",), Path("new.yaml")
    compared = Compared((), [new], as_of=AS_OF, decided=stands)
    wanted = Wanted(Path(*stands), new, "events.jsonl", examples=1, decided=stands)
    assert impact_files(wanted, [], lambda settings: compared, 1) == 0
    check("impact-decided.txt", capfd.readouterr().out, pipeline)


def test_what_stands_and_a_second_way_of_deciding_contradict_each_other(tmp_path):
    path = str(decided(tmp_path))
    others = ["--old-policy", "x", "--old-model", "m", "--old-as-of", "event", "--processes", "2"]
    told = keran("impact", "--decided", path, "--on", str(EVENTS), *others)
    assert (told.returncode, told.stdout) == (2, b"")
    assert told.stderr.decode() == (GOLDEN / "impact-contradictions.txt").read_text()


def test_the_topic_is_compared_with_what_stands_on_decisions_and_nothing_else():
    """Told before any broker is asked."""
    told = keran(
        "impact", "--on", "topic", "--decided", "x", "--old-model", "m", "--labels", "l", "--json", "no/folder"
    )
    assert (told.returncode, told.stdout) == (2, b"")
    assert told.stderr.decode() == (GOLDEN / "impact-topic.txt").read_text()


@pytest.fixture
def labelled(tmp_path):
    """Three listings that the new edition blocks, a label that holds for one, and their decisions under it."""
    events, labels, decisions = (str(tmp_path / name) for name in ("events.jsonl", "labels.jsonl", "decisions.jsonl"))
    Path(events).write_bytes(b"".join(line(number) + b"\n" for number in (1, 2, 3)))
    said = [
        given("LB-1", listing_id="L-1", title="KERIPIK tempe  renyah gurih"),
        given("LB-2", listing_id="L-2", title="Another title than it has now"),
    ]
    Path(labels).write_text("".join(json.dumps(label) + "\n" for label in said))
    told = keran("replay", events, "--output", decisions, "--policy", str(NEW), "--labels", labels)
    assert told.returncode == 0, told.stderr
    return events, labels, decisions


def test_what_was_decided_under_labels_does_not_flip_under_them(labelled, pipeline):
    """Without them it would, by neither model nor policy; and the report says that there are some."""
    events, labels, decisions = labelled
    asked = ["impact", "--decided", decisions, "--policy", str(NEW), "--on", events]
    under = json.loads(keran(*asked, "--labels", labels, "--json", "-").stdout)
    jsonschema.validate(under, json.loads(schema_file("keran.impact-1").read_text()))
    assert (under["flips"]["listings"], under["effects"]["unchanged"]) == (0, 3)
    assert under["labels"] == {"given": True, "before": 1, "after": 1}
    assert (under["stood"]["labelled"], under["stood"]["models"]) == (1, {pipeline.model.id: 2})
    without = json.loads(keran(*asked, "--json", "-").stdout)
    assert (without["flips"]["listings"], without["causes"]["untold"]) == (1, 1)
    words = " ".join(keran(*asked).stdout.decode().split())
    assert f"decided by model {pipeline.model.id} (2), by people's labels (1) events" in words
    assert (
        "resting on a person's label: 1 decision before, 0 after; no labels were given, `--labels` names them" in words
    )


@pytest.mark.parametrize("processes", ["1", "2"])
def test_both_sides_decide_under_labels(labelled, processes):
    events, labels, _ = labelled
    asked = ["--old-policy", str(OLD), "--policy", str(NEW), "--on", events, "--labels", labels, "--json", "-"]
    found = json.loads(keran("impact", *asked, "--processes", processes).stdout)
    assert found["effects"]["newly_blocked"] == 2
    assert found["labels"] == {"given": True, "before": 1, "after": 1}


def test_a_policy_diff_decides_under_labels_too(labelled):
    events, labels, _ = labelled
    asked = ["policy", "diff", str(OLD), str(NEW), "--on", events, "--labels", labels]
    found = json.loads(keran(*asked, "--json", "-").stdout)
    assert (found["effects"]["newly_blocked"], found["labels"]["after"]) == (2, 1)
    words = " ".join(keran(*asked).stdout.decode().split())
    assert "resting on a person's label: 1 decision before, 1 after 3 records" in words
