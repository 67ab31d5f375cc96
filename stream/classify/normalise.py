"""The one text normaliser: any text in, the words that the classifier sees out. Training and serving share it.

The rules for a code point are in `fold_table.py`, those for disguised words in `folding.py`; both are compiled, and
this module is their plain face: texts to arrays, and back to text for people and tests.
"""

from collections.abc import Sequence
from hashlib import blake2b
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.classify import folding
from stream.classify.fold_table import FoldTable, load_fold_table

_MARK = chr(folding.MARK)
_DIGEST_BYTES = 16


class Folded(NamedTuple):
    """A batch of n texts as the classifier reads them: text t is `symbols[stops[t - 1]:stops[t]]`, code points of words
    parted by one separator, with one at each end.
    """

    symbols: NDArray[np.uint32]
    stops: NDArray[np.int64]


def fold(texts: Sequence[str], table: FoldTable | None = None) -> Folded:
    """Fold a batch of texts. Unpaired surrogates are taken as they come and separate words."""
    points = np.frombuffer(_MARK.join([*texts, ""]).encode("utf-32-le", "surrogatepass"), np.uint32)
    symbols = np.empty(len(points) * folding.LONGEST_EXPANSION + folding.ROOM_BEHIND, np.uint32)
    stops = np.empty(len(texts), np.int64)
    if folding.fold(points, *(table or load_fold_table()), symbols, stops):
        return Folded(symbols, stops)
    return fold([text.replace(_MARK, "") for text in texts], table)


def trace(text: str, table: FoldTable | None = None) -> tuple[list[int], list[int | None]]:
    """Fold one text, and say of each symbol at which place in the text it was read; None for a separator."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    symbols = np.empty(len(points) * folding.LONGEST_EXPANSION + 2, np.uint32)
    places = np.empty(len(symbols), np.int64)
    n = folding.trace(points, *(table or load_fold_table()), symbols, places)
    return symbols[:n].tolist(), [None if place < 0 else place for place in places[:n].tolist()]


def normalise(text: str, table: FoldTable | None = None) -> str:
    """Give the words of a text as the classifier reads them, parted by single spaces.

    Doing it twice changes nothing but `anak0`, which `anak2` became, since any digit but a 2 is a letter behind a word.

    >>> normalise("GAMIS  Wanita, 100% Kаtun!")        # with a Cyrillic letter
    'gamis wanita 000 katun'
    >>> normalise("b a t i k  t u l i s"), normalise("k@os b4t1k muraaah"), normalise("kaos anak2")
    ('batik tulis', 'kaos batik murah', 'kaos anak0')
    """
    symbols, (stop,) = fold([text], table)
    return symbols[:stop].tobytes().decode("utf-32-le", "surrogatepass").strip(" ")


def digests_of(texts: Sequence[str]) -> list[bytes]:
    """Digest n texts as the classifier reads them: 16 bytes each, the same where they are normalised the same.

    >>> one, same, other = digests_of(["Gamis  WANITA", "gamis wanita", "gamis pria"])
    >>> one == same, one == other
    (True, False)
    """
    symbols, stops = fold(texts)
    parts = (symbols[begin:end].tobytes() for begin, end in pairwise([0, *stops.tolist()]))
    return [blake2b(part, digest_size=_DIGEST_BYTES).digest() for part in parts]
