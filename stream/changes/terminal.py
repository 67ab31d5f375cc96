"""A diff for a person at a terminal: tables that fit 80 columns, and the examples under the rules behind them.

What sellers wrote is shown as text, never read as markup, and cannot move the cursor.
"""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from stream.changes.visible import visible, visible_name
from stream.changes.wording import (
    SAMPLES,
    Grid,
    asked,
    budget_line,
    example_lines,
    grids,
    headline,
    sample_lines,
    sort_line,
)
from stream.contract.diff import Diff, Example
from stream.contract.impact import Impact

MOST_SORTS = 10
# Heads of several words take two lines, so that nine columns fit.
_FOLDED = {
    "newly blocked": "newly\nblocked",
    "newly allowed": "newly\nallowed",
    "into review": "into\nreview",
    "out of review": "out of\nreview",
    "reasons only": "reasons\nonly",
    "flips of all": "flips\nof all",
    "flips of group": "flips\nof group",
}


def shown(diff: Diff) -> Group:
    """Give the report as something that a rich console prints."""
    return Group(*_parts(diff))


def _parts(diff: Diff) -> Iterator[RenderableType]:
    yield from (Text(line) for line in asked(diff, visible_name))
    yield from (Text(), Text(headline(diff), "bold"))
    yield from (Text(budget_line(held, visible_name)) for held in diff.budgets)
    for grid in grids(diff):
        yield from (Text(), _table(grid))
    for sort in diff.sorts[:MOST_SORTS]:
        yield from (Text(), Text(sort_line(sort), "bold"))
        for example in sort.examples:
            yield from _example(example)
    if len(diff.sorts) > MOST_SORTS:
        yield Text(f"\n{len(diff.sorts) - MOST_SORTS:,} more sorts of change: `--json` has them all")
    if isinstance(diff, Impact) and diff.samples:
        yield from (Text(), Text(SAMPLES, "bold"))
        for sample in diff.samples:
            yield from _listing(sample, sample_lines(sample, visible_name))


def _table(grid: Grid) -> Group:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for at, head in enumerate(grid.heads):
        table.add_column(Text(_FOLDED.get(head, head)), justify="right" if at else "left", no_wrap=at > 0)
    for name, *figures in grid.rows:
        # Where there is no room it is the name that is cut, never a figure.
        table.add_row(Text(visible_name(name), no_wrap=True, overflow="ellipsis"), *figures)
    return Group(Text(grid.title, "bold"), table, *([Text(f"  {grid.left_out}")] if grid.left_out else []))


def _example(example: Example) -> Iterator[RenderableType]:
    yield from _listing(example, example_lines(example, visible_name))


def _listing(example: Example, lines: list[str]) -> Iterator[RenderableType]:
    first, *others = lines
    yield Padding(Text(first), (0, 0, 0, 2), expand=False)
    yield Padding(Text(visible(example.title), no_wrap=True, overflow="ellipsis"), (0, 0, 0, 4), expand=False)
    yield from (Padding(Text(line), (0, 0, 0, 4), expand=False) for line in others)
