"""A person's answer in the place of the model's: classifications and labels in, classifications out.

It refuses to know how labels come, which of them is in force, and who gave it.
"""

from collections.abc import Sequence
from dataclasses import replace

from stream.classify.normalise import digests_of
from stream.contract.answer import Answer, Labels
from stream.contract.classification import TEN_THOUSAND, Classifications


def overrule(held: Classifications, listings: Sequence[str], titles: Sequence[str], labels: Labels) -> Classifications:
    """Give the classifications of n listings, those with a label in force as the person answered: score 1, no doubt.

    A label holds where the title is normalised as the one that the person saw, and where its cluster is one of
    `held.clusters`; elsewhere the classification stays as it was. `listings` are ids, `titles` as the events say them.
    """
    answered = _answered(listings, titles, labels)
    answered = {row: answer for row, answer in answered.items() if answer.cluster in held.clusters}
    if not answered:
        return held
    rows, clusters = list(answered), [held.clusters.index(answer.cluster) for answer in answered.values()]
    scores, likeliest, abstained = held.scores.copy(), held.likeliest.copy(), held.abstained.copy()
    scores[rows] = 0
    scores[rows, clusters] = TEN_THOUSAND
    likeliest[rows] = clusters
    abstained[rows] = False
    labelled = {**held.labelled, **{row: answer.model for row, answer in answered.items()}}
    return replace(held, scores=scores, likeliest=likeliest, abstained=abstained, labelled=labelled)


def _answered(listings: Sequence[str], titles: Sequence[str], labels: Labels) -> dict[int, Answer]:
    """Give the rows whose title is still the one that a person answered about."""
    rows = [row for row, listing in enumerate(listings) if listing in labels]
    answers = [labels[listings[row]] for row in rows]
    digests = digests_of([titles[row] for row in rows]) if rows else []
    told = zip(rows, answers, digests, strict=True)
    return {row: answer for row, answer, digest in told if answer.title == digest}
