"""The driver's thread: what it takes from the client, and what it says where there is nothing to take."""

import asyncio
from contextlib import nullcontext
from types import SimpleNamespace

from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import FetchResult, PartitionRecords
from aiokafka.consumer.subscription_state import Assignment
from faust.types import TP

from stream.engines.transport import ConsumerThread, KeptRecords
from tests.engines.test_fetched import batch

ONE, OTHER = TP("listings", 0), TP("listings", 1)


class Client:
    """As much of an aiokafka consumer as the thread reaches into, with two partitions that stand at offset 0."""

    _closed, _max_poll_records = False, 10

    def __init__(self) -> None:
        self.assignment = Assignment({TopicPartition(*ONE), TopicPartition(*OTHER)})
        for tp in (ONE, OTHER):
            self.assignment.state_value(TopicPartition(*tp)).reset_to(0)
        self._fetcher = SimpleNamespace(
            _closed=False, _records={}, _wait_consume_future=None, _notify=lambda future: None,
            _create_fetch_waiter=asyncio.get_running_loop().create_future,
        )  # fmt: skip
        self._subscription = SimpleNamespace(
            reassignment_in_progress=False,
            fetch_context=nullcontext,
            subscription=SimpleNamespace(assignment=self.assignment),
        )

    def fetched(self, tp: TP, content: bytes) -> None:
        """Let an answer of a broker be there, as the client's own task leaves it."""
        place = TopicPartition(*tp)
        unread = PartitionRecords(place, KeptRecords(content), [], 0, None, None, True, 1)
        self._fetcher._records[place] = FetchResult(
            place, assignment=self.assignment, partition_records=unread, backoff=0
        )


def records(count):
    return batch([(b"key", b"%d" % at, []) for at in range(count)], 0)[0]


def fetch(client, active, timeout=60.0, rows=10, meanwhile=None):
    thread = ConsumerThread.__new__(ConsumerThread)
    thread.consumer, thread.thread_loop = SimpleNamespace(flow_active=True), asyncio.get_running_loop()
    thread._look_again = asyncio.Event()
    if meanwhile is not None:
        asyncio.get_running_loop().call_later(0.01, meanwhile, thread)
    return asyncio.wait_for(thread._fetch_records(client, active, timeout, rows), 20)


def test_a_partition_whose_buffer_has_room_again_is_not_left_waiting_for_another_s_records():
    """Its records came before; nothing that comes would wake the fetch, which waits for a minute."""

    async def scenario():
        client, active = Client(), {OTHER}
        client.fetched(ONE, records(3))

        def has_room(thread):
            active.add(ONE)
            thread.look_again()

        return await fetch(client, active, meanwhile=has_room)

    runs = asyncio.run(scenario())
    assert [record.value for record in runs[ONE].records] == [b"0", b"1", b"2"]


def test_where_nothing_comes_it_says_where_each_partition_stands():
    async def scenario():
        client = Client()
        client.assignment.state_value(TopicPartition(*ONE)).seek(7)
        return await fetch(client, {ONE, OTHER}, timeout=0.01)

    runs = asyncio.run(scenario())
    assert {tp: (run.begin, run.end, len(run.records)) for tp, run in runs.items()} == {
        ONE: (7, 7, 0),
        OTHER: (0, 0, 0),
    }


def test_what_is_taken_goes_on_where_the_last_take_ended():
    async def scenario():
        client, found = Client(), []
        client.fetched(ONE, records(5))
        while TopicPartition(*ONE) in client._fetcher._records:
            run = (await fetch(client, {ONE}, rows=2))[ONE]
            found.append((run.begin, run.end, [record.offset for record in run.records]))
        return found

    assert asyncio.run(scenario()) == [(0, 2, [0, 1]), (2, 4, [2, 3]), (4, 5, [4])]


def test_what_was_fetched_before_somebody_went_elsewhere_is_left():
    async def scenario():
        client = Client()
        client.fetched(ONE, records(5))
        client.assignment.state_value(TopicPartition(*ONE)).seek(3)
        return await fetch(client, {ONE}, timeout=0.01), client._fetcher._records

    runs, left = asyncio.run(scenario())
    assert (runs[ONE].begin, runs[ONE].end, left) == (3, 3, {})
