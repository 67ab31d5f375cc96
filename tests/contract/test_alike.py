"""Rows that are alike share a code, and no others do."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stream.contract.alike import alike_numbers, alike_texts
from tests.contract.packing import pack

TEXTS = st.sampled_from([b"", b"a", b"aa", b"ID", b"CN"]) | st.binary(max_size=20)
NUMBERS = st.integers(0, 3) | st.integers(-(2**63), 2**63 - 1)


def codes_of(rows):
    codes = {}
    return [codes.setdefault(tuple(row), len(codes)) for row in rows]


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=60))
def test_rows_of_the_same_texts_share_a_code(table):
    """Where one text ends counts: `a` beside `aa` is not `aa` beside `a`."""
    content, spans = pack([piece for row in table for piece in row])
    alike = alike_texts(content, spans.reshape(len(table), 2, 2))
    assert alike.codes.tolist() == codes_of(table)
    assert alike.firsts.tolist() == [alike.codes.tolist().index(code) for code in range(len(alike.firsts))]


@given(st.lists(st.lists(NUMBERS, min_size=3, max_size=3), max_size=60))
def test_rows_of_equal_numbers_share_a_code(table):
    alike = alike_numbers(np.array(table, np.int64).reshape(len(table), 3))
    assert alike.codes.tolist() == codes_of(table)
    assert alike.firsts.tolist() == [alike.codes.tolist().index(code) for code in range(len(alike.firsts))]
