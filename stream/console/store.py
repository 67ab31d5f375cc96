"""What can be looked at one by one, in SQLite on disk: rows in, the newest kept, the oldest thrown away.

The topics are the truth and this is rebuilt from them, so nothing is done for its safety: no journal outlives the
process. Whoever writes takes turns; pages read through connections of their own (`stream/console/questions.py`).
"""

import sqlite3
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from stream.labels.queue import DAY, DOUBT_A_DAY

DEAD_KEPT = DIFFERENCES_KEPT = 10_000
# A listing that asks for a person takes some 700 bytes; more than these, and those that came first are forgotten here.
WAITING_KEPT, TRAIL_KEPT = 200_000, 100_000
# Hours in which anything was decided: 120 days of them.
HOURS_KEPT = 2_880
_SCHEMA = f"""
CREATE TABLE decisions(seq INTEGER PRIMARY KEY, at INTEGER, listing TEXT, seller TEXT, sort INTEGER, partition INTEGER);
CREATE INDEX decisions_listing ON decisions(listing);
CREATE INDEX decisions_seller ON decisions(seller);
CREATE INDEX decisions_sort ON decisions(sort);
CREATE TABLE bodies(seq INTEGER PRIMARY KEY, value BLOB);
CREATE TABLE events(seq INTEGER PRIMARY KEY, listing TEXT UNIQUE, at INTEGER, title TEXT, value BLOB);
CREATE TABLE dead(seq INTEGER PRIMARY KEY, at INTEGER, code TEXT, reason TEXT, key TEXT, origin TEXT, place TEXT);
CREATE TABLE differences(seq INTEGER PRIMARY KEY, at INTEGER, listing TEXT, effect TEXT, value BLOB);
CREATE TABLE waiting(
  seq INTEGER PRIMARY KEY, listing TEXT UNIQUE, at INTEGER, since INTEGER, seller TEXT, market TEXT, cluster TEXT,
  doubt REAL, scores TEXT, value BLOB, urgency REAL AS (doubt - since * {DOUBT_A_DAY * 1000 / DAY}));
CREATE INDEX waiting_urgency ON waiting(urgency);
CREATE TABLE trail(
  seq INTEGER PRIMARY KEY, at INTEGER, label TEXT, listing TEXT, cluster TEXT, person TEXT, withdrawn INTEGER,
  title TEXT, note TEXT, UNIQUE(label, withdrawn));
CREATE INDEX trail_listing ON trail(listing, at);
CREATE INDEX trail_person ON trail(person);
CREATE TABLE hours(
  hour INTEGER, market TEXT, cluster TEXT, seller TEXT, origin TEXT, outcome TEXT, n INTEGER,
  PRIMARY KEY(hour, market, cluster, seller, origin, outcome)) WITHOUT ROWID;
CREATE TABLE leases(listing TEXT PRIMARY KEY, person TEXT, until INTEGER);
CREATE TABLE skips(person TEXT, listing TEXT, at INTEGER, PRIMARY KEY(person, listing));
"""
# A listing that waits already has waited since then.
_WAIT = """
INSERT INTO waiting(listing, at, since, seller, market, cluster, doubt, scores, value)
VALUES(?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT(listing) DO UPDATE SET at = ?2, seller = ?3, market = ?4, cluster = ?5, doubt = ?6, scores = ?7, value = ?8
"""
# What decisions and events have in common, so that one alone is pressed to a quarter and not to a half.
_WORDS = (
    b'"conflicts":[],"inferred":{"seller_type":"cross_border","country":"CN"},"declared":{"seller_type":"local",'
    b'"country":"ID"},"origin":{"country":"CN","ship_from":"CN"},"seller":{"id":"S-","type":"cross_border"},'
    b'"listing":{"id":"L-","revision":,"title":"","description":null,"category_path":[],"attributes":{},"price":'
    b'{"amount":"","currency":"IDR"}}{"schema":"keran.listing/1","event_id":"","event_type":"listing.updated",'
    b'"market":"ID","text":{"id":"","en":""},"citation":"","then":"block","advice":[],"annotations":[],"evidence":[],'
    b'"abstained":false,"model":"cluster-","policies":[""],"as_of":"20-:Z","classification":{"cluster":'
    b'"textile_fashion","scores":{"craft":0.0,"culinary":0.0,"other":0.0,"textile_fashion":0.9'
    b'{"schema":"keran.decision/1","decision_id":"","event_id":"","occurred_at":"20","listing_id":"L-","revision":,'
    b'"seller_id":"S-","market":"ID","decision":"allow","review":false,"reasons":[{"policy":"","phase":"","rule":""'
)


class Kept(NamedTuple):
    """A decision, or a removal with `value` None; `at` in milliseconds since 1970."""

    at: int
    listing: str
    seller: str
    sort: int
    partition: int
    value: bytes | None


class Event(NamedTuple):
    """The newest event of a listing, as it came."""

    listing: str
    at: int
    title: str
    value: bytes


class Dead(NamedTuple):
    """A dead letter: why, its key, where its original lay and where it lies."""

    at: int
    code: str
    reason: str
    key: str
    origin: str
    place: str


