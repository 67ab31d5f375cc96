"""Which answers are in force: the newest of each listing, as the topic gives them and as a file does."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.classify.normalise import digests_of
from stream.contract.label import Label
from stream.contract.record import FileRecord
from stream.labels.in_force import InForce, answers_in_force
from tests.labels.making import given as label_of


def record(*args, key=None, **others):
    value = label_of(*args, **others)
    return FileRecord(orjson.dumps(value), (key or value["listing_id"]).encode(), topic="labels", offset=7)


def held(*records):
    in_force = InForce()
    bad = in_force.take(records)
    return {listing: answer.label_id for listing, answer in in_force.answers.items()}, list(map(str, bad))


def test_an_answer_says_its_cluster_and_of_the_title_only_how_it_reads():
    in_force = InForce()
    in_force.take([record("LB-1", "craft", title="MUG  batik!")])
    (answer,) = in_force.answers.values()
    assert (answer.cluster, answer.model, answer.title) == ("craft", "label:LB-1", digests_of(["mug batik"])[0])
    assert in_force.clusters() == {"craft": 1}


@pytest.mark.parametrize(
    ("records", "answers"),
    [
        ([record("LB-1", day=1), record("LB-2", day=2)], {"L-1": "LB-2"}),
        ([record("LB-2", day=2), record("LB-1", day=1)], {"L-1": "LB-2"}),
        ([record("LB-2"), record("LB-1")], {"L-1": "LB-2"}),
        ([record("LB-1"), record("LB-1", day=2, withdrawn=True)], {}),
        ([record("LB-1"), record("LB-1", withdrawn=True)], {}),
        ([record("LB-1", withdrawn=True), record("LB-1")], {}),
        ([record("LB-1", day=3, withdrawn=True), record("LB-2", day=2)], {}),
        ([record("LB-1", day=3, withdrawn=True), record("LB-2", day=4)], {"L-1": "LB-2"}),
        ([record("LB-2", day=2), record("LB-1", day=1, withdrawn=True)], {"L-1": "LB-2"}),
        ([record("LB-1"), FileRecord(None, b"L-1")], {}),
        ([record("LB-2", day=2), FileRecord(None, b"L-1"), record("LB-1", day=1)], {"L-1": "LB-1"}),
        ([record("LB-1"), FileRecord(None, b"L-2"), FileRecord(None, None), FileRecord(None, b"\xff")], {"L-1": "LB-1"}),
        ([record("LB-1"), record("LB-2", listing_id="L-2")], {"L-1": "LB-1", "L-2": "LB-2"}),
    ],
    ids=["in-order", "the-newer-first", "by-id-at-one-moment", "withdrawn", "withdrawn-at-its-moment",
         "its-withdrawal-first", "older-than-a-withdrawal", "newer-than-a-withdrawal", "an-older-withdrawal", "null",
         "null-forgets-times-too", "others-null", "two-listings"],
)  # fmt: skip
def test_the_newest_label_of_a_listing_is_in_force(records, answers):
    assert held(*records) == (answers, [])


def test_what_is_no_good_label_is_told_and_changes_nothing():
    good = record("LB-1")
    bad = [
        FileRecord(b"{", b"L-1", topic="labels", offset=1),
        FileRecord(b"\xff\x00", b"L-1", topic="labels", offset=2),
        record("LB-2", day=2, key="L-2"),
        FileRecord(orjson.dumps(label_of("LB-3", day=3)), None, topic="labels", offset=4),
        record("LB-4", day=4, title="!!!"),
        record("LB-5", day=5, withdrawn="yes?"),
    ]
    answers, told = held(good, *bad)
    assert answers == {"L-1": "LB-1"}
    assert len(told) == len(bad)
    assert told[2] == "labels:0:7: `$.listing_id`: expected the record's key, got another id"


@given(st.binary(max_size=60), st.none() | st.binary(max_size=8))
def test_no_bytes_make_it_raise(value, key):
    in_force = InForce()
    in_force.take([FileRecord(value, key), FileRecord(None, key)])
    assert not in_force.answers


@given(
    st.lists(
        st.tuples(st.sampled_from(["L-1", "L-2"]), st.integers(1, 9), st.sampled_from(["craft", "other"])), max_size=8
    )
)
def test_a_file_of_answers_and_their_topic_come_to_the_same(said):
    """Also where the latest answer of a listing is taken back: the last label of each is withdrawn once more."""
    values = [label_of(f"LB-{n}", cluster, day, listing_id=listing) for n, (listing, day, cluster) in enumerate(said)]
    for whole in (values, values + _withdrawn(values)):
        in_force = InForce()
        in_force.take([FileRecord(orjson.dumps(value), str(value["listing_id"]).encode()) for value in whole])
        assert in_force.answers == answers_in_force([Label.model_validate_json(orjson.dumps(value)) for value in whole])


def _withdrawn(values):
    latest = {}
    for value in sorted(values, key=lambda each: (each["labelled_at"], each["label_id"])):
        latest[value["listing_id"]] = value | {"withdrawn": True}
    return list(latest.values())
