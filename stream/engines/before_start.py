"""What the brokers must be before a worker joins its group: settings in, every problem out, all together.

One connection asks for rights, for topics and for what those are set to that must not forget. It changes nothing and
reads no record.
"""

import asyncio
from collections.abc import Collection, Iterator, Mapping

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from stream.engines.brokers import admin, not_compacted, settings_of
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
        if counts.get("labels"):
            configs = await settings_of(client, settings.topic_labels)
            hint = "set its `cleanup.policy` to `compact`: an answer that is deleted holds no longer"
            problems += not_compacted(settings.topic_labels, configs, _place("labels"), hint)
    if problems:
        raise BadSetup(problems)


async def _count(client: AIOKafkaClient, settings: Settings, hidden: Collection[str]) -> Counts:
    """Count the partitions of each topic, but for those that this user may not see as it must."""
    names = output_topics(settings)._asdict() | _labels(settings)
    asked = {word: topic for word, topic in names.items() if topic not in hidden}
    return dict(zip(asked, await asyncio.gather(*(_find(client, topic) for topic in asked.values())), strict=True))


def _labels(settings: Settings) -> dict[str, str]:
    return {"labels": settings.topic_labels} if settings.labels == "overrule" else {}


async def _find(client: AIOKafkaClient, topic: str) -> int | None:
    try:
        return len(await asyncio.wait_for(client._wait_on_metadata(topic), FIND_SECONDS))
    except (KafkaError, TimeoutError):
        return None


def not_there(settings: Settings, counts: Counts) -> Iterator[Problem]:
    """Give the problem of every topic that is not there."""
    for word, count in counts.items():
        if count is None:
            found = f"topic `{_topic(settings, word)}` is not there"
            hint = "create it, let this user see it, or name another"
            if word == "labels":
                hint = "create it, compacted, let this user see it, name another, or set `KERAN_LABELS=off`"
            yield Problem(found, _place(word), hint)


def numbered_otherwise(settings: Settings, counts: Counts) -> Iterator[Problem]:
    """Give the problem of every topic whose partitions are not as many as those of `listings`, and have to be."""
    writer = "give both as many, since each partition has one writer, or set `KERAN_ORDER=producer`"
    reader = "give both as many, since a worker reads the labels of its own partitions, or set `KERAN_LABELS=off`"
    hints = {"decisions": writer, "redecide": writer} if settings.order == "event" else {}
    expected = counts.get("listings")
    for word, hint in {**hints, "labels": reader}.items():
        count = counts.get(word)
        if expected and count and count != expected:
            topics = f"`{_topic(settings, word)}` has {count} partitions and `{settings.topic_listings}` has {expected}"
            yield Problem(topics, _place(word), hint)


def _topic(settings: Settings, word: str) -> str:
    return getattr(settings, f"topic_{word}")


def _place(word: str) -> str:
    return f"environment, `KERAN_TOPIC_{word.upper()}`"
