"""Rows of spans: joined, compared and hashed as the bytes that they stand for."""

from hashlib import blake2b

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.contract.blake2b import hash_rows
from stream.contract.rows import Source, equal_rows, join_rows, plain_lines, side_by_side
from tests.contract.packing import pack

PIECES = st.lists(st.lists(st.binary(max_size=150), min_size=3, max_size=3), max_size=6)


def rows_of(table):
    content, spans = pack([piece for row in table for piece in row])
    return content, spans.reshape(len(table), 3, 2)


@given(PIECES)
def test_a_row_is_its_pieces_joined(table):
    assert join_rows(*rows_of(table)) == [b"".join(row) for row in table]


@given(PIECES)
def test_a_row_is_hashed_as_hashlib_hashes_it(table):
    digits = [blake2b(b"".join(row), digest_size=16).hexdigest() for row in table]
    assert hash_rows(*rows_of(table)).decode() == "".join(digits)


@pytest.mark.parametrize("length", [0, 1, 127, 128, 129, 255, 256, 257, 5_000])
def test_rows_of_any_number_of_blocks_are_hashed(length):
    content, spans = pack([bytes(i % 251 for i in range(length)), b"behind"])
    assert hash_rows(content, spans[:1, np.newaxis]).decode() == blake2b(content[:length], digest_size=16).hexdigest()


@given(st.lists(st.tuples(st.binary(max_size=5), st.binary(max_size=5)), max_size=6))
def test_spans_are_compared_with_texts_as_bytes_are(pairs):
    ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    content, spans = pack(ours + theirs)
    first, second = spans[: len(ours)], spans[len(ours) :]
    assert equal_rows(content, first, second).tolist() == [one == other for one, other in pairs]
    assert equal_rows(content, first, first).all()


def test_a_piece_stands_where_the_source_says():
    source = Source(b"abc")
    spans = source.put(b"de"), source.put(b""), source.put(b"f")
    assert [source.content()[begin:end] for begin, end in spans] == [b"de", b"", b"f"]
    assert join_rows(source.content(), side_by_side(2, [(0, 3), np.array([spans[0], spans[2]])])) == [b"abcde", b"abcf"]


@given(st.lists(st.text(max_size=20) | st.sampled_from(["Gamis", '"', "\\", "a\nb", ""]), max_size=8))
def test_lines_are_the_strings_that_json_writes_as_they_are(texts):
    """A string with an escape, or beyond ASCII, has an empty line and is said not to be there."""
    written = [orjson.dumps(text) for text in texts]
    lines, plain = plain_lines(*pack(written))
    assert plain.tolist() == [each.isascii() and b"\\" not in each for each in written]
    assert lines == b"".join((each[1:-1] if there else b"") + b"\n" for each, there in zip(written, plain, strict=True))
