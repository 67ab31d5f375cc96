"""The rights that somebody needs of the brokers: settings in, the missing ones out, all together, before it starts.

It asks and changes nothing, over a connection that somebody else made or one of its own.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from stream.engines.brokers import admin
from stream.engines.granted import DESCRIBE_CONFIGS, READ, WRITE, may_use_group, may_use_id, operations_on
from stream.engines.security import connection
from stream.problems import BadSetup, Problem
from stream.settings import Settings

Kind = Literal["topic", "group", "transactional-id"]
_BITS = {"Read": READ, "Write": WRITE, "DescribeConfigs": DESCRIBE_CONFIGS}
_WORDS = {"topic": "topic", "group": "group", "transactional-id": "transactional ids that begin with"}


class Right(NamedTuple):
    """An operation on a resource; a transactional id is the beginning of many."""

    kind: Kind
    name: str
    operation: Literal["Read", "Write", "DescribeConfigs"]


def rights_of(settings: Settings) -> list[Right]:
    """Give every right that a worker needs, and no other: `Describe` comes with each.

    >>> for right in rights_of(Settings(order="producer")):
    ...     print(*right)
    topic listings Read
    topic listings.redecide Read
    topic labels Read
    topic decisions Write
    topic listings.dead Write
    topic reviews Write
    group keran Read
    """
    rights = [
        Right("topic", settings.topic_listings, "Read"),
        Right("topic", settings.topic_redecide, "Read"),
        *([Right("topic", settings.topic_labels, "Read")] if settings.labels == "overrule" else []),
        Right("topic", settings.topic_decisions, "Write"),
        Right("topic", settings.topic_dead, "Write"),
        Right("topic", settings.topic_reviews, "Write"),
        Right("group", settings.group, "Read"),
    ]
    return rights + (_rights_of_order(settings) if settings.order == "event" else []) + _rights_of_live(settings)


def _rights_of_order(settings: Settings) -> list[Right]:
    return [
        Right("topic", settings.topic_decisions, "Read"),
        Right("topic", settings.topic_redecide, "Write"),
        Right("transactional-id", writer_of(settings), "Write"),
    ]


def _rights_of_live(settings: Settings) -> list[Right]:
    shadow = [Right("topic", settings.topic_shadow, "Write")]
    if settings.live == "control":
        operations = ("Read", "Write", "DescribeConfigs")
        return [*(Right("topic", settings.topic_control, operation) for operation in operations), *shadow]
    return shadow if settings.shadow_model or settings.shadow_policies else []


def writer_of(settings: Settings) -> str:
    """Give what the transactional ids of a group's workers begin with; behind it stands the partition."""
    return f"{settings.group}-{settings.topic_decisions}"


async def check_rights(settings: Settings, needed: Sequence[Right]) -> None:
    """Raise BadSetup with every right of these that the brokers do not grant, or where no broker answers."""
    async with admin(connection(settings, f"{settings.group}-rights")) as client:
        missing = await missing_rights(client._client, needed)
    if missing:
        raise BadSetup([no_right(right, settings) for right in missing])


async def missing_rights(client: AIOKafkaClient, needed: Sequence[Right]) -> list[Right]:
    """Give every right of these that the brokers do not grant; what cannot be asked is not told."""
    try:
        return [right for right in needed if not await _has(client, right)]
    except KafkaError:
        return []


async def _has(client: AIOKafkaClient, right: Right) -> bool:
    match right.kind:
        case "group":
            return await may_use_group(client, right.name)
        case "transactional-id":
            return await may_use_id(client, f"{right.name}-0")
    granted = await operations_on(client, [right.name])
    return right.name not in granted or bool(granted[right.name] & _BITS[right.operation])


def no_right(right: Right, settings: Settings) -> Problem:
    """Say that a right is missing, and how to grant it."""
    user = f"user `{settings.sasl_user}`" if settings.sasl_user else "this client's user"
    hint = f"kafka-acls --add --allow-principal User:{settings.sasl_user or '...'} {acl_of(right)}"
    message = f"no right to `{right.operation}` for {user}: {_WORDS[right.kind]} `{right.name}`"
    return Problem(message, f"broker `{settings.broker}`", hint)


def acl_of(right: Right) -> str:
    """Give the options of Kafka's own tool that grant it.

    >>> acl_of(Right("transactional-id", "keran-decisions", "Write"))
    '--operation Write --transactional-id keran-decisions --resource-pattern-type prefixed'
    """
    prefixed = " --resource-pattern-type prefixed" if right.kind == "transactional-id" else ""
    return f"--operation {right.operation} --{right.kind} {right.name}{prefixed}"
