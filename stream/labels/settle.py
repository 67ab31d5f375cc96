"""Labels -> rows to learn from, each title once; and where people disagree about one.

A title is the same where it is normalised the same: its latest answer wins, in whichever listing it was given. Of
titles of one cluster that differ in amounts and in the order of words alone, the latest is kept. It writes rows as
`keran train --rows` takes them and knows nothing of training.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import orjson

from stream.classify.normalise import normalise
from stream.contract.label import Label
from stream.labels.follow import follow_listings, latest_answers, order

SOURCE = "labels"
# The letters of a unit: gr, kg, ml, pcs; as in training/near_duplicates.py, which a test holds this to.
UNIT = 3


class Disagreement(NamedTuple):
    """A title that people put into different clusters: all `answers` that stand, the oldest first, and the one that
    `wins`; none does where the latest one of its listing was taken back.
    """

    answers: tuple[Label, ...]
    wins: Label | None


class Settled(NamedTuple):
    """What labels come to: `rows` to learn from, oldest answer first, of how many `listings` that have an answer."""

    rows: list[Label]
    listings: int
    disagreements: list[Disagreement]


def settle(labels: Sequence[Label]) -> Settled:
    """Settle labels: the same labels in any order give the same rows in the same order."""
    listings = follow_listings(labels).values()
    latest = latest_answers(listings)
    of_title = {normalise(label.title): label for label in latest}
    once = {(label.cluster, reading(label.title)): label for label in sorted(of_title.values(), key=order)}
    standing = (label for answers in listings for label in answers.standing)
    return Settled(sorted(once.values(), key=order), len(latest), _disagreements(standing, of_title))


def reading(title: str) -> tuple[str, ...]:
    """Give a title's words, sorted and without amounts; the amounts, where it has nothing else.

    >>> reading("Batik tulis 2 meter") == reading("tulis batik 3 meter"), reading("Kopi 200gr")
    (True, ('kopi',))
    """
    words: list[str] = []
    amounts: list[str] = []
    behind = False
    for word in normalise(title).split():
        letters = len(word) - word.count("0")
        (amounts if letters <= UNIT and ("0" in word or behind) else words).append(word)
        behind = letters == 0
    return tuple(sorted(words or amounts))


def write_rows(rows: Iterable[Label]) -> bytes:
    """Write rows, one JSON object a line."""
    return b"".join(orjson.dumps(_row(label), option=orjson.OPT_APPEND_NEWLINE) for label in rows)


def disagreement_lines(disagreements: Iterable[Disagreement]) -> list[tuple[str, ...]]:
    """Give the lines of a table: every answer to a disputed title, the one that wins marked."""
    heading = ("title", "cluster", "labelled_by", "labelled_at", "listing_id", "label_id", "wins")
    return [heading, *(_line(label, each) for each in disagreements for label in each.answers)]


def _row(label: Label) -> dict[str, object]:
    return {
        "title": label.title,
        "cluster": label.cluster,
        "source": SOURCE,
        "weight": 1.0,
        "label_id": label.label_id,
    }


def _line(label: Label, of: Disagreement) -> tuple[str, ...]:
    named = label.title, label.cluster, label.labelled_by, label.labelled_at.text, label.listing_id, label.label_id
    return *named, "yes" if label is of.wins else ""


def _disagreements(standing: Iterable[Label], wins: Mapping[str, Label]) -> list[Disagreement]:
    of_title: defaultdict[str, list[Label]] = defaultdict(list)
    for label in sorted(standing, key=order):
        of_title[normalise(label.title)].append(label)
    return [
        Disagreement(tuple(answers), wins.get(title))
        for title, answers in of_title.items()
        if len({label.cluster for label in answers}) > 1
    ]
