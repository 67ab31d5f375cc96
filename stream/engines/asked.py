"""Which listings a person is asked about: what stands on `reviews`, kept in step with what stands on `decisions`.

A run's outcomes come in as the order guard lets them through; out they go, and those that end a question say so, for a
tombstone on `reviews`. It knows no Kafka client and no label.

It holds keys, whole, and no more of them than there are listings: what is decided, removed or answered goes.
"""

import sys
from collections.abc import Iterable

import msgspec

from stream.contract.outcome import Kind, Outcome
from stream.contract.record import Record


class _Reviewed(msgspec.Struct, frozen=True):
    review: bool


_decode = msgspec.json.Decoder(_Reviewed).decode


class Asked:
    """The listings of one partition whose last decision asks for a person: a few in a hundred of all."""

    def __init__(self) -> None:
        self._listings: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._listings)

    def nbytes(self) -> int:
        """Give the bytes that the keys and their table take: 75 to 100 a listing, of keys of 14 bytes."""
        return sys.getsizeof(self._listings) + sum(map(sys.getsizeof, self._listings))

    def restore(self, records: Iterable[Record]) -> None:
        """Take what is on `decisions`, in order."""
        for record in records:
            self._note(record.key or b"", record.value is not None and _asks(record.value))

    def take(self, outcomes: Iterable[Outcome]) -> list[Outcome]:
        """Give a run's outcomes; those that replace what a person was asked about, and ask nothing, are `answered`."""
        return [self._take(outcome) for outcome in outcomes]

    def _take(self, outcome: Outcome) -> Outcome:
        if outcome.kind not in (Kind.DECISION, Kind.TOMBSTONE) or outcome.key is None:
            return outcome
        stood = outcome.key in self._listings
        self._note(outcome.key, outcome.review)
        return outcome._replace(answered=True) if stood and not outcome.review else outcome

    def _note(self, listing: bytes, review: bool) -> None:
        if review:
            self._listings.add(listing)
        else:
            self._listings.discard(listing)


def _asks(value: bytes) -> bool:
    # Only a few ask: the search is a tenth of the decoding, and within a text the quotes would be escaped.
    if b'"review":true' not in value:
        return False
    try:
        return _decode(value).review
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
