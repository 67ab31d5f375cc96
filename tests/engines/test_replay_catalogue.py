"""A replay of a catalogue writes the bytes of a replay of lines, on however many processes and into whatever file."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stream.catalogue import files
from stream.catalogue.arrow import OUTCOMES
from stream.contract.instant import parse_instant
from stream.contract.outcome import Kind
from stream.contract.record import FileRecord
from stream.engines.replay import STANDARD, replay
from stream.engines.replay_catalogue import Deciding, Outputs, replay_catalogue
from stream.engines.replay_files import Wanted, replay_files
from stream.problems import BadSetup
from tests.conftest import ROOT, value_with
from tests.test_cli import keran

AS_OF = parse_instant("2021-08-03T02:00:01Z")
SAMPLES = (ROOT / "tests/samples/listings.jsonl").read_bytes().splitlines()
VALUES = [
    *SAMPLES,
    b"broken",
    value_with(listing__id="L-2", event_type="listing.removed"),
    b"",
    b'{"title":"ta\xff"}',
] * 3


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The same listings as lines and as Parquet, in many pieces, and what a replay of the lines writes."""
    monkeypatch.setattr(files, "PIECE_BYTES", 4_000)
    (tmp_path / "in.jsonl").write_bytes(b"\n".join(VALUES) + b"\n")
    pq.write_table(pa.table({"value": pa.array(VALUES, pa.binary())}), tmp_path / "in.parquet", row_group_size=40)
    return tmp_path


def plain(pipeline, folder):
    source, *written = (folder / name for name in ("in.jsonl", "plain.jsonl", "plain.dead"))
    tally = replay(pipeline, str(source), *map(str, written), as_of=AS_OF)
    return tally, [file.read_bytes() for file in written]


@pytest.mark.parametrize(("source", "processes"), [("in.jsonl", 1), ("in.parquet", 1), ("in.jsonl", 2)])
def test_lines_are_those_of_a_replay_byte_for_byte(pipeline, folder, source, processes):
    tally, (decisions, dead) = plain(pipeline, folder)
    outputs = Outputs(str(folder / "out.jsonl"), str(folder / "dead.jsonl"))
    assert replay_catalogue(Deciding(as_of=AS_OF), str(folder / source), outputs, processes) == tally
    assert (folder / "out.jsonl").read_bytes() == decisions
    letters = (folder / "dead.jsonl").read_bytes()
    assert letters.replace(source.encode(), b"in.jsonl") == dead
    assert not list(folder.glob(".keran-parts-*"))


@pytest.mark.parametrize("processes", [1, 2])
def test_parquet_holds_every_outcome_as_it_would_go_out(pipeline, folder, processes):
    """Promise 1, in Arrow: one row a record and in order, removals and dead letters too. Two processes: the command."""
    source, output = str(folder / "in.parquet"), str(folder / "out.parquet")
    if processes == 1:
        replay_catalogue(Deciding(as_of=AS_OF), source, Outputs(output), 1)
    else:
        told = keran("replay", source, "--output", output, "--processes", "2", "--as-of", AS_OF.text)
        assert (told.returncode, told.stderr.decode().split(": ")[0]) == (0, f"{len(VALUES):,} outcomes")
    found = pq.read_table(folder / "out.parquet")
    records = [FileRecord(value, topic="in.parquet", offset=n) for n, value in enumerate(VALUES)]
    expected = pipeline.run(records, AS_OF)
    assert found.schema.equals(OUTCOMES)
    assert found["kind"].to_pylist() == [str(outcome.kind) for outcome in expected]
    assert found["value"].to_pylist() == [outcome.value for outcome in expected]
    assert found["review"].to_pylist() == [outcome.review for outcome in expected]
    headers = [[(each["name"], each["value"]) for each in row] for row in found["headers"].to_pylist()]
    assert headers == [list(outcome.headers) for outcome in expected]
    assert {Kind.DEAD_LETTER, Kind.TOMBSTONE, Kind.DECISION} == set(found["kind"].to_pylist())


def test_every_problem_is_told_at_once_and_nothing_is_written(folder):
    kept = folder / "kept.parquet"
    kept.write_bytes(b"kept")
    told = keran("replay", "nope.parquet", "--output", str(kept), "--policy", "none.yaml", "--as-of", "soon")
    places = [text.splitlines()[1].strip() for text in told.stderr.decode().split("\n\n")]
    assert (told.returncode, kept.read_bytes()) == (2, b"kept")
    assert places == ["--> command line, `--as-of`", "--> nope.parquet", "--> none.yaml"]


def test_standard_input_is_no_catalogue(folder):
    wanted = Wanted(STANDARD, str(folder / "out.jsonl"), None, [], None, 2)
    with pytest.raises(BadSetup) as told:
        replay_files(wanted, [], lambda settings: (None, None))
    assert str(told.value) == (
        "error: a catalogue cannot be read from standard input\n  --> command line, `IN.jsonl`\n"
        "  hint: leave out `--processes` and write lines, or name a file"
    )
