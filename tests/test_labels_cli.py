"""`keran labels` as its users meet it: rows, tables, counts, and what is refused, word for word."""

import csv
import json
import socket

import pytest

from tests.conftest import value_with
from tests.labels.making import given
from tests.test_cli import keran

LABELS = [
    given("LB-1", "craft", 1),
    given("LB-2", "other", 2, labelled_by="reviewer-2"),
    given("LB-3", "culinary", 3, listing_id="L-2", title="\u202ekopi [red]gayo"),
    given("LB-4", "culinary", 4, listing_id="L-3", title="kopi toraja"),
    given("LB-5", "culinary", 5, listing_id="L-3", title="kopi toraja", withdrawn=True),
]


@pytest.fixture
def labels(tmp_path):
    """A file of labels: two people disagree, one answer is taken back, one line is broken."""
    file = tmp_path / "labels.jsonl"
    file.write_text("\n".join(map(json.dumps, LABELS)) + "\n\n{\n", encoding="utf-8")
    return file


def test_export_writes_rows_and_disagreements_and_counts_what_it_left_out(labels, tmp_path):
    run = keran("labels", "export", str(labels), "--output", "-", "--disagreements", str(tmp_path / "d.csv"))
    assert run.returncode == 0
    rows = [json.loads(line) for line in run.stdout.splitlines()]
    assert [(row["title"], row["cluster"], row["source"]) for row in rows] == [
        ("mug batik", "other", "labels"),
        ("\u202ekopi [red]gayo", "culinary", "labels"),
    ]
    assert run.stderr.decode().replace(str(labels), "LABELS") == (
        "bad label left out: LABELS:7: `$`: invalid JSON: EOF while parsing an object at line 1 column 1\n"
        "5 labels, 1 bad label, 2 listings, 2 rows, 1 disagreement\n"
    )
    told = list(csv.DictReader((tmp_path / "d.csv").read_text(encoding="utf-8").splitlines()))
    assert [(row["labelled_by"], row["cluster"], row["wins"]) for row in told] == [
        ("reviewer-1", "craft", ""),
        ("reviewer-2", "other", "yes"),
    ]


def test_show_counts_rows_by_cluster_and_names_who_disagrees(labels):
    run = keran("labels", "show", str(labels))
    assert run.returncode == 0
    assert "mug batik: `craft` by reviewer-1, `other` by reviewer-2\n" in run.stdout.decode()
    assert "│ culinary │ 1    │" in run.stdout.decode()


def test_titles_are_shown_as_text():
    """A title that steers terminals or turns the line around is written out."""
    disputed = [given("LB-1", "craft", title="a\x1b[2J\u202eb"), given("LB-2", "other", labelled_by="r\n2", title="a\x1b[2J\u202eb")]  # fmt: skip
    run = keran("labels", "show", "-", stdin="\n".join(map(json.dumps, disputed)).encode())
    assert "a\\x1b[2J\\u202eb: `craft` by reviewer-1, `other` by r\\n2\n" in run.stdout.decode()


def test_a_file_that_is_not_there_is_bad_setup():
    run = keran("labels", "export", "none.jsonl", "--output", "-")
    assert (run.returncode, run.stderr.decode()) == (
        2,
        "error: file cannot be read: No such file or directory\n"
        "  --> none.jsonl\n"
        "  hint: name a file of labels, one a line, or `topic`\n",
    )


def test_no_broker_is_bad_setup():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        run = keran("labels", "show", "topic", KERAN_BROKER=f"127.0.0.1:{free.getsockname()[1]}")
    assert run.returncode == 2
    assert b"error: no broker lets us in at `127.0.0.1:" in run.stderr
    assert b"Traceback" not in run.stderr


@pytest.mark.parametrize("processes", ["1", "2"])
def test_labels_overrule_a_replay_and_bad_ones_are_told(tmp_path, processes):
    """In lines and over a catalogue alike: what a person answered, for the title that the person saw."""
    listings, labels, output = (tmp_path / name for name in ("in.jsonl", "labels.jsonl", "out.jsonl"))
    titles = ("Gamis wanita", "Gamis pria")
    events = [value_with(listing__id=f"L-{n}", listing__title=title) for n, title in enumerate(titles)]
    listings.write_bytes(b"\n".join(events) + b"\n")
    answers = [given(f"LB-{n}", "other", listing_id=f"L-{n}", title="GAMIS  wanita") for n in (0, 1)]
    labels.write_text("\n".join(map(json.dumps, answers)) + "\n{\n")
    named = ("--output", str(output), "--labels", str(labels), "--as-of", "event", "--processes", processes)
    run = keran("replay", str(listings), *named)
    assert run.returncode == 0, run.stderr
    assert run.stderr.decode().startswith(f"bad label left out: {labels}:3: ")
    decided = [json.loads(line) for line in output.read_text().splitlines()]
    assert [each["decision"] for each in decided] == ["allow", "block"]
    assert decided[0]["classification"]["model"] == "label:LB-0"
    assert not decided[1]["classification"]["model"].startswith("label:")


def test_labels_that_cannot_be_read_are_told_with_all_else():
    run = keran("replay", "-", "--output", "-", "--labels", "none.jsonl", "--model", "no-such", stdin=b"")
    assert (run.returncode, run.stdout) == (2, b"")
    said = run.stderr.decode()
    assert "error: file cannot be read: No such file or directory\n  --> none.jsonl\n" in said
    assert "no-such" in said


def test_events_and_labels_are_not_both_standard_input():
    run = keran("replay", "-", "--output", "-", "--labels", "-", stdin=b"")
    assert (run.returncode, run.stderr.decode()) == (
        2,
        "error: listing events and labels cannot both be standard input\n"
        "  --> command line, `--labels`\n"
        "  hint: name a file for one of them\n",
    )
