"""The rows of an Arrow batch as records: its binary columns' bytes in one buffer, and where each key and value stands.

A batch with a column `value` comes in; out come columns that a reader goes over in one pass, and a record only where
somebody asks for one. It refuses to know what a value says.
"""

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import NamedTuple, overload

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stream.contract.record import FileRecord
from stream.contract.records import PADDING, Columns
from stream.contract.rows import Spans
from stream.contract.tuples import tuples_of

# A row without a place in a topic has the first one.
_PLACE = {"topic": "listings", "partition": 0, "offset": 0}
_PLACES = {pa.binary(): np.int32, pa.large_binary(): np.int64}


class BatchRecords(Sequence[FileRecord]):
    """The records of a batch. `columns` is what a reader goes over; a record is made anew each time."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        """Take a batch's rows; `topic`, `partition` and `offset` are looked at where a record is asked for."""
        values = _held(batch.column("value"))
        keys = _held(batch.column("key")) if "key" in batch.schema.names else _nothing(batch.num_rows)
        self._batch, self._valueless = batch, values.absent
        content = b"".join([values.content, keys.content, PADDING])
        headless = np.zeros(batch.num_rows, np.bool_)
        self.columns = Columns(content, keys.spans + len(values.content), values.spans, keys.absent, headless)

    def __len__(self) -> int:
        return self._batch.num_rows

    @overload
    def __getitem__(self, row: int) -> FileRecord: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[FileRecord]: ...
    def __getitem__(self, row: int | slice) -> FileRecord | Sequence[FileRecord]:
        """Give one record, or some. Raises IndexError."""
        at = range(len(self))[row]
        if isinstance(at, range):
            return [self._record(each) for each in at]
        return self._record(at)

    def __iter__(self) -> Iterator[FileRecord]:
        content, keys, values, keyless, _ = self.columns
        places = [self._placed(name).to_pylist() for name in _PLACE]
        columns = [_texts(content, values, self._valueless), _texts(content, keys, keyless), repeat((), len(self))]
        return iter(tuples_of(FileRecord, *columns, *places, repeat(None, len(self))))

    def _record(self, row: int) -> FileRecord:
        content, keys, values, keyless, _ = self.columns
        (key,) = _texts(content, keys[row : row + 1], keyless[row : row + 1])
        (value,) = _texts(content, values[row : row + 1], self._valueless[row : row + 1])
        return FileRecord(value, key, (), *(self._placed(name, row, 1)[0].as_py() for name in _PLACE))

    def _placed(self, name: str, begin: int = 0, rows: int | None = None) -> pa.Array:
        """Give a column that says where rows stood."""
        first = _PLACE[name]
        if name not in self._batch.schema.names:
            return pa.repeat(first, len(self) if rows is None else rows)
        return self._batch.column(name).slice(begin, rows).fill_null(first)


class _Held(NamedTuple):
    """A binary column's bytes, where each row of it stands in them, and which rows are null: theirs are empty."""

    content: pa.Buffer | bytes
    spans: Spans
    absent: NDArray[np.bool_]


def _held(column: pa.Array) -> _Held:
    """Give a column of bytes as it is held: what stands in it is not copied."""
    column = column if column.type in _PLACES else column.cast(pa.large_binary())
    rows, (_, places, content) = len(column), column.buffers()
    if content is None or not rows:
        return _nothing(rows)._replace(absent=_absent(column))
    stops = np.frombuffer(places, _PLACES[column.type])[column.offset : column.offset + rows + 1].astype(np.int64)
    begin, absent = int(stops[0]), _absent(column)
    spans = np.stack([stops[:-1], stops[1:]], axis=1) - begin
    if column.null_count:
        spans[absent] = 0
    return _Held(content.slice(begin, int(stops[-1]) - begin), spans, absent)


def _absent(column: pa.Array) -> NDArray[np.bool_]:
    return column.is_null().to_numpy(zero_copy_only=False) if column.null_count else np.zeros(len(column), np.bool_)


def _nothing(rows: int) -> _Held:
    return _Held(b"", np.zeros((rows, 2), np.int64), np.ones(rows, np.bool_))


def _texts(content: bytes, spans: Spans, absent: NDArray[np.bool_]) -> list[bytes | None]:
    """Give what stands where, None where nothing does."""
    return [
        None if nothing else content[begin:end]
        for nothing, (begin, end) in zip(absent.tolist(), spans.tolist(), strict=True)
    ]
