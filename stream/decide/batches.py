"""A batch: events and their classifications in, the columns that readings share out, made when first asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from stream.contract.classification import Classifications
from stream.contract.event import Listing, ListingEvent, LocalContent, Origin, Seller


@dataclass(frozen=True)
class Batch:
    """Events and, row by row, their classifications."""

    events: Sequence[ListingEvent]
    classifications: Classifications

    @cached_property
    def listings(self) -> list[Listing]:
        return [event.listing for event in self.events]

    @cached_property
    def sellers(self) -> list[Seller]:
        return [event.seller for event in self.events]

    @cached_property
    def origins(self) -> list[Origin]:
        return [event.origin for event in self.events]

    @cached_property
    def local_contents(self) -> list[LocalContent | None]:
        return [listing.tkdn for listing in self.listings]

    def rows(self, chosen: list[int]) -> "Batch":
        """Give some rows, in that order, as a batch of their own."""
        held = self.classifications
        arrays = (held.scores[chosen], held.likeliest[chosen], held.abstained[chosen])
        return Batch([self.events[row] for row in chosen], Classifications(held.clusters, *arrays, held.model))
