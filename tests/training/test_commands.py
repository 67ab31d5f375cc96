"""`keran train`, `publish`, `models`, `learning-curve` as their users meet them: exit codes, outputs, files."""

import csv
import os

import pytest

from stream.classify import artifact
from tests.conftest import ROOT
from tests.test_cli import keran
from tests.training.shops import CLUSTERS, shop_rows, write_rows

GATES = "schema: keran.gates/1\ngates:\n  - {gate: macro, figure: all.macro_f1, at_least: 0.3}\n"
NAMED = [option for name in CLUSTERS for option in ("--cluster", name)]
# The one entry that ships.
(SHIPPED,) = os.listdir(ROOT / "models")
BAD = ({"text": "tas", "cluster": "textile-fasion"}, {"text": "", "cluster": "craft"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Rows, two of them bad, and gates that are easily passed."""
    folder = tmp_path_factory.mktemp("commands")
    write_rows(folder / "rows.jsonl", shop_rows(), *BAD)
    (folder / "gates.yaml").write_text(GATES)
    return folder


def train(folder, model_id, *arguments):
    places = ("--shelf", folder / "shelf", "--candidates", folder / "candidates")
    rows = ("--rows", folder / "rows.jsonl", "--no-corpus", *NAMED)
    return keran("train", model_id, *map(str, (*rows, *places, *arguments)))


@pytest.fixture(scope="module")
def published(folder):
    files = ("--bad-rows", folder / "bad.csv", "--label-errors", folder / "errors.csv")
    return train(folder, "tiny-1", "--gates-file", folder / "gates.yaml", *files)


def test_rows_become_a_published_model(published, folder):
    assert published.returncode == 0, published.stderr.decode()
    assert published.stdout.decode() == f"published {folder}/shelf/tiny-1\n"
    assert artifact.load_model(folder / "shelf").id.startswith("tiny-1#")


def test_bad_rows_are_told_and_written(published, folder):
    said = published.stderr.decode()
    assert "2 bad rows left out: 1 unknown-cluster, 1 empty-text" in said
    last = len(shop_rows())
    assert (
        f"  {folder}/rows.jsonl:{last + 1}: expected one of `craft`, `culinary`, `other`, `textile_fashion`, got `textile-fasion`, did you mean `textile_fashion`?"
        in said
    )
    with (folder / "bad.csv").open(encoding="utf-8") as file:
        assert [row["place"].rpartition(":")[2] for row in csv.DictReader(file)] == [str(last + 1), str(last + 2)]


def test_likely_label_errors_are_written(published, folder):
    with (folder / "errors.csv").open(encoding="utf-8") as file:
        errors = list(csv.DictReader(file))
    assert f"{len(errors):,} labels are likely wrong, the likeliest first in {folder}/errors.csv" in published.stderr.decode()  # fmt: skip
    assert all(error["cluster"] != error["likelier"] for error in errors)


def test_the_shelf_is_listed_with_what_each_learnt_from(published, folder):
    shown = keran("models", "--shelf", str(folder / "shelf"), COLUMNS="200").stdout.decode()
    manifest, digest = artifact.read_manifest(folder / "shelf/tiny-1")
    for words in (
        "tiny-1",
        digest[:8],
        f"{len(shop_rows())} rows of 5 sources; seed 1",
        "by source",
        f"led by {manifest.abstain_lead:.2f}",
    ):
        assert words in shown
    assert f"{manifest.training['held_out']['macro_f1']:.3f}" in shown


def test_a_refusal_names_the_gate_and_exits_with_1_and_publishing_by_other_gates_goes_on(folder):
    run = train(folder, "tiny-2")
    assert run.returncode == 1
    assert run.stdout.decode() == f"refused {folder}/candidates/tiny-2\n"
    assert "gate `all-macro-f1` refuses `tiny-2#" in run.stderr.decode()
    assert not (folder / "shelf/tiny-2").exists()
    places = ("--shelf", str(folder / "shelf"), "--candidates", str(folder / "candidates"))
    again = keran("publish", "tiny-2", *places, "--gates-file", str(folder / "gates.yaml"))
    assert (again.returncode, again.stdout.decode()) == (0, f"published {folder}/shelf/tiny-2\n")


def test_a_candidate_only_asks_no_gate_and_the_same_command_gives_the_same_bytes(folder):
    place, found = folder / "candidates/tiny-3", []
    for _ in range(2):
        run = train(folder, "tiny-3", "--candidate-only")
        assert (run.returncode, run.stdout.decode()) == (0, f"candidate {place}\n")
        found.append({file.name: file.read_bytes() for file in place.iterdir()})
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Tiny 1"], "expected an id of small letters, digits, `.`, `_` and `-`, got `Tiny 1`"),
        (["tiny-4", "--no-corpus"], "nothing to learn from"),
        (["tiny-4", "--rows", "missing.csv"], "file cannot be read: No such file or directory\n  --> missing.csv"),
        (["tiny-4", "--gates-file", "missing.yaml"], "file cannot be read"),
        (["tiny-4", "--champion", "nobody"], "unknown model `nobody`"),
        ([SHIPPED], f"model `{SHIPPED}` is already published"),
    ],
)
def test_what_cannot_come_to_anything_is_refused_before_it_costs_a_minute(arguments, message):
    run = keran("train", *arguments)
    assert run.returncode == 2
    assert message in run.stderr.decode()
    assert "Traceback" not in run.stderr.decode()
    assert run.stdout == b""


def test_the_learning_curve_is_shown_and_written(folder):
    rows = str(folder / "rows.jsonl")
    run = keran("learning-curve", "--rows", rows, "--no-corpus", *NAMED, "--share", "0.2", "--share", "1", "--csv", str(folder / "curve.csv"))  # fmt: skip
    assert run.returncode == 0, run.stderr.decode()
    assert "macro-F1, held out" in run.stdout.decode()
    with (folder / "curve.csv").open(encoding="utf-8") as file:
        points = list(csv.DictReader(file))
    assert [point["share"] for point in points] == ["0.2", "1.0"]
    assert float(points[0]["macro_f1"]) < float(points[1]["macro_f1"])


def test_the_shelf_that_ships_is_listed():
    run = keran("models")
    assert run.returncode == 0
    for name in os.listdir(ROOT / "models"):
        assert name in run.stdout.decode()
