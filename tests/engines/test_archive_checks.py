"""What keeps the archiver from starting, in words."""

import pytest
from aiokafka import TopicPartition

from stream.archive.folder import Head
from stream.engines.archive_checks import check_same_topic, no_topic, rights_of_archive
from stream.problems import BadSetup
from stream.settings import Settings

ENDS = {TopicPartition("decisions", 0): 9, TopicPartition("decisions", 1): 4}


def test_a_topic_made_anew_is_refused(tmp_path):
    """Its offsets begin again, and would be taken for those of the old one."""
    heads = {tp: Head(9, b"", None, None) for tp in ENDS}
    with pytest.raises(BadSetup) as refused:
        check_same_topic(tmp_path, heads, ENDS)
    assert str(refused.value) == (
        "error: partition 1 of `decisions` ends at offset 4, and this archive goes on from 9\n"
        f"  --> {tmp_path}\n"
        "  hint: the topic was made anew: begin an archive in another folder"
    )


def test_a_topic_that_has_all_of_it_is_taken(tmp_path):
    check_same_topic(tmp_path, {tp: Head(end, b"", None, None) for tp, end in ENDS.items()}, ENDS)


def test_no_topic_is_told():
    assert str(no_topic("decisions")) == (
        "error: no topic `decisions` on the brokers\n  --> environment, `KERAN_TOPIC_DECISIONS`\n  hint: create it, or let this user see it"
    )


def test_control_is_read_only_where_it_says_what_is_live():
    assert [right.name for right in rights_of_archive(Settings(live="control"))][-1] == "control"
    assert all(right.operation != "Write" for right in rights_of_archive(Settings(live="control")))
