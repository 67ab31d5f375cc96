"""Named lists: a CSV file beside a policy in, dated rows out. What its values mean, the fact that asks for them knows.

Columns: `value`; optionally `from` and `until` (in the policy's zone), `published` (when it became known; else at
`from`), `note`.
"""

from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from stream.decide.asks import Span
from stream.decide.csv_tables import Row, read_rows
from stream.decide.local_time import read_time
from stream.decide.unreadable import Unreadable
from stream.decide.yaml_nodes import Place, Scalar
from stream.problems import Problem

NEEDED = ("value",)
OPTIONAL = ("from", "until", "published", "note")


class ListRow(NamedTuple):
    """A value as written, and when it is on the list."""

    word: Scalar
    span: Span


@dataclass(frozen=True, slots=True)
class NamedList:
    name: str
    rows: tuple[ListRow, ...]

    def moments(self) -> set[int]:
        """Give the moments at which the list changes, or becomes known to."""
        return {moment for row in self.rows for moment in row.span if moment is not None}


def read_list(name: str, text: str, file: str, zone: ZoneInfo, problems: list[Problem]) -> NamedList | None:
    """Read a named list; None when anything in it is wrong."""
    rows = read_rows(text, file, NEEDED, OPTIONAL, problems)
    if rows is None:
        return None
    before = len(problems)
    read = [_row(row, file, zone, problems) for row in rows]
    return NamedList(name, tuple(read)) if len(problems) == before else None


def _row(row: Row, file: str, zone: ZoneInfo, problems: list[Problem]) -> ListRow:
    since, until, published = (_time(row, column, file, zone, problems) for column in ("from", "until", "published"))
    if since is not None and until is not None and until <= since:
        problems.append(
            Place(file, row.line, "", "until").problem("ends before it begins", "`until` must be later than `from`")
        )
    word = Scalar(row.texts["value"], True, Place(file, row.line, "", "value"))
    return ListRow(word, Span(since, until, since if published is None else published))


def _time(row: Row, column: str, file: str, zone: ZoneInfo, problems: list[Problem]) -> int | None:
    if column not in row.texts:
        return None
    try:
        return read_time(row.texts[column], zone)
    except Unreadable as reason:
        problems.append(Place(file, row.line, "", column).problem(reason.message, reason.hint))
        return None
