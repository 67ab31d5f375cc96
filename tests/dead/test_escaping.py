"""Bytes made safe to print: on one line, nothing unseen, and nothing that two sorts of bytes share."""

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from stream.dead.escaping import shortened, spelled

HOSTILE = st.binary() | st.text().map(str.encode) | st.text("\\xu0ab\n\x1b\x85‮א").map(str.encode)
_ESCAPE = re.compile(r"\\(\\|n|r|t|x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")


def turned_back(text: str) -> bytes:
    """The bytes that a spelling stands for."""

    def letter(found: re.Match) -> str:
        short, byte, *wide = found.groups()
        if byte is not None:
            code = int(byte, 16)
            return chr(code) if code < 0x80 else chr(0xDC00 + code)
        code = next((each for each in wide if each), None)
        return chr(int(code, 16)) if code else {"\\": "\\", "n": "\n", "r": "\r", "t": "\t"}[short]

    return _ESCAPE.sub(letter, text).encode("utf-8", "surrogateescape")


@given(HOSTILE)
def test_what_is_spelled_can_be_turned_back(content):
    """So no two contents look alike by escaping, and a key that is listed can be asked for."""
    assert turned_back(spelled(content)) == content


@given(HOSTILE)
def test_nothing_unseen_and_nothing_that_turns_text_round_is_left(content):
    assert spelled(content).isprintable()
    assert not {unicodedata.bidirectional(letter) for letter in spelled(content)} & {"R", "AL", "AN"}


@given(HOSTILE, st.integers(2, 40))
def test_what_is_shortened_begins_alike_and_is_no_longer_than_asked(content, most):
    text = shortened(content, most)
    assert len(text) <= most
    assert text == spelled(content) or (text.endswith("…") and spelled(content).startswith(text[:-2]))
