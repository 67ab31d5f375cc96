"""Runs under way: partitions side by side, one of each at a time, and what fails ends all with its own reason."""

import asyncio

import pytest

from stream.engines.under_way import AT_ONCE, UnderWay


class Refused(Exception):  # noqa: N818 - it says what happened
    pass


def test_partitions_go_side_by_side_and_each_in_order():
    """No partition has two runs under way, all together have no more than there is room for, and nothing is left."""

    async def scenario():
        now, most, done = [], 0, []

        async def work(partition, number):
            nonlocal most
            assert partition not in now
            now.append(partition)
            most = max(most, len(now))
            await asyncio.sleep(0.001)
            now.remove(partition)
            done.append((partition, number))

        async with UnderWay() as under_way:
            for number in range(60):
                partition = number % 6
                await under_way.room_for(partition)
                under_way.send(partition, work(partition, number))
        assert most == AT_ONCE
        assert len(done) == 60
        for partition in range(6):
            numbers = [number for p, number in done if p == partition]
            assert numbers == sorted(numbers)

    asyncio.run(scenario())


def test_what_fails_ends_the_rest_and_says_why():
    """Also while nothing more comes in: whoever waits for the next run is told."""

    async def scenario():
        ended = []

        async def fails():
            raise Refused("by the brokers")

        async def lasts():
            try:
                await asyncio.sleep(60)
            finally:
                ended.append("cancelled")

        async with UnderWay() as under_way:
            under_way.send(0, lasts())
            under_way.send(1, fails())
            await asyncio.sleep(60)
        raise AssertionError("it went on")

    with pytest.raises(Refused, match="by the brokers"):
        asyncio.run(asyncio.wait_for(scenario(), 10))
