"""`decisions` as a worker's memory: read back, the partitions asked for, from their beginning to where they end now.

It knows no listing and keeps nothing; what a decision says is for `stream/contract`. A topic that would forget is bad
setup.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from stream.engines.brokers import not_compacted, settings_of
from stream.engines.order import Piece
from stream.problems import Problem
from stream.settings import Settings

ROWS = 5_000
FETCH_BYTES = 8 << 20
_WAIT_MILLISECONDS = 200
_DAY_MILLISECONDS = 86_400_000
_ENVIRONMENT = "environment, `KERAN_TOPIC_DECISIONS`"


class NoSuchPartition(Exception):  # noqa: N818 - it says what there is not
    """A topic has fewer partitions than the listings; the worker stops, and its next start says so in full."""


class DecisionsLog:
    """The topic as it is for a reader of its own, in no group."""

    def __init__(self, topic: str, connection: Mapping[str, Any]) -> None:
        self._topic, self._connection = topic, connection

    async def read(self, partitions: Sequence[int]) -> AsyncIterator[Piece]:
        """Give the pieces of each partition, the last one, empty or not, with `read` at 1. Raises NoSuchPartition."""
        async with AIOKafkaConsumer(
            **self._connection,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            max_partition_fetch_bytes=FETCH_BYTES,
        ) as consumer:
            # The client would wait for ever for one that is not there: listings may get partitions while we run.
            missing = sorted(set(partitions) - await consumer._client._wait_on_metadata(self._topic))
            if missing:
                raise NoSuchPartition(f"`{self._topic}` has no partitions {missing}, and the listings have")
            tps = [TopicPartition(self._topic, partition) for partition in partitions]
            consumer.assign(tps)
            begins, ends = await consumer.beginning_offsets(tps), await consumer.end_offsets(tps)
            await consumer.seek_to_beginning(*tps)
            while tps:
                fetched = await consumer.getmany(*tps, timeout_ms=_WAIT_MILLISECONDS, max_records=ROWS)
                for tp in list(tps):
                    at = await consumer.position(tp)
                    read = 1.0 if at >= ends[tp] else (at - begins[tp]) / (ends[tp] - begins[tp])
                    if read >= 1:
                        tps.remove(tp)
                    yield Piece(tp.partition, fetched.get(tp, []), read)


async def forgetting_now(client: AIOKafkaAdminClient, settings: Settings) -> list[Problem]:
    """Ask what `decisions` is set to, and say what of it makes it forget listings or removals."""
    configs = await settings_of(client, settings.topic_decisions)
    return forgetting(settings.topic_decisions, configs, settings.removal_retention)


def forgetting(topic: str, configs: Mapping[str, str], retention_days: int) -> list[Problem]:
    """Say what of a topic's settings makes it forget listings or removals; what nobody tells is taken at its word."""
    hint = "set its `cleanup.policy` to `compact`: what it deletes, workers forget; or set `KERAN_ORDER=producer`"
    problems = not_compacted(topic, configs, _ENVIRONMENT, hint)
    needed = retention_days * _DAY_MILLISECONDS
    kept = int(configs.get("delete.retention.ms", needed))
    if kept < needed:
        found = (
            f"`{topic}` keeps removals for {kept} ms, `KERAN_REMOVAL_RETENTION` of {retention_days} days is {needed}"
        )
        hint = f"set its `delete.retention.ms` to {needed} or more, or lower `KERAN_REMOVAL_RETENTION`"
        problems.append(Problem(found, _ENVIRONMENT, hint))
    return problems
