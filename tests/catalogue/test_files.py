"""Catalogues in files: every row once and in order, whatever it is kept in; what is no catalogue is told with its place."""

import gzip
from itertools import pairwise

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stream.catalogue import files
from stream.catalogue.arrow import records_of
from stream.catalogue.files import check_catalogue, listings_in, pieces_of
from stream.problems import BadSetup

VALUES = [b'{"n": %d}' % n for n in range(1_000)] + [b"", b"\xff broken", b"x" * 5_000]
NO_COLUMN = """error: there is no column `value`, did you mean `values`?
  --> values.parquet
  hint: write the event's bytes as a `binary` column `value`"""
WRONG_TYPE = """error: expected column `value` of type `binary`, got `string`
  --> text.parquet
  hint: write the event's bytes as a `binary` column `value`"""
NO_PARQUET = """error: this is not a Parquet file
  --> broken.parquet
  hint: name a Parquet file, or JSONL with another ending"""
NOTHING_THERE = """error: file cannot be read: No such file or directory
  --> nope.jsonl
  hint: name another file"""
EMPTY_FOLDER = """error: there is no Parquet file in the folder
  --> empty
  hint: name a folder with files that end in `.parquet`"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_parquet(path, values, kind=None, **options):
    kind = kind or pa.binary()
    pq.write_table(pa.table({"other": range(len(values)), "value": pa.array(values, kind)}), path, **options)


def kept_as(kind, folder):
    lines = b"\n".join(VALUES) + b"\n"
    path = folder / kind
    match kind:
        case "lines.jsonl":
            path.write_bytes(lines)
        case "lines.jsonl.gz":
            path.write_bytes(gzip.compress(lines))
        case "lines.jsonl.zst":
            with pa.output_stream(path, compression="zstd") as packed:
                packed.write(lines)
        case "one.parquet" | "large.parquet":
            large = pa.large_binary() if kind.startswith("large") else None
            write_parquet(path, VALUES, large, row_group_size=300)
        case "folder":
            path.mkdir()
            write_parquet(path / "a.parquet", VALUES[:400], row_group_size=64)
            write_parquet(path / "b.parquet", VALUES[400:])
    return path


@pytest.mark.parametrize("rows", [1, 7, 4_000])
@pytest.mark.parametrize(
    "kind", ["lines.jsonl", "lines.jsonl.gz", "lines.jsonl.zst", "one.parquet", "large.parquet", "folder"]
)
def test_every_row_is_read_once_and_in_order(folder, monkeypatch, kind, rows):
    """Bytes and all, also where lines are cut into many pieces."""
    monkeypatch.setattr(files, "PIECE_BYTES", 100)
    records = [one for batch in listings_in(kept_as(kind, folder), rows) for one in records_of(batch)]
    assert [record.value for record in records] == VALUES
    numbers = [*range(400), *range(len(VALUES) - 400)] if kind == "folder" else list(range(len(VALUES)))
    assert [record.offset for record in records] == numbers


def test_lines_are_cut_at_their_ends(folder, monkeypatch):
    monkeypatch.setattr(files, "PIECE_BYTES", 100)
    pieces = list(pieces_of(kept_as("lines.jsonl", folder)))
    assert len(pieces) > 50
    assert all(one.end == then.begin for one, then in pairwise(pieces))


def test_a_null_value_keeps_its_key(folder):
    """A removal on a compacted topic has nothing else."""
    table = pa.table({"key": pa.array([b"L-1"], pa.binary()), "value": pa.array([None], pa.binary())})
    pq.write_table(table, "removed.parquet")
    (record,) = [one for batch in listings_in("removed.parquet") for one in records_of(batch)]
    assert (record.key, record.value) == (b"L-1", None)


def test_what_is_no_catalogue_is_told_word_for_word(folder):
    pq.write_table(pa.table({"values": [b"{}"]}), "values.parquet")
    write_parquet("text.parquet", ["{}"], pa.string())
    (folder / "broken.parquet").write_bytes(b"{}\n")
    (folder / "empty").mkdir()
    told = {
        "values.parquet": NO_COLUMN,
        "text.parquet": WRONG_TYPE,
        "broken.parquet": NO_PARQUET,
        "nope.jsonl": NOTHING_THERE,
        "empty": EMPTY_FOLDER,
    }
    for path, expected in told.items():
        with pytest.raises(BadSetup) as refused:
            check_catalogue(path)
        assert str(refused.value) == expected


def test_all_files_of_a_folder_are_checked_at_once(folder):
    (folder / "many").mkdir()
    for name in ("a", "b"):
        (folder / "many" / f"{name}.parquet").write_bytes(b"{}\n")
    with pytest.raises(BadSetup) as refused:
        check_catalogue("many")
    assert [problem.place for problem in refused.value.problems] == ["many/a.parquet", "many/b.parquet"]
