"""What stands, counted: how many listings are decided, and by whom. Where and when they were is not told."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Stands:
    """Counts of decided listings: by the models that decided them, and how many rest on a person's label instead.

    `unreadable` records were no decisions.
    """

    listings: int = 0
    models: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0
    labelled: int = 0

    def add(self, other: "Stands") -> None:
        """Take in what stands of other listings."""
        self.listings += other.listings
        self.models.update(other.models)
        self.unreadable += other.unreadable
        self.labelled += other.labelled
