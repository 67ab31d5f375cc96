"""Files of labelled rows -> what each line holds, one at a time; JSONL, CSV (also `;` and tabs) and Parquet.

A path goes in. Out comes, for every line that is not blank, its place and either its fields, as they stand, or why the
line cannot be read. It knows formats and names of columns; what a good row is, it does not.
"""

import codecs
import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import orjson

from stream.problems import BadSetup, Problem, did_you_mean

# Our name of a field -> the columns it may stand in, the first that is there counts. `lang_guess` is what data sets
# carry where nobody said the language.
COLUMNS = {
    "text": ("text", "title"),
    "cluster": ("cluster",),
    "source": ("source",),
    "language": ("language", "lang_guess"),
    "seller": ("seller",),
    "weight": ("weight",),
    "country": ("country",),
}
REQUIRED = ("text", "cluster")
ROWS_A_BATCH = 16_384

Reason = Literal[
    "not-utf8",
    "not-json",
    "not-csv",
    "wrong-type",
    "missing-field",
    "empty-text",
    "unknown-cluster",
    "bad-weight",
    "contradiction",
    "overruled",
    "bad-label",
]


class BadRow(NamedTuple):
    """A line that is no good row: a reason to count by, what was expected there and what was found."""

    place: str
    reason: Reason
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.place}: expected {self.expected}, got {self.found}"


class Fields(NamedTuple):
    """What a line says, as it says it; None is absent."""

    place: str
    text: Any
    cluster: Any
    source: Any
    language: Any
    seller: Any
    weight: Any
    country: Any


def read_fields(path: Path) -> Iterator[Fields | BadRow]:
    """Read a file line by line; the ending of its name says which format. Places are `file:line`, in Parquet
    `file:row`, from 1.

    Raises BadSetup where the file cannot be opened, is of no format we read, or lacks a column that every row needs.
    """
    readers = {".jsonl": _read_jsonl, ".ndjson": _read_jsonl, ".csv": _read_csv, ".tsv": _read_csv}
    reader = {**readers, ".parquet": _read_parquet}.get(path.suffix.lower())
    if reader is None:
        problem = Problem(
            f"expected a file of rows, got the ending `{path.suffix}`", str(path), "give .jsonl, .csv, .tsv or .parquet"
        )
        raise BadSetup([problem])
    try:
        yield from reader(path)
    except OSError as error:
        problem = Problem(f"file cannot be read: {error.strerror or error}", str(path), "name a file of labelled rows")
        raise BadSetup([problem]) from None


def _read_jsonl(path: Path) -> Iterator[Fields | BadRow]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if number == 1:
                line = line.removeprefix(codecs.BOM_UTF8)
            if line.strip():
                yield _read_json(f"{path}:{number}", line)


def _read_json(place: str, line: bytes) -> Fields | BadRow:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return refuse_bytes(place, line) or BadRow(place, "not-json", "one JSON object a line", f"{error.msg}")
    if type(found) is not dict:
        return BadRow(place, "wrong-type", "a JSON object", f"`{quote(found)}`")
    return _fields(place, found)


def _read_csv(path: Path) -> Iterator[Fields | BadRow]:
    # Bytes that are no UTF-8 come through as surrogates, so that they spoil their own record and no other.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        separator = max(",;\t", key=text.readline().count)
        text.seek(0)
        records = csv.reader(text, delimiter=separator, strict=True)
        header = [name.strip().lower() for name in next(records, [])]
        _check_columns(header, f"{path}:1")
        while True:
            place = f"{path}:{records.line_num + 1}"
            try:
                record = next(records)
            except StopIteration:
                return
            except csv.Error as error:
                yield BadRow(place, "not-csv", "a record of CSV", f"{error}")
            else:
                if record:
                    yield _record(place, header, record)


def _record(place: str, header: Sequence[str], record: Sequence[str]) -> Fields | BadRow:
    if len(record) != len(header):
        return BadRow(place, "not-csv", f"{len(header)} fields as in the header", f"{len(record)}")
    if bad := refuse_bytes(place, "".join(record).encode("utf-8", "surrogateescape")):
        return bad
    fields = _fields(place, {name: value or None for name, value in zip(header, record, strict=True)})
    return fields._replace(text=fields.text or "", weight=_number(fields.weight))


def _number(text: str | None) -> float | str | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return text


def _read_parquet(path: Path) -> Iterator[Fields | BadRow]:
    import pyarrow
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(path)
    except pyarrow.ArrowInvalid as error:
        raise BadSetup([Problem(f"not a Parquet file: {error}", str(path), "write it anew")]) from None
    names = [name for name in file.schema_arrow.names if any(name in columns for columns in COLUMNS.values())]
    _check_columns(file.schema_arrow.names, str(path))
    number = 0
    for batch in file.iter_batches(ROWS_A_BATCH, columns=names):
        # Text as bytes: Parquet does not check that it is UTF-8, and one bad value must not cost the batch.
        columns = [_as_bytes(batch.column(name)).to_pylist() for name in names]
        for values in zip(*columns, strict=True):
            number += 1
            yield _decoded(f"{path}:{number}", names, values)


def _as_bytes(column):
    import pyarrow

    if pyarrow.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pyarrow.types.is_string(column.type):
        return column.cast(pyarrow.binary())
    return column.cast(pyarrow.large_binary()) if pyarrow.types.is_large_string(column.type) else column


def _decoded(place: str, names: Sequence[str], values: Sequence[Any]) -> Fields | BadRow:
    bad = refuse_bytes(place, b"".join(value for value in values if type(value) is bytes))
    texts = (value.decode("utf-8", "replace") if type(value) is bytes else value for value in values)
    return bad or _fields(place, dict(zip(names, texts, strict=True)))


def _fields(place: str, found: Mapping[str, Any]) -> Fields:
    return Fields(place, *(_first(found, columns) for columns in COLUMNS.values()))


def _first(found: Mapping[str, Any], columns: Sequence[str]) -> Any:
    for column in columns:
        if (value := found.get(column)) is not None:
            return value
    return None


def _check_columns(names: Sequence[str], place: str) -> None:
    problems = [
        Problem(f"{times} columns are called `{name}`", place, "leave one of them")
        for name, times in Counter(names).items()
        if times > 1 and any(name in columns for columns in COLUMNS.values())
    ]
    for field in REQUIRED:
        if not set(COLUMNS[field]) & set(names):
            near = "".join(did_you_mean(column, names) for column in COLUMNS[field][:1])
            wanted = " or ".join(f"`{column}`" for column in COLUMNS[field])
            message = f"expected a column {wanted}{near}, got {', '.join(f'`{name}`' for name in names) or 'none'}"
            problems.append(Problem(message, place, "the first line names the columns; rename one"))
    if problems:
        raise BadSetup(problems)


def refuse_bytes(place: str, line: bytes) -> BadRow | None:
    """Say which byte keeps a line from being UTF-8, or give None where it is."""
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return BadRow(place, "not-utf8", "UTF-8", f"byte 0x{line[error.start]:02x}")
    return None


def quote(found: Any) -> str:
    """Give a found value on one line, cut where it is long."""
    text = found if isinstance(found, str) else repr(found)
    return " ".join(text.split())[:60]
