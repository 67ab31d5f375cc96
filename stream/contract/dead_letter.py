"""A dead letter: bytes that could not be read, and why. Its record keeps key, value and headers as they came.

Ours are added as `keran-*` headers behind the record's own, so that `keran dead replay` can hand the original on
untouched.
"""

from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from stream.contract.instant import Instant, InstantField
from stream.contract.outcome import Kind, Outcome
from stream.contract.record import Record
from stream.contract.wire import Wire

Code = Literal[
    "empty",
    "not-utf8",
    "not-json",
    "wrong-type",
    "missing-field",
    "unknown-schema",
    "unknown-event-type",
    "unreadable-time",
    "unreadable-price",
    "out-of-range",
    "foreign-key",
]


class DeadLetter(NamedTuple):
    """Why a record could not be read: a code to count by, one sentence that names the field, and the field's path."""

    code: Code
    reason: str
    path: str


class DeadLetterHeaders(Wire):
    """The headers that Keran adds to a dead letter; all are text, `keran-time` is the run's `as_of`, absent where a
    replay has none.
    """

    code: Annotated[Code, Field(alias="keran-code")]
    reason: Annotated[str, Field(alias="keran-reason")]
    path: Annotated[str, Field(alias="keran-path", description="`$.listing.title`, `key`, or `$` for the whole record")]
    topic: Annotated[str, Field(alias="keran-topic")]
    partition: Annotated[str, Field(alias="keran-partition", pattern="^[0-9]+$")]
    offset: Annotated[str, Field(alias="keran-offset", pattern="^[0-9]+$")]
    time: Annotated[InstantField | None, Field(alias="keran-time")] = None


def write_dead_letter(record: Record, letter: DeadLetter, as_of: Instant | None) -> Outcome:
    """Give the record back as it came with our headers added; the pipeline's outcome for bytes it could not read."""
    ours: list[tuple[str, bytes]] = [
        ("keran-code", letter.code.encode()),
        ("keran-reason", letter.reason.encode()),
        ("keran-path", letter.path.encode()),
        ("keran-topic", record.topic.encode()),
        ("keran-partition", b"%d" % record.partition),
        ("keran-offset", b"%d" % record.offset),
    ]
    if as_of is not None:
        ours.append(("keran-time", as_of.text.encode()))
    return Outcome(Kind.DEAD_LETTER, record.key, record.value, (*record.headers, *ours), tally=letter.code)
