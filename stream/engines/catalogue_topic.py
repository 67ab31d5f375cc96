"""The catalogue from the topic `listings`: settings in, its records, or a partition as Arrow record batches, out.

A partition at a time, up to the ends as they were at the start, committed records only. It refuses to know which event
of a listing counts.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager

import pyarrow as pa
from aiokafka import ConsumerRecord

from stream.catalogue.arrow import LISTINGS
from stream.engines.open_topic import OpenTopic, records_in
from stream.engines.topic_log import topic_log
from stream.settings import Settings


def catalogue_topic(settings: Settings) -> AbstractAsyncContextManager[OpenTopic]:
    """Give the topic of listings, opened. Raises BadSetup."""
    return topic_log(settings, settings.topic_listings, "KERAN_TOPIC_LISTINGS")


def catalogue_batches(settings: Settings, partition: int) -> Iterator[pa.RecordBatch]:
    """Give a partition of the catalogue as batches of `LISTINGS`, at most a fetch at a time. Raises BadSetup."""
    with asyncio.Runner() as runner:
        batches = _batches(settings, partition)
        try:
            while (batch := runner.run(_next(batches))) is not None:
                yield batch
        finally:
            runner.run(batches.aclose())


async def _next(batches: AsyncIterator[pa.RecordBatch]) -> pa.RecordBatch | None:
    return await anext(batches, None)


async def _batches(settings: Settings, partition: int) -> AsyncIterator[pa.RecordBatch]:
    async with catalogue_topic(settings) as listings:
        async for run in records_in(listings, partition):
            if run:
                yield _batch(run)


def _batch(run: Sequence[ConsumerRecord]) -> pa.RecordBatch:
    columns = [[getattr(record, name) for record in run] for name in LISTINGS.names]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, LISTINGS, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=LISTINGS)
