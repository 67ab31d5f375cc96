"""What the brokers let this client's user do: names of topics and ids in, the operations that are allowed out.

Nothing is read, written or joined for it. It knows nothing of what a worker needs. The client library speaks metadata
up to version 5; operations came with version 8 (Kafka 2.3), hence the two structures here.
"""

from collections.abc import Collection, Mapping

from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int16, Int32, Schema, String

# `AclOperation` of Kafka: the bit of each.
READ, WRITE, DESCRIBE_CONFIGS = 1 << 3, 1 << 4, 1 << 10
# What a broker says that was not asked, or cannot tell.
_UNTOLD = -(2**31)


class _Metadata8Response(Response):
    API_KEY, API_VERSION = 3, 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", Array(("id", Int32), ("host", String()), ("port", Int32), ("rack", String()))),
        ("cluster_id", String()),
        ("controller_id", Int32),
        (
            "topics",
            Array(
                ("error_code", Int16),
                ("topic", String()),
                ("is_internal", Boolean),
                (
                    "partitions",
                    Array(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", Array(Int32)),
                        ("isr", Array(Int32)),
                        ("offline_replicas", Array(Int32)),
                    ),
                ),
                ("operations", Int32),
            ),
        ),
        ("cluster_operations", Int32),
    )


class _Metadata8(RequestStruct):
    API_KEY, API_VERSION = 3, 8
    RESPONSE_TYPE = _Metadata8Response
    SCHEMA = Schema(
        ("topics", Array(String())),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_operations", Boolean),
        ("include_topic_operations", Boolean),
    )


class _AskTopics(Request[_Metadata8]):
    API_KEY = 3

    def __init__(self, topics: Collection[str]) -> None:
        self._topics = [*topics]

    def build(self, request_struct_class: type[_Metadata8]) -> _Metadata8:
        return request_struct_class(self._topics, False, False, True)


async def operations_on(client: AIOKafkaClient, topics: Collection[str]) -> Mapping[str, int]:
    """Give the operations allowed on each topic, as bits; a topic whose broker cannot tell is left out."""
    try:
        answer = await client.send(client.get_random_node(), _AskTopics(topics))
    except NotImplementedError:
        # A broker older than 2.3.
        return {}
    denied = TopicAuthorizationFailedError.errno
    told = {topic: 0 if error == denied else bits for error, topic, _, _, bits in answer.topics if error in (0, denied)}
    return {topic: bits for topic, bits in told.items() if bits != _UNTOLD}


async def may_use_group(client: AIOKafkaClient, group: str) -> bool:
    """Say whether the group can be seen at all."""
    return await _may(client, CoordinationType.GROUP, group, GroupAuthorizationFailedError)


async def may_use_id(client: AIOKafkaClient, transactional_id: str) -> bool:
    """Say whether the transactional id can be seen at all."""
    return await _may(client, CoordinationType.TRANSACTION, transactional_id, TransactionalIdAuthorizationFailed)


async def _may(client: AIOKafkaClient, kind: CoordinationType, name: str, denied: type[KafkaError]) -> bool:
    try:
        await client.coordinator_lookup(kind, name)
    except denied:
        return False
    except KafkaError:
        # No coordinator yet: whoever needs it waits for it.
        return True
    return True
