"""What upstream sends, from a seed: the same seed gives the same records in the same order for ever.

Listings with revisions, some late, some twice, some removed and back; bytes that cannot be read; records without a key; requests to
decide again; transactions that are committed and transactions that are aborted. It knows no client.
"""

import json
from collections.abc import Callable, Iterator
from enum import StrEnum
from random import Random
from typing import NamedTuple

from tests.kafka.clients import Event

# Of every cluster, and some that nobody can be sure of, for a person to look at.
TITLES = (
    "Gamis wanita syari premium",
    "Keripik tempe 250 g",
    "Tas rotan anyaman tangan",
    "Charger USB-C 65 W",
    "Kemeja batik tulis pria",
    "Kopi bubuk robusta Lampung",
    "Patung kayu ukir Jepara",
    "Sepatu anak rajut",
    "Paket hemat serbaguna",
    "Kotak hadiah isi campur",
    "Produk baru 2021",
)
LATE, RECENT = 200, 500


class How(StrEnum):
    """How a batch is sent."""

    PLAIN = "plain"
    COMMITTED = "committed"
    ABORTED = "aborted"


class Batch(NamedTuple):
    """Records that are sent together, to `listings` or to `listings.redecide`."""

    how: How
    requests: bool
    events: list[Event]


class Traffic:
    """The state of a catalogue, and what happens to it."""

    def __init__(self, seed: int, listings: int) -> None:
        self._random = Random(seed)
        self._listings = listings
        self._revisions: dict[int, int] = {}
        self._number = 0
        self._late: list[Event] = []
        self._recent: list[Event] = []
        kinds = {
            self._update: 68,
            self._late_update: 8,
            self._come_in_late: 8,
            self._again: 4,
            self._twin: 2,
            self._remove: 3,
            self._null: 2,
            self._unreadable: 3,
            self._without_key: 2,
        }
        self._kinds: list[Callable[[], Event]] = list(kinds)
        self._weights = list(kinds.values())

    def batches(self, count: int) -> Iterator[Batch]:
        """Give batches until `count` records are in them, aborted ones and requests too."""
        while count > 0:
            batch = self._batch(min(count, self._random.randint(1, 60)))
            count -= len(batch.events)
            yield batch

    def _batch(self, size: int) -> Batch:
        turn = self._random.random()
        if turn < 0.05 and self._recent:
            return Batch(How.PLAIN, True, [self._request() for _ in range(min(size, 30))])
        if turn < 0.10:
            # What never happened: nothing of it may count as sent.
            return Batch(How.ABORTED, False, [self._never() for _ in range(size)])
        how = How.COMMITTED if turn < 0.20 else How.PLAIN
        kinds = self._random.choices(self._kinds, self._weights, k=size)
        return Batch(how, False, [self._remember(kind()) for kind in kinds])

    def _remember(self, event: Event) -> Event:
        if event.key is not None and event.value is not None:
            self._recent.append(event)
            if len(self._recent) > RECENT:
                del self._recent[self._random.randrange(RECENT)]
        return event

    # One record of each kind.

    def _update(self) -> Event:
        return self._write(self._listing(), forward=1)

    def _late_update(self) -> Event:
        """Make a revision and keep it back, so that the next ones overtake it; send another now."""
        if len(self._late) < LATE:
            self._late.append(self._update())
        return self._update()

    def _come_in_late(self) -> Event:
        if not self._late:
            return self._update()
        return self._late.pop(self._random.randrange(len(self._late)))

    def _again(self) -> Event:
        return self._random.choice(self._recent) if self._recent else self._update()

    def _twin(self) -> Event:
        """Another event of a revision that there is: the time, or else the event's id, says which is newer."""
        return self._write(self._listing(), forward=0)

    def _remove(self) -> Event:
        return self._write(self._listing(), forward=1, removal=True)

    def _null(self) -> Event:
        return Event(_name(self._listing()).encode(), None)

    def _without_key(self) -> Event:
        event = self._update() if self._random.random() < 0.7 else self._unreadable()
        return event._replace(key=None)

    def _unreadable(self) -> Event:
        good = self._write(self._listing(), forward=0)
        body = json.loads(good.value)
        hostile = (
            good.value[: self._random.randrange(len(good.value))],
            good.value.replace(b'"schema"', b'"\xc0\xaf"'),
            json.dumps(body | {"note": float("nan")}).encode(),
            json.dumps(body | {"schema": "keran.listing/9"}).encode(),
            json.dumps(body | {"listing": body["listing"] | {"title": 7}}).encode(),
            json.dumps(body | {"listing": body["listing"] | {"id": "another"}}).encode(),
            json.dumps(body | {"occurred_at": "yesterday"}).encode(),
            b"[" * 2_000,
            self._random.randbytes(40) + b"\xff",
            b"",
        )
        headers = (("trace", b"1"), ("trace", b"\x00\xff"), ("keran-topic", b"elsewhere"))
        return Event(good.key, self._random.choice(hostile), headers[: self._random.randrange(4)])

    def _never(self) -> Event:
        event = self._write(self._listing(), forward=0)
        body = json.loads(event.value)
        body["event_id"], body["listing"]["revision"] = f"never-{self._number}", 1_000_000
        return event._replace(value=json.dumps(body).encode())

    def _request(self) -> Event:
        turn = self._random.random()
        event = self._random.choice(self._recent)
        return event._replace(value=None) if turn < 0.02 else event

    def _listing(self) -> int:
        # A few are touched all the time, most rarely.
        return int(self._listings * self._random.random() ** 3)

    def _write(self, listing: int, *, forward: int, removal: bool = False) -> Event:
        self._number += 1
        self._revisions[listing] = self._revisions.get(listing, 0) + forward
        second = self._number // 100 + self._random.randrange(3)
        # One listing in seven has no revisions: its times alone say what is newer.
        revision = {} if listing % 7 == 3 else {"revision": self._revisions[listing]}
        body = {
            "schema": "keran.listing/1",
            "event_id": f"E-{self._number}",
            "event_type": "listing.removed" if removal else "listing.updated",
            "occurred_at": f"2021-08-{3 + second // 86_400:02}T{second // 3_600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}+07:00",
            "market": "ID",
            "listing": {
                "id": _name(listing),
                **revision,
                "title": f"{self._random.choice(TITLES)} {self._number % 89}",
            },
            "seller": {"id": f"S-{listing % 503}", "type": "cross_border" if listing % 3 else "local", "country": "CN"},
        }
        return Event(_name(listing).encode(), json.dumps(body).encode())


def _name(listing: int) -> str:
    return f"L-{listing}"
