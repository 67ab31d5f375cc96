"""Dead letters for tests, as they lie on the topic."""

from stream.contract.dead_letter import DeadLetter
from stream.contract.dead_record import DeadRecord, Place
from stream.contract.instant import Instant, parse_instant
from stream.contract.read import read_record
from stream.contract.record import FileRecord, Headers
from tests.conftest import value_with

ORIGIN = Place("listings", 3, 17)
TIME = parse_instant("2021-08-03T02:00:01Z")


def letter_of(
    value: bytes | None = None,
    key: bytes | None = b"L-1",
    headers: Headers = (),
    *,
    at: int = 40,
    origin: Place = ORIGIN,
    time: Instant | None = TIME,
) -> DeadRecord:
    """The dead letter that today's contract makes of a record; without a value, one whose title is a number."""
    value = value_with(listing__title=3) if value is None and key is not None else value
    why = read_record(FileRecord(value, key, headers))
    assert isinstance(why, DeadLetter)
    return DeadRecord(Place("listings.dead", 2, at), origin, *why, time, key, value, headers)
