"""Labels of many listings -> what holds: the latest answer of each listing, and the last word of each person.

The order is that of time, then of `label_id`; in which order they were read changes nothing. A withdrawn label takes
back the answer it names, or, where it names none that is known, all of its listing so far. What it takes back was the
latest answer: then there is none, since a compacted topic no longer holds the one before it (docs/why/021).
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from stream.contract.label import Label


class Answers(NamedTuple):
    """What holds of one listing: the `latest` answer, if any, and the last one of each person that still stands."""

    latest: Label | None
    standing: tuple[Label, ...]


def order(label: Label) -> tuple[object, ...]:
    """Give what labels are ordered by; a withdrawal comes behind the answer whose id and time it has."""
    named = label.labelled_at.micros, label.label_id, label.withdrawn
    return *named, label.listing_id, label.cluster, label.labelled_by, label.title


def follow_listings(labels: Iterable[Label]) -> dict[str, Answers]:
    """Follow every listing's labels, by listing id."""
    histories: defaultdict[str, list[Label]] = defaultdict(list)
    for label in sorted(labels, key=order):
        histories[label.listing_id].append(label)
    return {listing: _follow(history) for listing, history in sorted(histories.items())}


def latest_answers(listings: Iterable[Answers]) -> list[Label]:
    """Give the answers that hold, one a listing at most, the oldest first."""
    return sorted((answers.latest for answers in listings if answers.latest), key=order)


def _follow(history: Iterable[Label]) -> Answers:
    latest: Label | None = None
    standing: dict[str, Label] = {}
    named: set[str] = set()
    for label in history:
        if not label.withdrawn:
            latest = standing[label.labelled_by] = label
            named.add(label.label_id)
        elif label.label_id in named:
            standing = {by: each for by, each in standing.items() if each.label_id != label.label_id}
            latest = None if latest and latest.label_id == label.label_id else latest
        else:
            latest, standing = None, {}
    return Answers(latest, tuple(standing.values()))
