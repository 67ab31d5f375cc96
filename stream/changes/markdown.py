"""A diff as Markdown for a pull request. What sellers wrote stands in code spans, which nothing in it can end."""

import re
from collections.abc import Iterable, Iterator

from stream.changes.visible import MOST_CHARACTERS, visible, visible_name
from stream.changes.wording import (
    SAMPLES,
    Grid,
    asked,
    budget_line,
    example_lines,
    grids,
    headline,
    name_of,
    sample_lines,
    sort_line,
)
from stream.contract.diff import Diff, Example
from stream.contract.impact import Impact

# A comment on a pull request ends at 65,536 characters.
MOST_SORTS = 20


def markdown(diff: Diff) -> str:
    """Give the report as Markdown."""
    return "\n".join(_lines(diff)) + "\n"


def code(name: str, most: int = MOST_CHARACTERS) -> str:
    r"""Give an id or a name as a code span that holds in a line, a table and a list.

    >>> print(code("S-9`|<img>"))
    ``S-9`\x7c<img>``
    """
    return _span(visible_name(name, most).replace("|", r"\x7c"))


def _lines(diff: Diff) -> Iterator[str]:
    yield f"## {name_of(diff)}: {headline(diff)}"
    yield ""
    if diff.budgets:
        yield from (f"- {budget_line(held, code)}" for held in diff.budgets)
        yield ""
    yield from (f"- {line}" for line in asked(diff, code))
    for grid in grids(diff):
        yield from ("", *_table(grid))
    yield from _sorts(diff)
    if isinstance(diff, Impact) and diff.samples:
        yield from ("", f"**{SAMPLES}**", "")
        for sample in diff.samples:
            yield from _listing(sample, sample_lines(sample, code))


def _table(grid: Grid) -> Iterable[str]:
    return [
        f"**{grid.title}**",
        "",
        _row(grid.heads),
        _row(["---", *["--:"] * (len(grid.heads) - 1)]),
        *(_row([code(name) if grid.theirs else name, *figures]) for name, *figures in grid.rows),
        *(["", grid.left_out] if grid.left_out else []),
    ]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _sorts(diff: Diff) -> Iterator[str]:
    for sort in diff.sorts[:MOST_SORTS]:
        yield from ("", f"**{sort_line(sort)}**", "")
        for example in sort.examples:
            yield from _example(example)
    if len(diff.sorts) > MOST_SORTS:
        yield from ("", f"{len(diff.sorts) - MOST_SORTS:,} more sorts of change are in the JSON report.")


def _example(example: Example) -> Iterator[str]:
    yield from _listing(example, example_lines(example, code))


def _listing(example: Example, lines: list[str]) -> Iterator[str]:
    first, *others = lines
    yield f"- {first}"
    yield from (f"  - {line}" for line in others)
    yield f"  - {_span(visible(example.title))}"


def _span(text: str) -> str:
    # A code span ends at as many backticks as it began with, so more than the text has in a row cannot end inside it.
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    space = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{fence}{space}{text}{space}{fence}"
