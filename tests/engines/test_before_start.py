"""What of its topics keeps a worker from starting, in its words."""

from stream.engines.before_start import not_there, numbered_otherwise
from stream.settings import Settings

ALIKE = {"decisions": 4, "dead": 1, "reviews": 2, "redecide": 4, "listings": 4, "labels": 4}


def test_every_topic_that_is_not_there_is_told_by_its_setting():
    told = not_there(Settings(topic_dead="letters"), {**ALIKE, "dead": None, "listings": None, "labels": None})
    assert [str(problem) for problem in told] == [
        "error: topic `letters` is not there\n"
        "  --> environment, `KERAN_TOPIC_DEAD`\n"
        "  hint: create it, let this user see it, or name another",
        "error: topic `listings` is not there\n"
        "  --> environment, `KERAN_TOPIC_LISTINGS`\n"
        "  hint: create it, let this user see it, or name another",
        "error: topic `labels` is not there\n"
        "  --> environment, `KERAN_TOPIC_LABELS`\n"
        "  hint: create it, compacted, let this user see it, name another, or set `KERAN_LABELS=off`",
    ]


def test_every_topic_of_other_partitions_than_the_listings_is_told():
    told = numbered_otherwise(Settings(), {**ALIKE, "decisions": 3, "redecide": 8, "labels": 1})
    assert [str(problem) for problem in told] == [
        "error: `decisions` has 3 partitions and `listings` has 4\n"
        "  --> environment, `KERAN_TOPIC_DECISIONS`\n"
        "  hint: give both as many, since each partition has one writer, or set `KERAN_ORDER=producer`",
        "error: `listings.redecide` has 8 partitions and `listings` has 4\n"
        "  --> environment, `KERAN_TOPIC_REDECIDE`\n"
        "  hint: give both as many, since each partition has one writer, or set `KERAN_ORDER=producer`",
        "error: `labels` has 1 partitions and `listings` has 4\n"
        "  --> environment, `KERAN_TOPIC_LABELS`\n"
        "  hint: give both as many, since a worker reads the labels of its own partitions, or set `KERAN_LABELS=off`",
    ]


def test_topics_that_are_not_there_are_not_counted_too_and_producers_ask_for_no_number():
    assert not [*numbered_otherwise(Settings(), {**ALIKE, "listings": None, "redecide": None, "decisions": 3})]
    assert not [*numbered_otherwise(Settings(order="producer"), {**ALIKE, "decisions": 3})]
    assert not [*not_there(Settings(), ALIKE), *numbered_otherwise(Settings(), ALIKE)]
