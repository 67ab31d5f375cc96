"""What holds of labels: the latest answer, whatever the order they are read in, and what a withdrawal leaves."""

from itertools import permutations

import pytest

from stream.labels.follow import follow_listings
from tests.labels.making import label

FIRST, SECOND = label("LB-1", "craft", 1), label("LB-2", "other", 2, labelled_by="reviewer-2")


@pytest.mark.parametrize(
    ("withdrawn", "latest", "standing"),
    [
        (None, "LB-2", {"LB-1", "LB-2"}),
        (label("LB-2", "other", 3, withdrawn=True), None, {"LB-1"}),
        (label("LB-2", "other", 2, withdrawn=True), None, {"LB-1"}),
        (label("LB-1", "craft", 3, withdrawn=True), "LB-2", {"LB-2"}),
        (label("LB-3", "craft", 3, withdrawn=True), None, set()),
        (label("LB-3", "craft", 1, withdrawn=True), "LB-2", {"LB-2"}),
    ],
    ids=["none", "names-the-latest", "at-its-own-time", "names-an-earlier", "names-none", "older-than-the-latest"],
)
def test_what_holds_is_the_same_in_whatever_order_labels_are_read(withdrawn, latest, standing):
    """What takes back the latest answer leaves none: a compacted topic does not hold the one before."""
    for labels in permutations([FIRST, SECOND, *([withdrawn] if withdrawn else [])]):
        answers = follow_listings(labels)["L-1"]
        assert (answers.latest and answers.latest.label_id) == latest
        assert {each.label_id for each in answers.standing} == standing


def test_the_greater_id_wins_at_the_same_moment_however_it_is_spelt():
    one, two = label("LB-1", "craft"), label("LB-2", labelled_at="2021-08-01T03:00:00Z")
    assert follow_listings([two, one])["L-1"].latest == two


def test_an_answer_after_a_withdrawal_holds():
    labels = [FIRST, label("LB-1", "craft", 2, withdrawn=True), label("LB-3", "culinary", 3)]
    assert follow_listings(labels)["L-1"].latest == labels[-1]
