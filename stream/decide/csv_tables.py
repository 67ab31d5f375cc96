"""CSV files beside a policy: a file's text in, its rows by column out, each with its line.

It refuses to know what the columns mean; an unknown, missing or repeated column, a row of another width, and a file
that is too long are refused.
"""

import csv
import io
from collections.abc import Sequence
from typing import NamedTuple

from stream.decide.yaml_nodes import Place
from stream.problems import Problem, did_you_mean

MAX_CHARACTERS = 8 * 1024 * 1024
MAX_ROWS = 100_000


class Row(NamedTuple):
    """One line's texts by column, stripped; an empty text is absent."""

    line: int
    texts: dict[str, str]


def read_rows(
    text: str, file: str, needed: Sequence[str], optional: Sequence[str], problems: list[Problem]
) -> list[Row] | None:
    """Read a table whose first line names its columns; None when the table as a whole cannot be read."""
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        head = [name.strip() for name in next(lines, [])]
        wrong = list(_columns(head, file, needed, optional))
        rows = [] if wrong else [(lines.line_num, [cell.strip() for cell in cells]) for cells in lines if any(cells)]
    except csv.Error as reason:
        problems.append(Place(file, lines.line_num).problem(f"not readable as CSV: {reason}", "check the quotes"))
        return None
    if len(rows) > MAX_ROWS:
        wrong.append(Place(file).problem(f"the table has {len(rows)} rows, at most {MAX_ROWS} are read"))
    wrong += [p for line, cells in rows for p in _width(len(cells), len(head), Place(file, line))]
    wrong += [
        p for line, cells in rows for p in _needed(dict(zip(head, cells, strict=False)), needed, Place(file, line))
    ]
    problems += wrong
    return (
        None
        if wrong
        else [Row(line, {name: cell for name, cell in zip(head, cells, strict=True) if cell}) for line, cells in rows]
    )


def _columns(head: list[str], file: str, needed: Sequence[str], optional: Sequence[str]) -> list[Problem]:
    known, place = [*needed, *optional], Place(file, 1)
    takes = f"columns: {', '.join(f'`{name}`' for name in known)}"
    wrong = [
        place.problem(f"unknown column `{name}`{did_you_mean(name, known)}", takes)
        for name in head
        if name not in known
    ]
    wrong += [place.problem(f"the column `{name}` is missing", takes) for name in needed if name not in head]
    wrong += [
        place.problem(f"the column `{name}` is given twice", "keep one") for name in known if head.count(name) > 1
    ]
    return wrong


def _width(found: int, expected: int, place: Place) -> list[Problem]:
    if found == expected:
        return []
    return [place.problem(f"expected {expected} columns, found {found}", "quote a text that holds a comma")]


def _needed(texts: dict[str, str], needed: Sequence[str], place: Place) -> list[Problem]:
    return [
        place.problem(f"`{name}` is empty", "fill it in or delete the line")
        for name in needed
        if name in texts and not texts[name]
    ]
