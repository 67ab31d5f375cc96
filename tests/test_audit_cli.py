"""`keran audit`: answers on standard output, counts on standard error, exit codes 0, 1 and 2, no traceback."""

import json
import subprocess
import sys

import pytest

from tests.archive.making import archive
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def folder(tmp_path_factory, pipeline):
    place = tmp_path_factory.mktemp("archive")
    archive(place, pipeline)
    return place


def keran_audit(*arguments):
    command = [sys.executable, "-m", "stream.cli", "audit", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=120)


def test_a_whole_archive_gives_a_receipt_that_holds_until_its_end_is_cut(folder, tmp_path):
    receipt, copy = tmp_path / "receipt.json", tmp_path / "copy"
    run = keran_audit("receipt", folder)
    assert run.returncode == 0
    receipt.write_text(run.stdout)
    whole = keran_audit("verify", folder, "--receipt", receipt)
    assert (whole.returncode, whole.stdout, whole.stderr) == (0, "", "15 records in 3 segments, whole\n")
    subprocess.run(["cp", "-r", folder, copy], check=True)
    max(copy.glob("records/decisions/0/*")).unlink()
    cut = keran_audit("verify", copy, "--receipt", receipt)
    assert (cut.returncode, cut.stdout) == (
        1,
        "decisions/0: the archive ends before offset 19, the receipt's before 29: its end is missing\n",
    )


def test_export_writes_json_and_exits_with_1_where_there_is_nothing(folder, tmp_path):
    page = tmp_path / "page.html"
    found = keran_audit("export", "L-1", "--from", folder, "--html", page)
    assert found.returncode == 0, found.stderr
    assert [entry["offset"] for entry in json.loads(found.stdout)["entries"]] == [2, 16]
    assert "Statement of reasons" in page.read_text()
    assert keran_audit("export", "L-99", "--from", folder).returncode == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("verify", "models"),
            "error: no archive here\n  --> models\n  hint: a folder that `keran archive --to` wrote\n",
        ),
        (
            ("export", "L", "--from", "FOLDER", "--events", "no.jsonl"),
            "error: file cannot be read: No such file or directory\n  --> no.jsonl\n  hint: a file of listing events, one a line\n",
        ),
        (
            ("verify", "FOLDER", "--receipt", "Makefile"),
            "error: expected a receipt\n  --> Makefile\n  hint: a file that `keran audit receipt` wrote\n",
        ),
    ],
)
def test_bad_setup_is_told_with_its_place_and_a_hint(folder, arguments, said):
    run = keran_audit(*(folder if word == "FOLDER" else word for word in arguments))
    assert (run.returncode, run.stderr) == (2, said)
