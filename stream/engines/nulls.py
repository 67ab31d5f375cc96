"""Null values that were taken already: a worker that comes by one a second time must not remove what came behind it.

A null value has no place of its own and takes its listing's, so coming again it would take that of a newer event. What
tells it is where it stood: every tombstone of a null value says its offset and time in headers, which are read back
with `decisions`.
"""

from collections import deque
from collections.abc import Iterable, Sequence

from stream.contract.outcome import Kind, Outcome
from stream.contract.record import Record

# More than a worker can have published and not committed: at 20,000 events a second, one in fifty of them null, what
# comes in two minutes without a commit.
REMEMBERED = 1 << 16
OFFSET, TIMESTAMP = "keran-offset", "keran-timestamp"

Stood = tuple[int, int]


class Nulls:
    """Where the last null values of one partition stood. Time is part of it: a topic made anew begins at 0 again."""

    def __init__(self) -> None:
        self._order: deque[Stood] = deque()
        self._taken: set[Stood] = set()

    def restore(self, records: Iterable[Record]) -> None:
        """Take what the tombstones on `decisions` say."""
        for record in records:
            if record.value is None and (stood := _read(record)) is not None:
                self._note(stood)

    def take(self, records: Sequence[Record], outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Give a run's outcomes; a null value's tombstone says where that stood, and is superseded if taken before."""
        return [
            self._take(record, outcome) if outcome.kind is Kind.TOMBSTONE and outcome.place is None else outcome
            for record, outcome in zip(records, outcomes, strict=True)
        ]

    def _take(self, record: Record, tombstone: Outcome) -> Outcome:
        stood = (record.offset, record.timestamp or 0)
        if stood in self._taken:
            return Outcome(Kind.SUPERSEDED, tombstone.key, None, tally="duplicate")
        self._note(stood)
        headers = ((OFFSET, b"%d" % stood[0]), (TIMESTAMP, b"%d" % stood[1]))
        return tombstone._replace(headers=(*tombstone.headers, *headers))

    def _note(self, stood: Stood) -> None:
        if stood not in self._taken:
            self._taken.add(stood)
            self._order.append(stood)
            if len(self._order) > REMEMBERED:
                self._taken.discard(self._order.popleft())


def _read(record: Record) -> Stood | None:
    headers = dict(record.headers)
    try:
        return int(headers[OFFSET]), int(headers[TIMESTAMP])
    except (KeyError, TypeError, ValueError):
        return None
