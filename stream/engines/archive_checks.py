"""What `keran archive` asks of its brokers before it reads: rights, a topic that leaves it time, the same topic."""

from pathlib import Path
from typing import Any

from stream.archive.folder import Head
from stream.engines.brokers import admin, settings_of
from stream.engines.rights import Right
from stream.engines.security import connection
from stream.problems import BadSetup, Problem
from stream.settings import Settings

_ENVIRONMENT = "environment, `KERAN_TOPIC_DECISIONS`"


def group_of(settings: Settings) -> str:
    """Give the archiver's own group; its offsets are for watching the lag, the folder says where to go on."""
    return f"{settings.group}-archive"


def rights_of_archive(settings: Settings) -> list[Right]:
    """Give every right that the archiver needs, and no other: `Describe` comes with each.

    >>> for right in rights_of_archive(Settings()):
    ...     print(*right)
    topic decisions Read
    topic decisions DescribeConfigs
    group keran-archive Read
    """
    rights = [
        Right("topic", settings.topic_decisions, "Read"),
        Right("topic", settings.topic_decisions, "DescribeConfigs"),
        Right("group", group_of(settings), "Read"),
    ]
    control = [Right("topic", settings.topic_control, "Read")] if settings.live == "control" else []
    return rights + control


async def compaction_lag(settings: Settings, without_lag: bool) -> int | None:
    """Give `min.compaction.lag.ms` of the decisions, None where nobody tells. Raises BadSetup where it is 0."""
    async with admin(connection(settings, group_of(settings))) as client:
        told = await settings_of(client, settings.topic_decisions)
    if "min.compaction.lag.ms" not in told:
        return None
    lag = int(told["min.compaction.lag.ms"])
    if lag == 0 and "compact" in told.get("cleanup.policy", "") and not without_lag:
        found = f"`{settings.topic_decisions}` may be compacted at once: its `min.compaction.lag.ms` is 0"
        hint = "set it to a day, 86400000, or take what is left with `--without-lag`"
        raise BadSetup([Problem(found, _ENVIRONMENT, hint)])
    return lag


def no_topic(topic: str) -> BadSetup:
    """Say that there is nothing to archive."""
    hint = "create it, or let this user see it"
    return BadSetup([Problem(f"no topic `{topic}` on the brokers", _ENVIRONMENT, hint)])


def check_same_topic(folder: Path, heads: dict[Any, Head], ends: dict[Any, int]) -> None:
    """Raise BadSetup where a partition ends before what the folder has of it: another topic under the same name."""
    problems = [
        Problem(
            f"partition {tp.partition} of `{tp.topic}` ends at offset {ends[tp]}, and this archive goes on from"
            f" {head.next}",
            str(folder),
            "the topic was made anew: begin an archive in another folder",
        )
        for tp, head in heads.items()
        if ends[tp] < head.next
    ]
    if problems:
        raise BadSetup(problems)