class Shadowed(NamedTuple):
    """A difference between the live pair and its shadow."""

    at: int
    listing: str
    effect: str
    value: bytes


class Asks(NamedTuple):
    """A decision that asks for a person: how much the model doubts, and its scores as JSON."""

    at: int
    seller: str
    market: str
    cluster: str
    doubt: float
    scores: bytes
    value: bytes


class Answer(NamedTuple):
    """What a person said of a listing, or took back; `at` in milliseconds by their own clock."""

    at: int
    label: str
    listing: str
    cluster: str
    person: str
    withdrawn: bool
    title: str
    note: str


def press(value: bytes) -> bytes:
    """Make bytes smaller; `unpress` gives them back."""
    pressed = zlib.compressobj(1, zlib.DEFLATED, -15, 8, zlib.Z_DEFAULT_STRATEGY, _WORDS)
    return pressed.compress(value) + pressed.flush()


def unpress(pressed: bytes) -> bytes:
    """Give back what was made smaller.

    >>> unpress(press(b"batik"))
    b'batik'
    """
    return zlib.decompressobj(-15, _WORDS).decompress(pressed)


def connect(file: Path) -> sqlite3.Connection:
    """Give a connection for one thread; in the write-ahead log readers and the writer do not wait for each other."""
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-16000")
    connection.execute("PRAGMA temp_store=MEMORY")
    return connection


class Store:
    """The writer of a store in a new file: at most `kept` decisions, and as many listing events."""

    def __init__(self, file: Path, kept: int) -> None:
        self.file, self.kept = file, kept
        self._connection, self._turn = connect(file), Lock()
        self._connection.executescript(_SCHEMA)
        self._last = 0
        self._hours: set[int] = set()

    def write(
        self,
        decisions: Sequence[Kept] = (),
        events: Iterable[Event] = (),
        dead: Iterable[Dead] = (),
        differences: Iterable[Shadowed] = (),
        waiting: Mapping[str, Asks | None] | None = None,
        answers: Iterable[Answer] = (),
        hours: Mapping[tuple, int] | None = None,
    ) -> None:
        """Take rows in, oldest first, all or none, and throw away what is now too old.

        `waiting` is by listing, None where nobody is asked any more; `hours` are counts by all but the last of the
        columns of their table.
        """
        with self._turn, self._connection:
            run = self._connection.executemany
            self._connection.execute("BEGIN IMMEDIATE")
            numbered = list(enumerate(decisions, self._last + 1))
            self._last += len(numbered)
            bodies = ((n, press(row.value)) for n, row in numbered if row.value is not None)
            run("INSERT INTO decisions VALUES(?,?,?,?,?,?)", ((n, *row[:5]) for n, row in numbered))
            run("INSERT INTO bodies VALUES(?,?)", bodies)
            titled = ((*e[:3], press(e.value)) for e in events)
            run("REPLACE INTO events(listing,at,title,value) VALUES(?,?,?,?)", titled)
            run("INSERT INTO dead(at,code,reason,key,origin,place) VALUES(?,?,?,?,?,?)", dead)
            pressed = ((*found[:3], press(found.value)) for found in differences)
            run("INSERT INTO differences(at,listing,effect,value) VALUES(?,?,?,?)", pressed)
            self._write_reviews(waiting or {}, answers)
            self._write_hours(hours or {})
            self._forget()

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()

    def _write_reviews(self, waiting: Mapping[str, Asks | None], answers: Iterable[Answer]) -> None:
        run = self._connection.executemany
        asked = ((name, *row[:6], press(row.value)) for name, row in waiting.items() if row)
        run(_WAIT, asked)
        run("DELETE FROM waiting WHERE listing = ?", ((name,) for name, row in waiting.items() if row is None))
        # An answer that was given here comes by once more when its topic is read.
        columns = "at, label, listing, cluster, person, withdrawn, title, note"
        run(f"INSERT OR IGNORE INTO trail({columns}) VALUES(?,?,?,?,?,?,?,?)", answers)

    def _write_hours(self, hours: Mapping[tuple, int]) -> None:
        added = ((*group, count) for group, count in hours.items())
        update = "ON CONFLICT DO UPDATE SET n = n + excluded.n"
        self._connection.executemany(f"INSERT INTO hours VALUES(?,?,?,?,?,?,?) {update}", added)
        new = {group[0] for group in hours} - self._hours
        if new:
            self._hours |= new
            gone = set(sorted(self._hours, reverse=True)[HOURS_KEPT:])
            self._hours -= gone
            self._connection.executemany("DELETE FROM hours WHERE hour = ?", ((hour,) for hour in gone))

    def _forget(self) -> None:
        self._connection.execute("DELETE FROM decisions WHERE seq <= ?", (self._last - self.kept,))
        self._connection.execute("DELETE FROM bodies WHERE seq <= ?", (self._last - self.kept,))
        for table, kept in (
            ("events", self.kept),
            ("dead", DEAD_KEPT),
            ("differences", DIFFERENCES_KEPT),
            ("waiting", WAITING_KEPT),
            ("trail", TRAIL_KEPT),
        ):
            oldest = f"(SELECT max(seq) FROM {table}) - ?"
            self._connection.execute(f"DELETE FROM {table} WHERE seq <= {oldest}", (kept,))
