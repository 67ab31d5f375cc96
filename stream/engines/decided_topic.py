"""What is decided now, from the compacted topic `decisions`: one partition in, its listings in compact form out."""

from contextlib import AbstractAsyncContextManager

from stream.catalogue.decided import Decided, Gathering
from stream.engines.open_topic import OpenTopic, records_in
from stream.engines.topic_log import topic_log
from stream.settings import Settings


def decided_topic(settings: Settings) -> AbstractAsyncContextManager[OpenTopic]:
    """Give the topic of decisions, opened. Raises BadSetup."""
    return topic_log(settings, settings.topic_decisions, "KERAN_TOPIC_DECISIONS")


async def decided_in(settings: Settings, partition: int, gathering: Gathering | None = None) -> Decided:
    """Give what stands on one partition of `decisions`, up to its end as of now. Raises BadSetup.

    `gathering` takes it, where more is to be kept of a decision than a sweep needs.
    """
    gathering = gathering or Gathering()
    async with decided_topic(settings) as decisions:
        async for run in records_in(decisions, partition):
            gathering.take(run)
    return gathering.decided()
