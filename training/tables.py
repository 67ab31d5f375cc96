"""Named tuples of one kind -> a CSV file, one line each, the fields' names first."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from stream.problems import BadSetup, Problem


def write_table(path: Path, kind: type[NamedTuple], lines: Iterable[NamedTuple]) -> None:
    """Write the lines, UTF-8, for spreadsheets and programs alike. Raises BadSetup where the file cannot be written."""
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(kind._fields)
            table.writerows(lines)
    except OSError as error:
        raise BadSetup([Problem(f"file cannot be written: {error.strerror}", str(path), "name another file")]) from None
