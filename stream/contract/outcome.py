"""An outcome: what the pipeline makes of one record, ready for the wire."""

from enum import StrEnum
from typing import NamedTuple

from stream.contract.record import Headers


class Kind(StrEnum):
    """What a record came to. The last two are the worker's own and the core never says them: `superseded`, and
    `handed_on`, to the worker that owns the listing, by way of `listings.redecide`.
    """

    DECISION = "decision"
    TOMBSTONE = "tombstone"
    DEAD_LETTER = "dead_letter"
    SUPERSEDED = "superseded"
    HANDED_ON = "handed_on"


class Place(NamedTuple):
    """An event's place among those of its listing, ordered (revision, occurred_at, event_id), and its decision.

    `revision` is 0 where the event has none, `occurred_at` counts microseconds since 1970, ids are UTF-8.
    """

    revision: int
    occurred_at: int
    event_id: bytes
    decision_id: bytes = b""


class Outcome(NamedTuple):
    """Exactly one a record: where it goes follows from `kind`, what goes there is `key`, `value` and `headers`.

    `review` asks the engine for a copy on `reviews`, `answered` for a tombstone there. `tally` is what it counts
    under: `allow` or `block` for a decision, the reason's code for a dead letter or why it is superseded, empty for a
    tombstone. `place` is the event's among those of its listing; a null value with a key has none.
    """

    kind: Kind
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    review: bool = False
    tally: str = ""
    place: Place | None = None
    answered: bool = False
