"""Who is asked next, and by whom: what waits, put in order, and one listing to one person at a time.

The order is that of `stream/labels/queue.py`, among the most urgent. A listing that somebody looks at is theirs for
some minutes (a lease), until they answer, skip it or take no notice of the page. Leases and skips stand in the
console's own store: one console process knows nothing of another's.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import msgspec

from stream.console.store import connect, unpress
from stream.labels.queue import Waiting, ask_next

LEASE_MILLISECONDS = 180_000
# So many of the most urgent are put in order exactly; those behind them come up as these are answered.
LOOKED_AT = 2_000
SKIPS_KEPT = 50_000
_SCORES = msgspec.json.Decoder(dict[str, float]).decode
# A listing does not wait whose last answer came after its question: its worker may be slow to hear of it.
_OPEN = """
NOT coalesce((
  SELECT NOT t.withdrawn AND t.at >= w.at FROM trail t WHERE t.listing = w.listing
  ORDER BY t.at DESC, t.label DESC, t.withdrawn DESC LIMIT 1), 0)
"""
_FREE = f"""
{_OPEN} AND NOT EXISTS (SELECT 1 FROM leases l WHERE l.listing = w.listing AND l.person != :person AND l.until > :now)
AND NOT EXISTS (SELECT 1 FROM skips s WHERE s.listing = w.listing AND s.person = :person AND s.at = w.at)
AND :cluster IN ('', w.cluster) AND :market IN ('', w.market)
"""


class Asking(NamedTuple):
    """Who asks for something to answer, when (in milliseconds), and of which cluster and market, if of one."""

    person: str
    now: int
    cluster: str = ""
    market: str = ""


class Counts(NamedTuple):
    """How many wait, how many of them are with others, and how many this person has skipped."""

    waiting: int
    elsewhere: int
    skipped: int


class Queue:
    """The queue of one store. Any thread may ask."""

    def __init__(self, file: Path) -> None:
        self._connection, self._turn = connect(file), Lock()

    def next(self, asking: Asking, abstain_below: Mapping[str, float]) -> str | None:
        """Give the listing that a person is asked about, theirs from now on: the one they have, else the next."""
        with self._turn:
            held = self._ask(
                f"SELECT w.listing FROM waiting w JOIN leases h ON h.listing = w.listing AND h.person = :person"
                f" WHERE h.until > :now AND {_FREE}",
                asking,
            )
            found = [listing for (listing,) in held] or self._in_order(asking, abstain_below)
            return next((listing for listing in found if self._take(listing, asking)), None)

    def take(self, listing: str, asking: Asking) -> bool:
        """Make a listing theirs, or theirs for longer; False where somebody else has it."""
        with self._turn:
            return self._take(listing, asking)

    def let_go(self, person: str) -> None:
        """Give back what a person has."""
        with self._turn:
            self._connection.execute("DELETE FROM leases WHERE person = ?", (person,))

    def skip(self, listing: str, asking: Asking) -> None:
        """Do not ask this person again for as long as the same decision stands."""
        with self._turn:
            run = self._connection.execute
            run("REPLACE INTO skips SELECT ?, listing, at FROM waiting WHERE listing = ?", (asking.person, listing))
            run("DELETE FROM skips WHERE rowid <= (SELECT max(rowid) FROM skips) - ?", (SKIPS_KEPT,))
            run("DELETE FROM leases WHERE person = ? AND listing = ?", (asking.person, listing))

    def ask_again(self, person: str) -> None:
        """Forget what a person skipped."""
        with self._turn:
            self._connection.execute("DELETE FROM skips WHERE person = ?", (person,))

    def waits(self, listing: str) -> bool:
        """Tell whether a listing waits for an answer."""
        with self._turn:
            found = self._connection.execute(f"SELECT 1 FROM waiting w WHERE listing = ? AND {_OPEN}", (listing,))
            return found.fetchone() is not None

    def value(self, listing: str) -> bytes | None:
        """Give the decision that asks about a listing."""
        with self._turn:
            found = self._connection.execute("SELECT value FROM waiting WHERE listing = ?", (listing,)).fetchone()
            return found and unpress(found[0])

    def counts(self, asking: Asking) -> Counts:
        """Give how the queue stands, under a person's filters."""
        where = f"FROM waiting w WHERE {_OPEN} AND :cluster IN ('', w.cluster) AND :market IN ('', w.market)"
        theirs = (
            "EXISTS (SELECT 1 FROM leases l WHERE l.listing = w.listing AND l.person != :person AND l.until > :now)"
        )
        skipped = "EXISTS (SELECT 1 FROM skips s WHERE s.listing = w.listing AND s.person = :person AND s.at = w.at)"
        with self._turn:
            (found,) = self._ask(
                f"SELECT count(*), coalesce(sum({theirs}), 0), coalesce(sum({skipped}), 0) {where}", asking
            )
            return Counts(*found)

    def named(self, part: str) -> list[str]:
        """Give what there is of a part among those that wait, `market` or `cluster`, in order."""
        with self._turn:
            return [name for (name,) in self._connection.execute(f"SELECT DISTINCT {part} FROM waiting ORDER BY 1")]

    def _in_order(self, asking: Asking, abstain_below: Mapping[str, float]) -> Iterable[str]:
        urgent = "SELECT listing, seller, scores, since FROM waiting w"
        rows = self._ask(f"{urgent} WHERE {_FREE} ORDER BY urgency DESC LIMIT {LOOKED_AT}", asking)
        waiting = [Waiting(listing, seller, _SCORES(scores), since * 1_000) for listing, seller, scores, since in rows]
        return (each.listing_id for each in ask_next(waiting, asking.now * 1_000, abstain_below))

    def _take(self, listing: str, asking: Asking) -> bool:
        run, until = self._connection.execute, asking.now + LEASE_MILLISECONDS
        taken = run(
            "INSERT INTO leases VALUES(?1,?2,?3) ON CONFLICT(listing) DO UPDATE SET person = ?2, until = ?3"
            " WHERE person = ?2 OR until <= ?4",
            (listing, asking.person, until, asking.now),
        )
        if taken.rowcount:
            run(
                "DELETE FROM leases WHERE person = ? AND listing != ? OR until <= ?",
                (asking.person, listing, asking.now),
            )
        return taken.rowcount > 0

    def _ask(self, question: str, asking: Asking):
        return self._connection.execute(question, asking._asdict()).fetchall()
