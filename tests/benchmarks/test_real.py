"""`make real`: titles wrapped as events come to one outcome each and are counted by source."""

from pathlib import Path

import pytest

from benchmarks.real import measure, read_rows
from stream.problems import BadSetup

ROWS = Path(__file__).with_name("titles.jsonl")


def test_every_title_comes_to_one_decision_counted_under_its_source():
    rows = read_rows(ROWS)
    lines = measure(rows)
    assert sum(line.rows for line in lines) == len(rows) == 28
    assert [line.source for line in lines] == sorted({row.source for row in rows})


def test_the_shipped_model_knows_plain_titles_of_our_own():
    """Not a measure of quality, which real shops are; a model that fails these is broken."""
    lines = measure(read_rows(ROWS))
    assert sum(line.right for line in lines) >= 0.9 * sum(line.labelled for line in lines)


def test_a_line_that_is_no_row_is_named(tmp_path):
    broken = tmp_path / "rows.jsonl"
    broken.write_text('{"title": "tas"}\n{"name": "tas"}\nnot json\n')
    with pytest.raises(BadSetup) as bad:
        read_rows(broken)
    assert [problem.place for problem in bad.value.problems] == [f"{broken}:2", f"{broken}:3"]
