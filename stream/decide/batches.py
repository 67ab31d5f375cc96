"""A batch: events and their classifications in, the columns that readings share out, made when asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.contract.classification import Classifications
from stream.contract.events import Events


class Few(NamedTuple):
    """What n events say, each key once, or seldom twice: event i says `keys[codes[i]]`."""

    codes: NDArray[np.int64]
    keys: Sequence[Any]


def few_of(keys: Sequence[Any]) -> Few:
    """Give keys each once."""
    places: dict[Any, int] = {}
    codes = [places.setdefault(key, len(places)) for key in keys]
    return Few(np.array(codes, np.int64), list(places))


@dataclass(frozen=True)
class Batch:
    """Events and, row by row, their classifications."""

    events: Events
    classifications: Classifications

    def column(self, field: int) -> list[Any]:
        """Give what each event says in a field of `contract/fields.py`, None where it says nothing."""
        return self.events.column(field)

    def numbers(self, field: int) -> list[float | None]:
        """Give a column of numbers, which may be written as whole ones."""
        return [None if number is None else float(number) for number in self.column(field)]

    def rows(self, chosen: Sequence[int] | NDArray[np.int64]) -> "Batch":
        """Give some rows, in that order, as a batch of their own."""
        return Batch(self.events.rows(chosen), self.classifications.rows(chosen))
