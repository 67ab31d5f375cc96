"""Cutting what was fetched into runs."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from stream.engines.runs import Run, cut


@dataclass(frozen=True)
class Sized:
    """All that a cut reads of a record."""

    offset: int
    value: bytes | None
    key: bytes | None = b"key"


@st.composite
def fetched(draw):
    offsets = sorted(draw(st.sets(st.integers(5, 60), max_size=20)))
    records = [
        Sized(offset, draw(st.none() | st.integers(0, 100).map(bytes)), draw(st.sampled_from([None, b"key"])))
        for offset in offsets
    ]
    begin = draw(st.integers(0, offsets[0] if offsets else 60))
    end = draw(st.integers(offsets[-1] + 1 if offsets else begin, 70))
    return Run(begin, end, records, 99)


@given(fetched(), st.integers(1, 250))
def test_the_pieces_tile_the_stretch_and_keep_every_record_in_order(run, size):
    """No offset is left out or handed over twice, gaps before, between and after the records included."""
    pieces = list(cut(run, size))
    assert [piece.begin for piece in pieces] == [run.begin, *(piece.end for piece in pieces[:-1])]
    assert pieces[-1].end == run.end
    assert [record for piece in pieces for record in piece.records] == run.records
    assert all(piece.begin <= record.offset < piece.end for piece in pieces for record in piece.records)


@given(fetched(), st.integers(1, 250))
def test_a_piece_is_as_small_as_asked_or_a_single_record(run, size):
    for piece in cut(run, size):
        taken = sum(len(record.value or b"") + len(record.key or b"") for record in piece.records)
        assert taken <= size or len(piece.records) == 1


def test_what_fits_is_not_cut():
    run = Run(0, 3, [Sized(0, bytes(7)), Sized(1, bytes(7)), Sized(2, bytes(7))])
    assert list(cut(run, 30)) == [run]
    assert [piece.end for piece in cut(run, 29)] == [2, 3]
