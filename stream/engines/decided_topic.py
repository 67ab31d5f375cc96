"""What is decided now, from the compacted topic `decisions`: one partition in, its listings in compact form out."""

from stream.catalogue.decided import Decided, Gathering
from stream.engines.open_topic import records_in
from stream.engines.topic_log import topic_log
from stream.settings import Settings


async def decided_in(settings: Settings, partition: int) -> Decided:
    """Give what stands on one partition of `decisions`, up to its end as of now. Raises BadSetup."""
    gathering = Gathering()
    async with topic_log(settings, settings.topic_decisions, "KERAN_TOPIC_DECISIONS") as decisions:
        async for run in records_in(decisions, partition):
            gathering.take(run)
    return gathering.decided()
