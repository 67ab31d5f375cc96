"""The stages are timed on what a run really brings: each event is read, decided and written, and nothing is left out."""

from aiokafka.record.memory_records import MemoryRecords

from benchmarks import stages
from stream.compose import load
from stream.contract.event import ListingEvent
from stream.contract.outcome import Kind


def test_each_stage_takes_what_the_one_before_gave():
    _, pipeline = load()
    given = next(stages._fetched(20))
    results = []
    for _, work in stages._stages(pipeline):
        given = work(given)
        results.append(given)
    records, (_, run), classified, ruled, (_, written), (_, ordered), (_, answered), (*_, batches), tally = results
    assert len(records) == len(run.events) == len(written) == len(ruled[-1]) == len(classified[-1]) == 20
    assert len(ordered) == len(answered) == tally.total() == 20
    assert all(isinstance(event, ListingEvent) for event in run.events)
    copies = sum(outcome.review for outcome in answered)
    superseded = sum(outcome.kind is Kind.SUPERSEDED for outcome in ordered)
    assert sum(_count(batch) for batch in batches) == 20 - superseded + copies


def _count(buffer: bytes) -> int:
    records, count = MemoryRecords(bytes(buffer)), 0
    while records.has_next():
        count += sum(1 for _ in records.next_batch())
    return count
