"""The labels in force, from the compacted topic `labels`: one partition in, the answers of its listings out."""

from stream.contract.answer import NO_LABELS, Labels
from stream.engines.open_topic import records_in
from stream.engines.topic_log import topic_log
from stream.labels.in_force import InForce
from stream.problems import BadSetup, Problem
from stream.settings import Settings

_VARIABLE = "KERAN_TOPIC_LABELS"


async def labels_in(settings: Settings, partition: int) -> Labels:
    """Give what is in force on one partition of `labels`, up to its end as of now; none where they are off. Raises
    BadSetup.
    """
    if settings.labels == "off":
        return NO_LABELS
    in_force = InForce()
    async with topic_log(settings, settings.topic_labels, _VARIABLE) as labels:
        if partition not in labels.ends:
            message = f"`{labels.name}` has no partition {partition}, and `{settings.topic_listings}` has"
            raise BadSetup(
                [Problem(message, f"environment, `{_VARIABLE}`", "give both as many; workers refuse it too")]
            )
        async for run in records_in(labels, partition):
            in_force.take(run)
    return in_force.answers
