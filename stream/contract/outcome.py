"""An outcome: what the pipeline makes of one record, ready for the wire."""

from enum import StrEnum
from typing import NamedTuple

from stream.contract.record import Headers


class Kind(StrEnum):
    """What a record came to. (`superseded`, the worker's own fourth, is the order guard's to say.)"""

    DECISION = "decision"
    TOMBSTONE = "tombstone"
    DEAD_LETTER = "dead_letter"


class Outcome(NamedTuple):
    """Exactly one a record: where it goes follows from `kind`, what goes there is `key`, `value` and `headers`.

    `review` asks the engine for a copy on `reviews`. `tally` is what the engine counts it under: `allow` or `block` for
    a decision, the reason's code for a dead letter, empty for a tombstone.
    """

    kind: Kind
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    review: bool = False
    tally: str = ""
