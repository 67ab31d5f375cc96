"""A folder has one writer, throws half-written files away, and goes on where its last segment ends."""

import pytest

from stream.archive.folder import head_of, locked, partition_folder
from stream.problems import BadSetup
from tests.archive.making import append, decisions


def test_a_second_archiver_is_refused(tmp_path):
    with locked(tmp_path), pytest.raises(BadSetup) as refused, locked(tmp_path):
        pass
    assert str(refused.value) == (
        f"error: another archiver writes here\n  --> {tmp_path}\n  hint: one archiver a folder; give this one a folder of its own"
    )


def test_goes_on_behind_the_last_segment_and_throws_a_half_written_one_away(tmp_path, pipeline):
    append(tmp_path, decisions(pipeline, 3))
    left = partition_folder(tmp_path, "decisions", 0) / "00000000000000000005.open"
    left.write_bytes(b"PAR1")
    assert head_of(tmp_path, "decisions", 0).next == 5
    assert not left.exists()


def test_a_last_segment_that_cannot_be_read_stops_the_start(tmp_path, pipeline):
    append(tmp_path, decisions(pipeline, 3))
    (segment,) = partition_folder(tmp_path, "decisions", 0).glob("*.parquet")
    segment.write_bytes(b"nothing")
    with pytest.raises(BadSetup, match="segment cannot be read"):
        head_of(tmp_path, "decisions", 0)


def test_a_record_that_comes_again_is_our_bug(tmp_path, pipeline):
    records = decisions(pipeline, 3)
    append(tmp_path, records)
    with pytest.raises(RuntimeError, match="offset 4 came behind 4"):
        append(tmp_path, records[2:])
