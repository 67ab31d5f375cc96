"""Texts and whole numbers read where they stand are what JSON says they are."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from stream.contract.plain_values import plain_texts, whole_numbers
from stream.contract.rows import Source
from tests.contract.packing import pack

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(['"', "\\", "a\nb", "", "\u2028"])


@given(st.lists(st.tuples(TEXTS, st.booleans()), max_size=8))
def test_texts_are_those_that_json_says(said):
    """Escaped or not: `\\u0041` and `A` are the same text."""
    content, spans = pack([_escaped(text) if escapes else orjson.dumps(text) for text, escapes in said])
    source = Source(content)
    texts = plain_texts(content, spans, source)
    assert [source.content()[begin:end].decode() for begin, end in texts] == [text for text, _ in said]


def _escaped(text: str) -> bytes:
    units = text.encode("utf-16-be")
    return b'"' + b"".join(b"\\u%02x%02x" % (units[at], units[at + 1]) for at in range(0, len(units), 2)) + b'"'


@given(st.lists(st.none() | st.integers(0, 2**63 - 1), max_size=8))
def test_numbers_are_read_to_their_last_digit_and_nothing_is_0(numbers):
    content, spans = pack([b"" if number is None else b"%d" % number for number in numbers])
    assert whole_numbers(content, spans).tolist() == [number or 0 for number in numbers]
