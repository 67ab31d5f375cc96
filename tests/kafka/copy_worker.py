"""A worker whose pipeline copies: every record becomes a decision with the record's own key and value. Started as a process.

What it is for: the path round the pipeline, alone. A value of `slow` takes a second, `poison` breaks the pipeline, `dead` is a
dead letter, `doubt` asks for a review.
"""

import sys
import time
from collections.abc import Sequence

from stream.contract.answer import Labels
from stream.contract.instant import Instant
from stream.contract.outcome import Kind, Outcome
from stream.contract.record import Record
from stream.engines.worker import run_worker
from stream.settings import read_settings


class CopyPipeline:
    """The least that has a pipeline's shape."""

    clusters = ()

    def run(self, records: Sequence[Record], as_of: Instant, *, labels: Labels) -> list[Outcome]:
        """Give each record back as a decision."""
        return [_copy(record) for record in records]


def _copy(record: Record) -> Outcome:
    # A decision has its listing's id for a key, and a compacted topic takes no other.
    key = record.key or b"unnamed"
    match record.value:
        case b"slow":
            time.sleep(1)
        case b"poison":
            raise RuntimeError("the pipeline broke")
        case b"dead":
            return Outcome(Kind.DEAD_LETTER, record.key, record.value, (*record.headers, ("keran-reason", b"test")))
        case b"doubt":
            return Outcome(Kind.DECISION, key, record.value, review=True, tally="allow")
    return Outcome(Kind.DECISION, key, record.value, tally="allow")


if __name__ == "__main__":
    sys.exit(run_worker(read_settings(), CopyPipeline()))
