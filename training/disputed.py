"""A list of titles whose label somebody disputes -> which rows those are.

A shop's own label may contradict what a cluster means: soap sold by a craft shop. Such rows are never taken out of the
figures; the figures without them stand beside. The list is text: a title a line, perhaps a tab and the reason; `#`
begins a comment.
"""

from collections.abc import Sequence
from pathlib import Path

from stream.problems import BadSetup, Problem
from training.rows import Row


def find_disputed(path: Path, rows: Sequence[Row]) -> list[int]:
    """Give the indices of the rows whose text is in the list. Raises BadSetup for every line that no row has."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetup([Problem(f"file cannot be read: {error}", str(path), "name a text file of titles")]) from None
    titles = {
        line.split("\t")[0].strip(): number
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.startswith("#")
    }
    found = [number for number, row in enumerate(rows) if row.text.strip() in titles]
    missing = sorted(set(titles) - {rows[number].text.strip() for number in found}, key=titles.get)
    if missing:
        hint = "write the title as it stands in the rows, and nothing else before a tab"
        raise BadSetup(Problem(f"no row has the title `{title}`", f"{path}:{titles[title]}", hint) for title in missing)
    return found
