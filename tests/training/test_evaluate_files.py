"""`keran evaluate`: files in, files and words out, an exit code; titles only where they were asked for."""

import csv
import hashlib
import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from stream.problems import BadSetup
from tests.conftest import ROOT
from tests.test_cli import keran
from tests.training.measuring import LABELLED, answered, labelled, shipped
from training.disputed import find_disputed
from training.evaluate import AS_SHIPPED
from training.evaluate_files import Wanted, asked_with, countries_of, evaluate_files
from training.figures.evaluation import Evaluation

QUICK = AS_SHIPPED._replace(resamples=50)
SHIPPED_ID = shipped().id.split("#")[0]


def held(tmp_path) -> str:
    """A gates file that the shipped model passes, and one floor that nothing passes."""
    path = tmp_path / "gates.yaml"
    path.write_text("schema: keran.gates/1\ngates:\n  - {gate: easy, figure: all.macro_f1, at_least: 0.5}\n")
    return str(path)


def test_every_figure_is_written_and_the_table_shown(tmp_path):
    run = keran(
        "evaluate", "--data", str(LABELLED), "--json", str(tmp_path / "out.json"), "--gates-file", held(tmp_path)
    )
    assert run.returncode == 0, run.stderr.decode()
    found = Evaluation.from_json((tmp_path / "out.json").read_bytes())
    assert found.model == shipped().id
    assert found.measured.data == "labelled_rows.jsonl"
    assert found.measured.sha256 == hashlib.sha256(LABELLED.read_bytes()).hexdigest()
    assert (found.measured.rows, found.indonesian.rows, found.refused) == (212, 92, [])
    assert f"{found.indonesian.macro_f1:.3f}" in run.stdout.decode()


def test_a_refusing_gate_is_told_and_exits_with_1_after_everything_is_written(tmp_path):
    gates, out, html = tmp_path / "gates.yaml", tmp_path / "out.json", tmp_path / "out.html"
    gates.write_text("schema: keran.gates/1\ngates:\n  - {gate: perfect, figure: all.accuracy, at_least: 1}\n")
    options = ("--html", str(html), "--champion", SHIPPED_ID, "--gates-file", str(gates))
    run = keran("evaluate", "--data", str(LABELLED), "--json", str(out), *options)
    said = f"error: gate `perfect` refuses `{shipped().id}`: expected `all.accuracy` of at least 1"
    assert (run.returncode, run.stderr.decode()[: len(said)]) == (1, said)
    assert json.loads(out.read_text())["refused"] == ["perfect"]
    assert json.loads(out.read_text())["champion"]["all"]["macro_f1"]["difference"] == 0
    wrong = [row.text for row, right in zip(labelled()[0], answered().right, strict=True) if not right]
    assert all(title in html.read_text() for title in wrong)
    assert not any(title in out.read_text() or title in run.stdout.decode() for title in wrong)


def test_bad_rows_are_listed_with_their_lines_and_counted(tmp_path, capsys):
    data, out = tmp_path / "rows.csv", tmp_path / "out.json"
    with data.open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["text", "cluster", "country"])
        lines.writerows([["kopi bubuk", "culinary", "ID"], ["gamis", "fashion", "ID"], ["tas rotan", "craft", "VN"]])
        lines.writerow(["", "other", ""])
    evaluate_files(ROOT / "models", Wanted([data], out, model=SHIPPED_ID), Console(file=io.StringIO()))
    said = capsys.readouterr().err
    assert said.startswith("2 bad rows left out: 1 unknown-cluster, 1 empty-text\n")
    assert f"  {data}:3: expected one of `craft`, `culinary`, `other`, `textile_fashion`, got `fashion`" in said
    found = Evaluation.from_json(out.read_bytes())
    assert (found.measured.rows, found.measured.bad_rows, found.indonesian.rows) == (2, 2, 1)
    assert set(found.by["country"]) == {"ID", "VN"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"data": [Path("none.jsonl")]}, "error: file cannot be read: No such file or directory\n  --> none.jsonl"),
        ({"model": "cluster-x"}, "error: unknown model `cluster-x`"),
        ({"champion": "cluster-x"}, "error: unknown model `cluster-x`"),
        ({"gates": Path("none.yaml")}, "error: file cannot be read: No such file or directory\n  --> none.yaml"),
        ({"disputed": Path("none.txt")}, "error: file cannot be read"),
        (
            {"json": Path("none/out.json"), "html": Path("none/out.html")},
            "error: no such folder\n  --> none/out.json\n  hint: make it, or name another file\n"
            "error: no such folder\n  --> none/out.html",
        ),
    ],
)
def test_bad_setup_is_told_and_nothing_is_written(changed, said, tmp_path):
    wanted = Wanted([LABELLED], tmp_path / "out.json", model=SHIPPED_ID, asked=QUICK)._replace(**changed)
    with pytest.raises(BadSetup) as bad:
        evaluate_files(ROOT / "models", wanted, Console(file=io.StringIO()))
    assert str(bad.value).startswith(said)
    assert not (tmp_path / "out.json").exists()


def test_disputed_titles_are_found_in_the_rows(tmp_path):
    rows, _ = labelled()
    listed = tmp_path / "disputed.txt"
    listed.write_text(f"# title, reason\n{rows[7].text}\tsold by a craft shop\n\n{rows[3].text}\n", encoding="utf-8")
    assert find_disputed(listed, rows) == [3, 7]


def test_a_disputed_title_that_no_row_has_is_refused(tmp_path):
    listed = tmp_path / "disputed.txt"
    listed.write_text("gamis batik impor\n", encoding="utf-8")
    with pytest.raises(BadSetup) as bad:
        find_disputed(listed, labelled()[0])
    assert str(bad.value) == (
        f"error: no row has the title `gamis batik impor`\n  --> {listed}:1\n"
        "  hint: write the title as it stands in the rows, and nothing else before a tab"
    )


def test_countries_are_those_that_the_lines_say(tmp_path):
    from training.read_rows import read_rows

    read = read_rows([LABELLED])
    assert countries_of([LABELLED], read.rows) == labelled()[1]


def test_another_block_rule_may_be_asked():
    assert asked_with(None, 0.8).rule.closed == ("textile_fashion", "culinary", "craft")
    assert asked_with(["toys"], 0.6).rule == (("toys",), 0.6)
