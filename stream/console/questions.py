"""What pages ask of the store: filters and ids in, rows out, newest first; each answer is a handful of index look-ups.

It reads through a connection a thread, and writes nothing.
"""

import heapq
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from threading import local
from typing import NamedTuple

from stream.console.store import Answer, connect, unpress

# A search of one seller's or listing's decisions that a filter thins out looks at so many and no more.
LOOKED_AT = 20_000
_ROW = (
    "SELECT d.seq, d.at, d.listing, d.seller, d.sort, d.partition, e.title"
    " FROM decisions d LEFT JOIN events e ON e.listing = d.listing"
)

_ANSWER = "SELECT at, label, listing, cluster, person, withdrawn, title, note FROM trail"
_STANDS = "NOT withdrawn AND NOT EXISTS (SELECT 1 FROM trail b WHERE b.label = t.label AND b.withdrawn)"


class Row(NamedTuple):
    """A decision in the stream; `title` is the listing's newest, None where its event was not seen."""

    seq: int
    at: int
    listing: str
    seller: str
    sort: int
    partition: int
    title: str | None


class Hours(NamedTuple):
    """How many decisions of some hours have all this in common; `hour` is the first of them, since 1970."""

    hour: int
    cluster: str
    seller: str
    origin: str
    outcome: str
    n: int


class Questions:
    """The store, asked."""

    def __init__(self, file: Path) -> None:
        self._file, self._local = file, local()

    def latest(self, sorts: Iterable[int] | None, most: int, before: int | None = None) -> list[Row]:
        """Give the newest decisions of some sorts, or of all; `before` goes on behind a row's number."""
        upper = before or 1 << 62
        if sorts is None:
            return self._rows(f"{_ROW} WHERE d.seq < ? ORDER BY d.seq DESC LIMIT ?", (upper, most))
        found = "SELECT seq FROM decisions WHERE sort = ? AND seq < ? ORDER BY seq DESC LIMIT ?"
        numbers = (seq for sort in sorts for (seq,) in self._ask(found, (sort, upper, most)))
        newest = heapq.nlargest(most, numbers)
        marks = ",".join("?" * len(newest))
        return self._rows(f"{_ROW} WHERE d.seq IN ({marks}) ORDER BY d.seq DESC", newest)

    def about(self, who: str, sorts: Iterable[int] | None, most: int, before: int | None = None) -> list[Row]:
        """Give the newest decisions of a listing or a seller, by its whole id."""
        wanted = None if sorts is None else frozenset(sorts)
        rows = heapq.merge(
            *(self._by(part, who, before or 1 << 62) for part in ("listing", "seller")),
            key=lambda row: -row.seq,
        )
        looked = islice(rows, LOOKED_AT)
        return list(islice((row for row in looked if wanted is None or row.sort in wanted), most))

    def history(self, listing: str, most: int) -> list[tuple[Row, bytes | None]]:
        """Give a listing's newest decisions with their values, None for a removal."""
        rows = list(islice(self._by("listing", listing, 1 << 62), most))
        return [(row, self._value("SELECT value FROM bodies WHERE seq = ?", row.seq)) for row in rows]

    def event(self, listing: str) -> bytes | None:
        """Give the newest event of a listing as it came; None where it was not seen."""
        return self._value("SELECT value FROM events WHERE listing = ?", listing)

    def decided(self, most: int) -> list[tuple[bytes, str]]:
        """Give the newest decisions of listings whose event was seen, each with the listing's newest title."""
        found = self._ask(
            "SELECT b.value, e.title FROM decisions d JOIN bodies b ON b.seq = d.seq"
            " JOIN events e ON e.listing = d.listing ORDER BY d.seq DESC LIMIT ?",
            (most,),
        )
        return [(unpress(value), title) for value, title in found]

    def dead(self, most: int) -> list[sqlite3.Row]:
        """Give the newest dead letters."""
        return list(self._ask("SELECT * FROM dead ORDER BY seq DESC LIMIT ?", (most,)))

    def differences(self, most: int) -> list[bytes]:
        """Give the newest differences of the shadow."""
        found = self._ask("SELECT value FROM differences ORDER BY seq DESC LIMIT ?", (most,))
        return [unpress(value) for (value,) in found]

    def effects(self) -> dict[str, int]:
        """Give how many of the kept differences have each effect."""
        return dict(self._ask("SELECT effect, count(*) FROM differences GROUP BY 1"))

    def answers(self, person: str | None, most: int) -> list[Answer]:
        """Give the newest answers and withdrawals of a person, or of everybody."""
        mine = "" if person is None else "WHERE person = :person"
        found = self._ask(f"{_ANSWER} {mine} ORDER BY seq DESC LIMIT {most}", {"person": person})
        return [Answer(*row) for row in found]

    def answer(self, label: str) -> Answer | None:
        """Give an answer by its label's id, None where it is not known or was taken back."""
        found = self._ask(f"{_ANSWER} t WHERE label = ? AND {_STANDS}", (label,)).fetchone()
        return found and Answer(*found)

    def standing(self, listing: str) -> list[Answer]:
        """Give a listing's answers that were not taken back, the latest first."""
        asked = f"{_ANSWER} t WHERE listing = ? AND {_STANDS} ORDER BY at DESC, label DESC"
        return [Answer(*row) for row in self._ask(asked, (listing,))]

    def hours(self, begin: int, end: int, market: str, step: int = 1) -> list[Hours]:
        """Give what was counted in the hours from `begin` to before `end`, in steps of so many hours."""
        asked = (
            "SELECT hour / :step * :step, cluster, seller, origin, outcome, sum(n) FROM hours"
            " WHERE hour >= :begin AND hour < :end AND :market IN ('', market) GROUP BY 1, 2, 3, 4, 5"
        )
        found = self._ask(asked, {"begin": begin, "end": end, "market": market, "step": step})
        return [Hours(*row) for row in found]

    def counted_since(self) -> int | None:
        """Give the first hour that anything was counted in."""
        return self._ask("SELECT min(hour) FROM hours").fetchone()[0]

    def kept(self) -> int:
        """Give how many decisions can be looked at."""
        (found,) = self._ask(
            "SELECT coalesce((SELECT max(seq) FROM decisions) - (SELECT min(seq) FROM decisions) + 1, 0)"
        )
        return found[0]

    def _by(self, part: str, who: str, upper: int) -> Iterator[Row]:
        found = f"{_ROW} WHERE d.{part} = ? AND d.seq < ? ORDER BY d.seq DESC"
        return (Row(*row) for row in self._ask(found, (who, upper)))

    def _value(self, question: str, key: str | int) -> bytes | None:
        found = self._ask(question, (key,)).fetchone()
        return None if found is None else unpress(found[0])

    def _rows(self, question: str, values: Iterable[object]) -> list[Row]:
        return [Row(*row) for row in self._ask(question, values)]

    def _ask(self, question: str, values: Iterable[object] | Mapping[str, object] = ()) -> sqlite3.Cursor:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connect(self._file)
            connection.row_factory = None
            connection.execute("PRAGMA query_only=1")
        return connection.execute(question, values if isinstance(values, Mapping) else tuple(values))
