"""Labels -> the answers in force, one a listing at most: of many labels at once, or as records of `labels` come.

The newest label of a listing holds, by `labelled_at` and then `label_id`; where it is withdrawn, or its record's value
is null, there is none. It knows no model, and no topic but what its records say of one.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence

from stream.classify.normalise import digests_of
from stream.contract.answer import Answer, Labels
from stream.contract.label import Label
from stream.contract.record import Record
from stream.labels.follow import follow_listings, latest_answers
from stream.labels.read_labels import BadLabel, read_label


def answers_in_force(labels: Iterable[Label]) -> Labels:
    """Give the answers in force of many labels, as `keran labels export` reads them."""
    latest = latest_answers(follow_listings(labels).values())
    return dict(zip((label.listing_id for label in latest), _answers(latest), strict=True))


class InForce:
    """The labels of one partition of `labels`: `answers` are those in force, by listing id.

    It holds a word for each listing that has a record there, some 350 bytes, and no title.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self._withdrawn: dict[str, tuple[int, str]] = {}

    def __len__(self) -> int:
        return len(self.answers)

    def take(self, records: Sequence[Record]) -> list[BadLabel]:
        """Take records in the order of the topic; give those that are no good labels, which change nothing."""
        bad = []
        for record in records:
            found = self._take(record)
            if found is not None:
                bad.append(found)
        return bad

    def _take(self, record: Record) -> BadLabel | None:
        # A record without a key can be no label's: the empty key is no listing's.
        key = record.key or b""
        if record.value is None:
            self._forget(key.decode("utf-8", "replace"))
            return None
        label = read_label(f"{record.topic}:{record.partition}:{record.offset}", record.value, key)
        if isinstance(label, BadLabel):
            return label
        if self._stands(label.listing_id) <= (label.labelled_at.micros, label.label_id, label.withdrawn):
            self._hold(label)
        return None

    def _stands(self, listing: str) -> tuple[object, ...]:
        """Give what a listing's newest label is ordered by; what is not there is older than anything."""
        answer = self.answers.get(listing)
        if answer is not None:
            return answer.labelled_at, answer.label_id, False
        return (*self._withdrawn[listing], True) if listing in self._withdrawn else ()

    def _hold(self, label: Label) -> None:
        self._forget(label.listing_id)
        if label.withdrawn:
            self._withdrawn[label.listing_id] = (label.labelled_at.micros, label.label_id)
        else:
            (self.answers[label.listing_id],) = _answers([label])

    def _forget(self, listing: str) -> None:
        self.answers.pop(listing, None)
        self._withdrawn.pop(listing, None)

    def clusters(self) -> Counter[str]:
        """Count the answers in force by cluster."""
        return Counter(answer.cluster for answer in self.answers.values())


def _answers(labels: Sequence[Label]) -> list[Answer]:
    digests = digests_of([label.title for label in labels])
    return [
        Answer(label.label_id, sys.intern(label.cluster), digest, label.labelled_at.micros)
        for label, digest in zip(labels, digests, strict=True)
    ]
