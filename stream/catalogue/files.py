"""Catalogues in files: JSONL, also gzip or zstd, a Parquet file, or a folder of them; batches of `LISTINGS` come out.

A catalogue is read in pieces, a row group or a stretch of whole lines each, so that whoever is free can read the next
one by itself. Memory is that of a batch and of the pages behind it, whatever a piece holds. It refuses to know what a
listing is and who decides it.
"""

from collections.abc import Iterator, Sequence
from hashlib import file_digest, sha256
from io import BufferedReader
from itertools import islice
from os.path import basename
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stream.on_disk import is_folder
from stream.problems import BadSetup, Problem, did_you_mean

BATCH_ROWS = 4_000
PIECE_BYTES = 16 << 20
_PARQUET = (".parquet", ".pq")
_PACKED = (".gz", ".zst", ".zstd")
_BINARY = (pa.types.is_binary, pa.types.is_large_binary)


class Piece(NamedTuple):
    """A part of a catalogue: row group `begin` of a Parquet file, or bytes `begin` to `end` of lines; all of a packed
    file, whose `end` is -1. Its first row is number `first` of its file, counted from 0.
    """

    path: str
    begin: int
    end: int
    first: int


def is_parquet(path: str | Path) -> bool:
    """Tell whether a path names Parquet, or a folder of it.

    >>> is_parquet("catalogue.parquet"), is_parquet("catalogue.jsonl.gz")
    (True, False)
    """
    return str(path).endswith(_PARQUET) or is_folder(path)


def check_catalogue(path: str | Path) -> None:
    """Find every problem of a catalogue, reading no listing. Raises BadSetup with all of them."""
    problems: list[Problem] = []
    files = _files_of(path)
    if not files:
        hint = "name a folder with files that end in `.parquet`"
        problems.append(Problem("there is no Parquet file in the folder", str(path), hint))
    for file in files:
        problems += _problems_of(file)
    if problems:
        raise BadSetup(problems)


def digest_of_files(paths: Sequence[str | Path]) -> str:
    """Give 16 digits of SHA-256 over the bytes of a catalogue's files, in order: another content, another digest."""
    digest = sha256()
    for file in (file for path in paths for file in _files_of(path)):
        with open(file, "rb") as opened:
            digest.update(file_digest(opened, "sha256").digest())
    return digest.hexdigest()[:16]


def pieces_of(path: str | Path) -> Iterator[Piece]:
    """Give the pieces of a catalogue in order; lines are cut as they are read. Raises BadSetup as `check_catalogue`."""
    check_catalogue(path)
    for file in _files_of(path):
        yield from _row_groups(file) if is_parquet(file) else _stretches(file)


def batches_of(piece: Piece, rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
    """Give the rows of a piece as batches of `LISTINGS`, at most so many a batch; an offset is the row's number."""
    found = _rows_of(piece, rows) if is_parquet(piece.path) else _lines_of(piece, rows)
    name, first = basename(piece.path), piece.first
    for columns in found:
        count = len(columns["value"])
        places = {"topic": pa.repeat(name, count), "offset": pa.array(np.arange(first, first + count))}
        yield pa.RecordBatch.from_pydict(columns | places)
        first += count


def listings_in(path: str | Path, rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
    """Give a whole catalogue as batches of `LISTINGS`, in bounded memory."""
    for piece in pieces_of(path):
        yield from batches_of(piece, rows)


def _files_of(path: str | Path) -> Sequence[str]:
    if not is_folder(path):
        return [str(path)]
    return [str(file) for file in sorted(Path(path).rglob("*")) if file.name.endswith(_PARQUET)]


def _problems_of(file: str) -> list[Problem]:
    try:
        with open(file, "rb"):
            pass
        return _column_problems(file, pq.read_schema(file)) if is_parquet(file) else []
    except pa.ArrowInvalid:
        return [Problem("this is not a Parquet file", file, "name a Parquet file, or JSONL with another ending")]
    except OSError as error:
        return [Problem(f"file cannot be read: {error.strerror or error}", file, "name another file")]


def _column_problems(file: str, schema: pa.Schema) -> list[Problem]:
    hint = "write the event's bytes as a `binary` column `value`"
    if "value" not in schema.names:
        return [Problem(f"there is no column `value`{did_you_mean('value', schema.names)}", file, hint)]
    wrong = [name for name in _named(schema) if not any(is_one(schema.field(name).type) for is_one in _BINARY)]
    return [
        Problem(f"expected column `{name}` of type `binary`, got `{schema.field(name).type}`", file, hint)
        for name in wrong
    ]


def _named(schema: pa.Schema) -> list[str]:
    return [name for name in ("key", "value") if name in schema.names]


def _row_groups(file: str) -> Iterator[Piece]:
    first = 0
    with pq.ParquetFile(file) as opened:
        for number in range(opened.metadata.num_row_groups):
            yield Piece(file, number, number + 1, first)
            first += opened.metadata.row_group(number).num_rows


def _rows_of(piece: Piece, rows: int) -> Iterator[dict[str, pa.Array]]:
    with pq.ParquetFile(piece.path, memory_map=True) as opened:
        names = _named(opened.schema_arrow)
        for batch in opened.iter_batches(rows, [piece.begin], names, use_threads=False):
            yield {name: batch.column(name) for name in names}


def _stretches(file: str) -> Iterator[Piece]:
    if file.endswith(_PACKED):
        yield Piece(file, 0, -1, 0)
        return
    begin = first = 0
    with open(file, "rb") as lines:
        while block := lines.read(PIECE_BYTES):
            rest = lines.readline()
            end = begin + len(block) + len(rest)
            yield Piece(file, begin, end, first)
            begin, first = end, first + block.count(b"\n") + rest.count(b"\n")


def _lines_of(piece: Piece, rows: int) -> Iterator[dict[str, pa.Array]]:
    with _opened(piece) as lines:
        left = piece.end - piece.begin if piece.end >= 0 else None
        told = _within(lines, left)
        while run := [line.removesuffix(b"\n") for line in islice(told, rows)]:
            yield {"value": pa.array(run, pa.binary())}


def _within(lines, left: int | None) -> Iterator[bytes]:
    for line in lines:
        yield line
        if left is not None and (left := left - len(line)) <= 0:
            return


def _opened(piece: Piece) -> BufferedReader:
    if piece.end < 0:
        return BufferedReader(pa.input_stream(piece.path, compression="detect"), 1 << 20)
    lines = open(piece.path, "rb", buffering=1 << 20)  # noqa: SIM115 - whoever asked for it closes it
    lines.seek(piece.begin)
    return lines
