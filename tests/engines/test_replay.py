"""Replay: the pipeline over files, the same bytes out as from records, nothing lost between the lines."""

import base64
import io
import json
import sys

import orjson
import pytest

from stream.classify.normalise import digests_of
from stream.contract.answer import Answer
from stream.contract.instant import parse_instant
from stream.contract.outcome import Kind
from stream.contract.record import FileRecord
from stream.engines.replay import replay
from stream.problems import BadSetup
from tests.conftest import value_with

AS_OF = parse_instant("2021-08-03T02:00:01Z")
LINES = [
    value_with(),
    b"broken",
    value_with(listing__id="L-2", event_type="listing.removed"),
    b"",
    b'{"title": "ta\xff"}',
    value_with(listing__id="L-3", listing__title="keripik tempe"),
]


@pytest.fixture
def files(tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_bytes(b"\n".join(LINES) + b"\n")
    return source, tmp_path / "out.jsonl", tmp_path / "dead.jsonl"


def test_every_line_has_its_outcome_in_order(pipeline, files):
    source, output, dead = files
    tally = replay(pipeline, str(source), str(output), str(dead), as_of=AS_OF)
    decided, letters = (path.read_bytes().splitlines() for path in (output, dead))
    assert [orjson.loads(line)["listing_id"] for line in decided] == ["L-1", "L-2", "L-3"]
    assert orjson.loads(decided[1]) == {"listing_id": "L-2", "decision": None}
    assert [orjson.loads(line)["keran-offset"] for line in letters] == ["1", "3", "4"]
    assert tally.total() == len(LINES)


def test_a_replay_writes_the_bytes_that_the_worker_publishes(pipeline, files):
    """Promise 3: a record that came with key, topic and offset, and a line that has none of them, give the same decision."""
    source, output, _ = files
    replay(pipeline, str(source), str(output), as_of=AS_OF)
    records = [
        FileRecord(value, topic="listings", partition=5, offset=900 + n, timestamp=1) for n, value in enumerate(LINES)
    ]
    published = [o.value for o in pipeline.run(records, AS_OF) if o.kind is Kind.DECISION]
    assert [line for line in output.read_bytes().splitlines() if b'"decision":null' not in line] == published


@pytest.mark.parametrize("rows", [1, 2, 1000])
def test_the_size_of_a_run_changes_no_byte(pipeline, files, rows):
    source, output, dead = files
    replay(pipeline, str(source), str(output), str(dead), as_of=AS_OF)
    expected = output.read_bytes(), dead.read_bytes()
    replay(pipeline, str(source), str(output), str(dead), as_of=AS_OF, run_rows=rows)
    assert (output.read_bytes(), dead.read_bytes()) == expected


def test_a_dead_letter_keeps_its_bytes(pipeline, files):
    source, output, dead = files
    replay(pipeline, str(source), str(output), str(dead), as_of=AS_OF)
    letters = [orjson.loads(line) for line in dead.read_bytes().splitlines()]
    kept = [base64.b64decode(x["value_base64"]) if "value_base64" in x else x["value"].encode() for x in letters]
    assert kept == [LINES[1], LINES[3], LINES[4]]


def test_a_last_line_without_its_end_and_windows_line_ends_are_read(pipeline, tmp_path):
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(LINES[0] + b"\r\n" + LINES[5])
    assert replay(pipeline, str(source), str(output), as_of=AS_OF).total() == 2
    assert len(output.read_bytes().splitlines()) == 2


def test_standard_input_and_output(pipeline, files, monkeypatch):
    source, output, _ = files
    replay(pipeline, str(source), str(output), as_of=AS_OF)
    stdin, stdout = (io.TextIOWrapper(io.BytesIO(content)) for content in (source.read_bytes(), b""))
    monkeypatch.setattr(sys, "stdin", stdin)
    monkeypatch.setattr(sys, "stdout", stdout)
    replay(pipeline, "-", "-", as_of=AS_OF)
    assert stdout.buffer.getvalue() == output.read_bytes()


def test_progress_is_told_every_byte(pipeline, files):
    source, output, _ = files
    told = []
    replay(pipeline, str(source), str(output), as_of=AS_OF, run_rows=2, progress=told.append)
    assert sum(told) == source.stat().st_size


def test_a_file_that_cannot_be_opened_is_bad_setup(pipeline, files, tmp_path):
    source, output, _ = files
    with pytest.raises(BadSetup, match="file cannot be read: No such file"):
        replay(pipeline, str(tmp_path / "nope"), str(output), as_of=AS_OF)
    with pytest.raises(BadSetup, match="file cannot be written"):
        replay(pipeline, str(source), str(tmp_path / "nope" / "out"), as_of=AS_OF)


def test_without_an_as_of_dead_letters_carry_no_time(pipeline, files):
    """There is no clock in a replay: the same file gives the same bytes on every day."""
    source, output, dead = files
    replay(pipeline, str(source), str(output), str(dead), as_of=None)
    assert all("keran-time" not in json.loads(line) for line in dead.read_bytes().splitlines())
    assert orjson.loads(output.read_bytes().splitlines()[0])["as_of"] == "2021-08-03T09:00:00+07:00"


def test_under_labels_it_writes_the_bytes_of_the_pipeline_under_them(pipeline, files):
    source, output, _ = files
    answers = {"L-3": Answer("LB-1", "other", digests_of(["Keripik  TEMPE"])[0], 0)}
    replay(pipeline, str(source), str(output), as_of=AS_OF, labels=answers)
    records = [FileRecord(value) for value in LINES]
    published = [o.value for o in pipeline.run(records, AS_OF, labels=answers) if o.kind is Kind.DECISION]
    assert [line for line in output.read_bytes().splitlines() if b'"decision":null' not in line] == published
    assert b'"model":"label:LB-1"' in published[1]
