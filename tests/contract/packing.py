"""Texts as compiled passes are given them: one behind the other, and where each stands."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stream.contract.plain_json import Scan, scan
from stream.contract.records import PADDING


def pack(texts: Sequence[str | bytes]) -> tuple[bytes, NDArray[np.int64]]:
    """Give the bytes of all, and (n, 2) spans."""
    pieces = [text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass") for text in texts]
    stops = np.cumsum([0, *map(len, pieces)])
    return b"".join(pieces), np.stack([stops[:-1], stops[1:]], axis=1)


def scanned(values: Sequence[bytes]) -> Scan:
    """Scan values that stand one behind the other."""
    content, spans = pack([*values, PADDING])
    return scan(content, spans[:-1])
