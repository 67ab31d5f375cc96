"""A classification: the cluster that the model assigns to a listing, with its scores; singly, or a batch as arrays.

Scores are whole ten-thousandths inside, so that sums and comparisons are exact on every CPU; the wire shows them as
decimals.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

TEN_THOUSAND = 10_000


class Classification(NamedTuple):
    """One listing's cluster. `scores` are ten-thousandths in the order of `clusters`."""

    clusters: tuple[str, ...]
    cluster: str
    scores: tuple[int, ...]
    abstained: bool
    model: str


@dataclass(frozen=True, slots=True)
class Classifications:
    """A batch of n listings: `scores` is (n, k) int32 ten-thousandths, `likeliest` (n,) indices into `clusters`,
    `abstained` (n,) bool.
    """

    clusters: tuple[str, ...]
    scores: NDArray[np.int32]
    likeliest: NDArray[np.int64]
    abstained: NDArray[np.bool_]
    model: str

    def __len__(self) -> int:
        return len(self.scores)

    def __iter__(self) -> Iterator[Classification]:
        clusters, model = self.clusters, self.model
        rows = zip(self.scores.tolist(), self.likeliest.tolist(), self.abstained.tolist(), strict=True)
        for scores, likeliest, abstained in rows:
            yield Classification(clusters, clusters[likeliest], tuple(scores), abstained, model)
