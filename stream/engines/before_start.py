"""What the brokers must be before a worker joins its group: settings in, every problem out, all together.

One connection asks for rights, for topics and for what `decisions` is set to. It changes nothing and reads no record.
"""

import asyncio
from collections.abc import Collection, Iterator, Mapping

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from stream.engines.brokers import admin
from stream.engines.decisions_log import forgetting_now
from stream.engines.outputs import FIND_SECONDS, output_topics
from stream.engines.rights import missing_rights, no_right, rights_of
from stream.engines.security import connection
from stream.problems import BadSetup, Problem
from stream.settings import Settings

# A topic's word in the settings, and how many partitions it has; None where it is not there.
Counts = Mapping[str, int | None]


async def check_brokers(settings: Settings) -> None:
    """Return if brokers let this worker in, and their topics are what it needs. Raises BadSetup with all problems."""
    async with admin(connection(settings, f"{settings.group}-start")) as client:
        missing = await missing_rights(client._client, rights_of(settings))
        hidden = {right.name for right in missing}
        counts = await _count(client._client, settings, hidden)
        problems = [no_right(right, settings) for right in missing]
        problems += [*not_there(settings, counts), *numbered_otherwise(settings, counts)]
        if settings.order == "event" and counts.get("decisions"):
            problems += await forgetting_now(client, settings)
    if problems:
        raise BadSetup(problems)


async def _count(client: AIOKafkaClient, settings: Settings, hidden: Collection[str]) -> Counts:
    """Count the partitions of each topic, but for those that this user may not see as it must."""
    names = output_topics(settings)._asdict()
    asked = {word: topic for word, topic in names.items() if topic not in hidden}
    return dict(zip(asked, await asyncio.gather(*(_find(client, topic) for topic in asked.values())), strict=True))


async def _find(client: AIOKafkaClient, topic: str) -> int | None:
    try:
        return len(await asyncio.wait_for(client._wait_on_metadata(topic), FIND_SECONDS))
    except (KafkaError, TimeoutError):
        return None


def not_there(settings: Settings, counts: Counts) -> Iterator[Problem]:
    """Give the problem of every topic that is not there."""
    for word, count in counts.items():
        if count is None:
            found = f"topic `{getattr(output_topics(settings), word)}` is not there"
            yield Problem(found, _place(word), "create it, let this user see it, or name another")


def numbered_otherwise(settings: Settings, counts: Counts) -> Iterator[Problem]:
    """Give the problem of every topic whose partitions are not as many as those of `listings`, where order asks it."""
    topics, expected = output_topics(settings), counts.get("listings")
    for word in ("decisions", "redecide"):
        count = counts.get(word)
        if settings.order == "event" and expected and count and count != expected:
            found = f"`{getattr(topics, word)}` has {count} partitions and `{topics.listings}` has {expected}"
            hint = "give both as many, since each partition has one writer, or set `KERAN_ORDER=producer`"
            yield Problem(found, _place(word), hint)


def _place(word: str) -> str:
    return f"environment, `KERAN_TOPIC_{word.upper()}`"
