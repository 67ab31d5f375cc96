"""A run's records as columns: one buffer, and where each record's key and value stand in it.

Records come in, however they are held; what comes out is what the reader goes over in one pass. Whoever took records
apart already, and knows where everything stands, has `columns` of its own, and nothing is copied.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from stream.contract.record import Record
from stream.contract.rows import Spans

# What stands behind the last value, so that sixteen bytes can be looked at wherever one is.
PADDING = bytes(16)


class Columns(NamedTuple):
    """Keys and values, (n, 2), of n records in `content`, which ends with `PADDING`; `keyless` says which have no key,
    `headed` which have headers.

    What is null is an empty span.
    """

    content: bytes
    keys: Spans
    values: Spans
    keyless: NDArray[np.bool_]
    headed: NDArray[np.bool_]

    def sizes(self) -> NDArray[np.int64]:
        """Give each record's bytes of key and value."""
        return (self.keys[:, 1] - self.keys[:, 0]) + (self.values[:, 1] - self.values[:, 0])


@runtime_checkable
class InColumns(Protocol):
    """Records that are held as columns."""

    columns: Columns


def columns_of(records: Sequence[Record]) -> Columns:
    """Give records as columns, however they are held."""
    if isinstance(records, InColumns):
        return records.columns
    keys = [record.key for record in records]
    pieces = [*(key or b"" for key in keys), *(record.value or b"" for record in records)]
    spans = np.array(list(pairwise(accumulate(map(len, pieces), initial=0))), np.int64).reshape(-1, 2)
    keyless = np.fromiter((key is None for key in keys), np.bool_, len(keys))
    headed = np.fromiter((bool(record.headers) for record in records), np.bool_, len(keys))
    return Columns(b"".join([*pieces, PADDING]), spans[: len(keys)], spans[len(keys) :], keyless, headed)


def sizes_of(records: Sequence[Record]) -> NDArray[np.int64]:
    """Give each record's bytes of key and value."""
    if isinstance(records, InColumns):
        return records.columns.sizes()
    return np.array([len(record.value or b"") + len(record.key or b"") for record in records], np.int64)


def headed_rows(records: Sequence[Record]) -> list[int]:
    """Give the rows of records that came with headers."""
    if isinstance(records, InColumns):
        return np.flatnonzero(records.columns.headed).tolist()
    return [row for row, record in enumerate(records) if record.headers]


def keyless_rows(records: Sequence[Record]) -> list[int]:
    """Give the rows of records that came without a key."""
    if isinstance(records, InColumns):
        return np.flatnonzero(records.columns.keyless).tolist()
    return [row for row, record in enumerate(records) if record.key is None]
