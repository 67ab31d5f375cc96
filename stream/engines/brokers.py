"""Clients of the brokers, started, or bad setup that says in words why they cannot be; and what a topic is held to.

It knows no topic by name and reads no record.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import IncompatibleBrokerVersion, KafkaConnectionError

from stream.problems import BadSetup, Problem


@asynccontextmanager
async def connected(
    client: Any, stop: Callable[[Any], Awaitable[None]], connection: Mapping[str, Any]
) -> AsyncIterator[Any]:
    """Give the client, started; stopped afterwards. Raises BadSetup where no broker lets it in."""
    try:
        await client.start()
    except KafkaConnectionError as reason:
        await stop(client)
        raise BadSetup([_no_broker(connection, reason)]) from None
    try:
        yield client
    finally:
        await stop(client)


def admin(connection: Mapping[str, Any]) -> AbstractAsyncContextManager[AIOKafkaAdminClient]:
    """Give a client that asks about topics. Raises BadSetup."""
    return connected(AIOKafkaAdminClient(**connection), AIOKafkaAdminClient.close, connection)


async def settings_of(client: AIOKafkaAdminClient, topic: str) -> dict[str, str]:
    """Give a topic's settings by name; none where it is not there, or brokers do not tell, or not this user."""
    try:
        answers = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    except IncompatibleBrokerVersion:
        return {}
    return {entry[0]: entry[1] for answer in answers for resource in answer.resources for entry in resource[4]}


def not_compacted(topic: str, settings: Mapping[str, str], place: str, hint: str) -> list[Problem]:
    """Give the problem of a topic that does not keep each key's last record; settings that nobody tells have none."""
    policy = settings.get("cleanup.policy", "compact")
    return [] if policy == "compact" else [Problem(f"`{topic}` is not compacted but `{policy}`", place, hint)]


def _no_broker(connection: Mapping[str, Any], reason: KafkaConnectionError) -> Problem:
    servers = ",".join(connection["bootstrap_servers"])
    hint = "start it, name another, or look at the security settings"
    return Problem(f"no broker lets us in at `{servers}`: {reason}", "environment, `KERAN_BROKER`", hint)
