"""What is swept: a catalogue partition by partition, whether the topic `listings` holds it or files do.

It knows no listing and no sweep.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from stream.contract.record import Record
from stream.engines.open_topic import OpenTopic, records_in

# What the name of a source in files begins with; no topic has a colon in its name.
FILES = "files:"


class Catalogue(NamedTuple):
    """What is swept: where each partition begins and ends, and its records from the beginning to before an offset."""

    begins: Mapping[int, int]
    ends: Mapping[int, int]
    records: Callable[[int, int], AsyncIterator[Sequence[Record]]]


def catalogue_of(topic: OpenTopic) -> Catalogue:
    """Give the topic of listings as what is swept."""

    def records(partition: int, end: int) -> AsyncIterator[Sequence[Record]]:
        return records_in(replace(topic, ends={**topic.ends, partition: end}), partition)

    return Catalogue(topic.begins, topic.ends, records)
