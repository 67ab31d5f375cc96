"""The catalogue on its topic against what stands on `decisions`, for an impact: settings in, a partition a piece out.

The new side decides under the labels in force on their topic, as workers do. Whoever counts a piece reads its partition
of each topic by itself, so what stands of one partition is in its memory. It reads what is committed, joins no group
and publishes nothing.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from aiokafka.errors import KafkaError

from stream.catalogue.arrow import records_of
from stream.catalogue.standing import Standing, gathering_stood
from stream.contract.record import Record
from stream.engines.catalogue_topic import catalogue_batches, catalogue_topic
from stream.engines.decided_topic import decided_in, decided_topic
from stream.engines.diff import Sides
from stream.engines.impact import Opened, Source
from stream.engines.labels_topic import labels_in
from stream.engines.rights import Right, check_rights
from stream.problems import BadSetup, Problem
from stream.settings import Settings


def on_topic(settings: Settings) -> Source:
    """Give the topic of listings as a catalogue. Raises BadSetup where one of the two is not there, or not as large."""
    with _telling(settings):
        return Source(asyncio.run(_partitions(settings)), partial(_open, settings))


def rights_of_impact(settings: Settings) -> list[Right]:
    """Give every right that it needs; `Describe` comes with each."""
    labels = [settings.topic_labels] if settings.labels == "overrule" else []
    return [Right("topic", topic, "Read") for topic in (settings.topic_listings, settings.topic_decisions, *labels)]


async def _partitions(settings: Settings) -> list[int]:
    await check_rights(settings, rights_of_impact(settings))
    async with catalogue_topic(settings) as listings, decided_topic(settings) as decisions:
        if len(listings.ends) != len(decisions.ends):
            raise BadSetup([_uneven(settings, len(decisions.ends), len(listings.ends))])
        return list(listings.ends)


def _open(settings: Settings, sides: Sides, partition: int) -> Opened:
    with _telling(settings):
        standing = Standing(asyncio.run(decided_in(settings, partition, gathering_stood())))
        labelled = sides._replace(labels=asyncio.run(labels_in(settings, partition)))
    return Opened(labelled, _runs(settings, partition), standing, standing.stands)


def _runs(settings: Settings, partition: int) -> Iterator[Sequence[Record]]:
    with _telling(settings):
        for batch in catalogue_batches(settings, partition):
            yield records_of(batch)


def _uneven(settings: Settings, found: int, expected: int) -> Problem:
    message = f"`{settings.topic_decisions}` has {found} partitions, `{settings.topic_listings}` has {expected}"
    return Problem(message, "environment, `KERAN_TOPIC_DECISIONS`", "give both as many; workers refuse them too")


@contextmanager
def _telling(settings: Settings) -> Iterator[None]:
    """Turn what brokers refuse into bad setup."""
    try:
        yield
    except (KafkaError, TimeoutError) as reason:
        message = f"the brokers refused: `{type(reason).__name__}` {reason}"
        raise BadSetup([Problem(message, f"broker `{settings.broker}`", "run it again when that is mended")]) from None
