"""A classification: the cluster that the model assigns to a listing, with its scores; singly, or a batch as arrays.

Scores are whole ten-thousandths inside, so that sums and comparisons are exact on every CPU; the wire shows them as
decimals.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    `abstained` (n,) bool. `labelled` holds the rows that a person's label answers, with the model id that says so;
    `model` classified the others.
    """

    clusters: tuple[str, ...]
    scores: NDArray[np.int32]
    likeliest: NDArray[np.int64]
    abstained: NDArray[np.bool_]
    model: str
    labelled: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.scores)

    def __iter__(self) -> Iterator[Classification]:
        clusters, model, labelled = self.clusters, self.model, self.labelled
        rows = zip(self.scores.tolist(), self.likeliest.tolist(), self.abstained.tolist(), strict=True)
        for row, (scores, likeliest, abstained) in enumerate(rows):
            by = labelled.get(row, model)
            yield Classification(clusters, clusters[likeliest], tuple(scores), abstained, by)

    def rows(self, chosen: Sequence[int] | NDArray[np.int64]) -> "Classifications":
        """Give some, in that order."""
        rows = np.asarray(chosen, np.int64)
        held, labelled = (self.scores[rows], self.likeliest[rows], self.abstained[rows]), {}
        if self.labelled:
            labelled = {at: self.labelled[row] for at, row in enumerate(rows.tolist()) if row in self.labelled}
        return replace(self, scores=held[0], likeliest=held[1], abstained=held[2], labelled=labelled)
