"""A record of the dead-letter topic, read back: a dead letter with its original parts, or a mark, or neither.

A mark says that the dead letter at an offset of its own partition was replayed: key and value are null, its one header
is `keran-replayed`. Readers of dead letters skip marks. It refuses to judge whether the original can be read today.
"""

from typing import Annotated, NamedTuple

from pydantic import Field

from stream.contract.dead_letter import Code, DeadLetterHeaders
from stream.contract.instant import Instant
from stream.contract.record import Headers, Record
from stream.contract.wire import Wire

MARK = "keran-replayed"
REPLAYED_FROM = "keran-replayed-from"
# The first that `write_dead_letter` adds: before its last appearance all is the record's own, whatever its name.
_FIRST_OF_OURS = "keran-code"
# Digits of the greatest offset, a signed number of 64 bits.
_LONGEST_OFFSET = 19


class Place(NamedTuple):
    """Where a record lies or lay."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


class DeadRecord(NamedTuple):
    """A dead letter as it lies at `at`: why it is one, where the original lay, and the original as it came."""

    at: Place
    origin: Place
    code: Code
    reason: str
    path: str
    time: Instant | None
    key: bytes | None
    value: bytes | None
    headers: Headers


class MarkHeaders(Wire):
    """The one header of a mark on the dead-letter topic; its key and value are null."""

    replayed: Annotated[
        str, Field(alias=MARK, pattern="^[0-9]+$", description="offset, in this partition, of the letter replayed")
    ]


class ReplayedHeaders(Wire):
    """The header that a replay puts behind the original's own when it publishes the original again."""

    replayed_from: Annotated[
        str,
        Field(alias=REPLAYED_FROM, pattern="^[a-zA-Z0-9._-]+/[0-9]+/[0-9]+$", description="the dead letter's place"),
    ]


def read_dead_record(record: Record) -> DeadRecord | None:
    """Give the dead letter that a record is, None where it is none. Never raises."""
    begin = max((i for i, (name, _) in enumerate(record.headers) if name == _FIRST_OF_OURS), default=None)
    if begin is None:
        return None
    try:
        ours = DeadLetterHeaders.model_validate(
            {name: value.decode() for name, value in record.headers[begin:] if value is not None}
        )
        origin = Place(ours.topic, int(ours.partition), int(ours.offset))
    except ValueError:  # fields, UTF-8, or more digits than Python reads
        return None
    added = {field.alias for field in DeadLetterHeaders.model_fields.values()}
    # What a mirror or a proxy has put behind ours stays with the original.
    original = [*record.headers[:begin], *(pair for pair in record.headers[begin:] if pair[0] not in added)]
    return DeadRecord(
        Place(record.topic, record.partition, record.offset),
        origin,
        ours.code,
        ours.reason,
        ours.path,
        ours.time,
        record.key,
        record.value,
        tuple(original),
    )


def marked_offset(record: Record) -> int | None:
    """Give the offset whose dead letter a mark calls replayed; None for every record that is no mark.

    No dead letter looks like one: it has Keran's headers behind whatever its producer wrote.
    """
    if record.key is not None or record.value is not None or len(record.headers) != 1:
        return None
    name, value = record.headers[0]
    readable = name == MARK and value is not None and value.isdigit() and len(value) <= _LONGEST_OFFSET
    return int(value) if readable else None


def mark_headers(offset: int) -> Headers:
    """Give the header of the mark for an offset."""
    return ((MARK, b"%d" % offset),)


def replayed_headers(letter: DeadRecord) -> Headers:
    """Give the headers to publish an original with: its own, and where its dead letter lies in place of an earlier one.

    >>> headers = (("trace", None), ("keran-replayed-from", b"listings.dead/0/3"))
    >>> place = Place("listings.dead", 0, 9)
    >>> replayed_headers(DeadRecord(place, Place("listings", 0, 1), "empty", "", "$", None, None, b"", headers))
    (('trace', None), ('keran-replayed-from', b'listings.dead/0/9'))
    """
    own = tuple(letter.headers)
    if own and own[-1][0] == REPLAYED_FROM:
        own = own[:-1]
    return (*own, (REPLAYED_FROM, str(letter.at).encode()))
