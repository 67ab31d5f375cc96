"""The `traceparent` of a record (W3C Trace Context) -> its decision or tombstone, byte for byte.

Whoever traces an event through the platform goes on behind Keran. Keran makes no span of its own and carries nothing
else: no `tracestate`, no baggage, and no value that does not look like a traceparent, so what reaches the outputs is 55
bytes at most. Dead letters, and what is handed on, keep all their headers anyway.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from stream.contract.outcome import Kind, Outcome
from stream.contract.outcomes import Outcomes, outcomes_of
from stream.contract.record import Record
from stream.contract.records import headed_rows

TRACEPARENT = "traceparent"
# Version, trace id, parent id, flags. Version ff is forbidden, and so are ids of zeros.
PATTERN = "(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
_looks_valid = re.compile(PATTERN.encode()).fullmatch


def carry_traces(records: Sequence[Record], outcomes: Sequence[Outcome]) -> Outcomes:
    """Give the outcomes of a run, one a record and in order, those that carry a trace with it behind their headers.

    Where no record has headers, the outcomes are given as they came.
    """
    run, headed = outcomes_of(outcomes), headed_rows(records)
    if not headed:
        return run
    carries = run.of_kinds(Kind.DECISION, Kind.TOMBSTONE).tolist()
    traces = {row: traceparent_of(records[row]) for row in headed if carries[row]}
    carried = {row: ((TRACEPARENT, trace),) for row, trace in traces.items() if trace is not None}
    behind = {row: (*run.headers.get(row, ()), *more) for row, more in carried.items()}
    return replace(run, headers={**run.headers, **behind})


def traceparent_of(record: Record) -> bytes | None:
    """Give the last header of that name, as clients of Kafka do; None where it does not look like one.

    >>> from stream.contract.record import FileRecord
    >>> trace = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    >>> traceparent_of(FileRecord(b"", headers=(("traceparent", trace),))) == trace
    True
    """
    for name, value in reversed(record.headers):
        if name == TRACEPARENT:
            return value if value is not None and _looks_valid(value) else None
    return None
