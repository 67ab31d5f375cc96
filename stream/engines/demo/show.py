"""What a person watches: the latest outcomes as a table, and the closing summary."""

from collections import Counter, deque
from typing import NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

ROWS_SHOWN = 16
_STYLES = {"block": "bold red", "allow": "green", "removed": "dim", "dead letter": "yellow"}
# Fits a terminal of 80 columns; title and rule share what the others leave.
_COLUMNS = {
    "title": {"ratio": 3},
    "seller": {"width": 8},
    "cluster": {"width": 15},
    "score": {"width": 5},
    "decision": {"width": 11},
    "rule": {"ratio": 2},
}


class Row(NamedTuple):
    """One outcome in words."""

    title: str
    seller: str
    cluster: str
    score: str
    decision: str
    rule: str


class Board:
    """The latest rows and how many of each kind there have been."""

    def __init__(self) -> None:
        self.rows: deque[Row] = deque(maxlen=ROWS_SHOWN)
        self.counts: Counter[str] = Counter()

    def add(self, row: Row, review: bool) -> None:
        """Take one outcome in."""
        self.rows.append(row)
        self.counts[row.decision] += 1
        self.counts["review"] += review

    @property
    def outcomes(self) -> int:
        """How many outcomes there have been."""
        return self.counts.total() - self.counts["review"]

    def render(self) -> Group:
        """Give the table as it stands, with the counts under it."""
        table = Table(box=SIMPLE_HEAD, expand=True, padding=(0, 1, 0, 0))
        for name, width in _COLUMNS.items():
            table.add_column(name, no_wrap=True, **width)
        for row in self.rows:
            # Titles are the sellers' own text: shown as text, never read as markup.
            cells = [Text(cell) for cell in row]
            cells[4].stylize(_STYLES.get(row.decision, ""))
            table.add_row(*cells)
        return Group(table, self.summary())

    def summary(self) -> Text:
        """Give the counts in one line."""
        c = self.counts
        return Text(
            f"{self.outcomes} events: {c['allow']} allow, {c['block']} block, {c['removed']} removed, "
            f"{c['dead letter']} dead letters; {c['review']} ask for review"
        )
