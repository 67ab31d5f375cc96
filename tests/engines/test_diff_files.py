"""`keran policy diff` as its users meet it: three outputs word for word, exit codes, every problem at once.

`GOLDEN=write` writes the outputs anew. Models are named `MODEL` in them and digests `#DIGEST`: the next may be others.
"""

import json
import os
import re
import shutil
from pathlib import Path

import jsonschema
import pytest

from stream.contract.diff import Diff
from stream.contract.schemas import schema_file
from stream.engines.diff_files import Wanted, diff_files
from stream.problems import BadSetup
from tests.changes.making import EVENTS, HERE, NEW, OLD, line
from tests.test_cli import keran

GOLDEN = HERE / "golden"
FILES = ("old.yaml", "new.yaml", "events.jsonl")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the two editions and the events, where places are told by file name alone."""
    for name in FILES:
        shutil.copy(HERE / name, tmp_path)
    for setting in ("models", "policies"):
        (tmp_path / setting).symlink_to(Path(setting).resolve())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(**options):
    """Compare the two editions on the events, with options as the command line gives them."""
    given = {"old": Path("old.yaml"), "new": Path("new.yaml"), "events": "events.jsonl"} | options
    return diff_files(Wanted(**given), [], lambda settings: (settings.as_of, None))


def check(name: str, found: str, pipeline) -> None:
    named = re.sub("#[0-9a-f]{8}", "#DIGEST", found.replace(pipeline.model.id, "MODEL"))
    told = "".join(f"{text.rstrip()}\n" for text in named.splitlines())
    expected = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        expected.write_text(told)
    assert told == expected.read_text()


def test_the_three_outputs_are_word_for_word(pipeline, folder, capfd):
    assert run(json="out.json", markdown="out.md", max_flips="50%", max_local_blocks="4") == 1
    shown, errors = capfd.readouterr()
    check("report.txt", shown, pipeline)
    check("report.md", Path("out.md").read_text(), pipeline)
    check("report.json", Path("out.json").read_text(), pipeline)
    check("over_budget.txt", errors, pipeline)


def test_the_json_is_what_its_schema_and_model_say(folder):
    run(json="out.json", max_flips="100%", max_local_blocks="0")
    found = json.loads(Path("out.json").read_text())
    jsonschema.validate(found, json.loads(schema_file("keran.diff-1").read_text()))
    assert Diff.model_validate(found).model_dump(mode="json", by_alias=True) == found


def test_the_same_events_give_the_same_bytes(folder):
    for name in ("once.json", "again.json"):
        run(json=name)
    assert Path("once.json").read_bytes() == Path("again.json").read_bytes()


@pytest.mark.parametrize(
    ("budgets", "code"),
    [
        ({}, 0),
        ({"max_flips": "6"}, 0),
        ({"max_flips": "5"}, 1),
        ({"max_local_blocks": "4"}, 0),
        ({"max_local_blocks": "3"}, 1),
        ({"max_flips": "100%", "max_local_blocks": "0"}, 1),
    ],
)
def test_the_exit_code_says_whether_every_budget_is_kept(folder, capfd, budgets, code):
    assert run(**budgets) == code
    assert ("over budget: " in capfd.readouterr().err) == bool(code)


def test_a_file_in_which_nothing_is_decided_keeps_no_budget(folder, capfd):
    Path("events.jsonl").write_bytes(b"broken\n")
    assert (run(), run(max_flips="100%")) == (0, 1)
    shown, errors = capfd.readouterr()
    assert "no listing was decided" in shown
    assert errors == "over budget: `--max-flips 100%` cannot be held to anything: no listing was decided\n"


@pytest.mark.parametrize("option", ["json", "markdown"])
def test_a_report_on_standard_output_stands_alone(folder, capfd, option):
    run(**{option: "-"})
    written = capfd.readouterr().out
    run(**{option: "out"})
    assert written == Path("out").read_text()


def test_every_problem_is_told_at_once_before_anything_runs_or_is_written(folder, pipeline):
    """Options, settings, model, both policy sets and files; an output that stood there stays as it was."""
    Path("kept.json").write_text("kept")
    Path("models").unlink()
    Path("models").mkdir()
    given = {"old": Path("nope.yaml"), "new": Path("none.yaml"), "events": "nope.jsonl", "model": "nope"}
    with pytest.raises(BadSetup) as refused:
        run(**given, json="kept.json", markdown="nope/out.md", max_flips="many", max_local_blocks="few")
    assert Path("kept.json").read_text() == "kept"
    check("refused.txt", str(refused.value), pipeline)


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ({"json": "out", "markdown": "./out"}, "`--json` and `--markdown` name the same file\n  --> ./out"),
        ({"json": "-", "markdown": "-"}, "`--json` and `--markdown` name the same file\n  --> -"),
        ({"json": "events.jsonl"}, "`--on` and `--json` name the same file\n  --> events.jsonl"),
        ({"markdown": "models"}, "file cannot be written: Is a folder\n  --> models"),
    ],
)
def test_outputs_that_would_lose_something_are_refused(folder, outputs, message):
    before = Path("events.jsonl").read_bytes()
    with pytest.raises(BadSetup) as refused:
        run(**outputs)
    assert str(refused.value) == f"error: {message}\n  hint: name another file"
    assert Path("events.jsonl").read_bytes() == before


def test_the_command_takes_every_option_and_reads_standard_input():
    command = ["policy", "diff", str(OLD), str(NEW), "--on", "-", "--json", "-", "--as-of", "2021-08-03T00:00:00+07:00"]
    told = keran(
        *command, "--as-known-on", "2021-08-03T00:00:00Z", "--max-local-blocks", "0", "--examples", "0", stdin=line()
    )
    found = json.loads(told.stdout)
    assert told.returncode == 1
    assert (found["events"], found["local_blocks"], found["sorts"][0]["examples"]) == ("-", 1, [])
    assert (found["as_of"], found["as_known_on"]) == ("2021-08-03T00:00:00+07:00", "2021-08-03T00:00:00Z")


def test_the_command_tells_times_with_the_other_problems():
    told = keran(
        "policy",
        "diff",
        "nope",
        "nope",
        "--on",
        str(EVENTS),
        "--as-of",
        "x",
        "--as-known-on",
        "event",
        KERAN_RUN_ROWS="many",
    )
    shown = told.stderr.decode()
    assert (told.returncode, told.stdout) == (2, b"")
    assert [text.splitlines()[1].strip() for text in shown.split("\n\n")] == [
        "--> command line, `--as-of`",
        "--> command line, `--as-known-on`",
        "--> environment, `KERAN_RUN_ROWS`",
        "--> nope",
    ]


def test_the_pinned_clock_is_the_default_moment():
    told = keran(
        "policy",
        "diff",
        str(OLD),
        str(NEW),
        "--on",
        "-",
        "--json",
        "-",
        stdin=line(),
        KERAN_AS_OF="2021-08-02T00:00:00Z",
    )
    assert json.loads(told.stdout)["local_blocks"] == 0
