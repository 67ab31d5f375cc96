"""Labels settled into rows: each title once, disagreements told, the same whatever the order."""

from random import Random

import orjson

from stream.labels.settle import SOURCE, disagreement_lines, reading, settle, write_rows
from tests.labels.making import label
from training.near_duplicates import near_duplicates


def test_a_title_of_two_listings_is_one_row_and_the_latest_answer_wins():
    """However it is written: both titles are read as `mug batik`."""
    labels = [label("LB-1", "craft", 1), label("LB-2", "other", 2, listing_id="L-2", title="MUG  Batik!")]
    settled = settle(labels)
    assert settled.rows == [labels[1]]
    assert settled.listings == 2


def test_people_who_disagree_are_named_and_who_corrects_himself_does_not_disagree():
    one, two = label("LB-1", "craft", 1), label("LB-2", "other", 2, labelled_by="reviewer-2")
    assert disagreement_lines(settle([two, one]).disagreements) == [
        ("title", "cluster", "labelled_by", "labelled_at", "listing_id", "label_id", "wins"),
        ("mug batik", "craft", "reviewer-1", "2021-08-01T10:00:00+07:00", "L-1", "LB-1", ""),
        ("mug batik", "other", "reviewer-2", "2021-08-02T10:00:00+07:00", "L-1", "LB-2", "yes"),
    ]
    assert settle([one, label("LB-2", "other", 2)]).disagreements == []
    taken_back = label("LB-2", "other", 3, labelled_by="reviewer-2", withdrawn=True)
    assert settle([one, two, taken_back]).disagreements == []


def test_titles_that_differ_in_amounts_and_order_are_kept_once_in_a_cluster():
    titles = ["Kopi gayo 200gr", "kopi gayo 500 gr", "gayo kopi", "kopi toraja"]
    labels = [label(f"LB-{n}", "culinary", n + 1, listing_id=f"L-{n}", title=title) for n, title in enumerate(titles)]
    assert [row.title for row in settle(labels).rows] == ["gayo kopi", "kopi toraja"]
    other = label("LB-9", "other", 9, listing_id="L-9", title="kopi gayo 1 kg")
    assert len(settle([*labels, other]).rows) == 3


def test_titles_that_read_the_same_here_are_near_duplicates_to_training():
    titles = ["Batik tulis 2 m", "tulis batik 30 cm", "Batik tulis", "100 gr", "gr 100", "2 meter kain", "kain meter"]
    groups = near_duplicates(titles).tolist()
    for n, one in enumerate(titles):
        for m, two in enumerate(titles):
            assert reading(one) != reading(two) or groups[n] == groups[m], (one, two)


def test_the_same_labels_in_any_order_give_the_same_bytes():
    labels = [
        label(f"LB-{n}", ("craft", "other")[n % 2], n % 5 + 1, listing_id=f"L-{n % 7}", title=f"mug {'batik ' * (n % 3)}")
        for n in range(40)
    ]  # fmt: skip
    expected = write_rows(settle(labels).rows)
    for seed in range(20):
        Random(seed).shuffle(labels)
        assert write_rows(settle(labels).rows) == expected


def test_a_row_has_what_training_takes():
    row = {"title": "mug batik", "cluster": "other", "source": SOURCE, "weight": 1.0, "label_id": "LB-1"}
    assert orjson.loads(write_rows([label("LB-1")])) == row
