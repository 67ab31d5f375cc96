"""The one text normaliser: any text in, the words that the classifier sees out. Training and serving share it.

The rules for a code point are in `fold_table.py`, the rule for letters spaced apart in `kernel.py`; both are compiled,
and this module is their plain face: texts to arrays, and back to text for people and tests.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.classify import kernel
from stream.classify.fold_table import FoldTable, load_fold_table


class Titles(NamedTuple):
    """A batch of n texts as code points end to end; text t ends at `ends[t]`, and none folds to more than `room`
    symbols.
    """

    points: NDArray[np.uint32]
    ends: NDArray[np.int64]
    room: int


# The longest expansion that Unicode has, U+FDFA, folds to 18 symbols.
LONGEST_EXPANSION = 18


def titles_of(texts: Sequence[str]) -> Titles:
    """Lay texts out for the compiled passes. Unpaired surrogates are taken as they come and separate words."""
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    return Titles(points, np.cumsum(lengths), int(lengths.max(initial=0)) * LONGEST_EXPANSION + 2)


def normalise(text: str, table: FoldTable | None = None) -> str:
    """Give the words of a text as the classifier reads them, parted by single spaces. Doing it twice changes nothing.

    >>> normalise("GAMIS  Wanita, 100% Kаtun!")        # with a Cyrillic letter
    'gamis wanita 000 katun'
    >>> normalise("b a t i k  t u l i s")
    'batik tulis'
    """
    titles = titles_of([text])
    symbols, gaps = np.empty(titles.room, np.uint32), np.empty(titles.room, np.int64)
    n = kernel.fold(titles.points, *(table or load_fold_table()), symbols, gaps)
    return symbols[:n].tobytes().decode("utf-32-le", "surrogatepass").strip(" ")
