"""Texts are guessed that patterns are found in, so that rules that ask by pattern have test vectors."""

import pytest

from stream.decide.pattern_guesses import guesses_of
from stream.decide.patterns import read_exact_pattern

FOUND = [
    "^im[0-9]{10}$",
    r"^PRM-[0-9]{4}/[a-z]+$",
    r"\b(bekas|preloved|thrift(ing|ed)?)\b",
    r"^(sgs|safety) [[:alpha:]]{3}",
    "(?i)x(?:a|b)?c",
    r"\p{Thai}+ \d",
    "[^a-z ]",
    "[]x]{2}",
    r"((a|b){2,3}|c)*d\.",
    r"[\w.-]+@[a-z]+\.com",
    "(?P<name>a)+?$",
    "^[0-9]{2}-[0-9]-[0-9]{5}-[0-9]-[0-9]{4}$",
    "中文?|日本",
    r"\x41.[а-я]",
    "^$",
]


@pytest.mark.parametrize("pattern", FOUND)
def test_a_pattern_is_found_in_every_text_that_is_guessed_for_it(pattern):
    found = guesses_of(pattern)
    assert found
    assert all(read_exact_pattern(pattern).found(text) for text in found)


@pytest.mark.parametrize("pattern", [r"\Qa\E", ")(", "[", "a{", "*", "(", r"\C", "(" * 128])
def test_what_cannot_be_guessed_harms_nobody(pattern):
    """A guess is only tried: whatever the pattern, some texts come back."""
    assert all(isinstance(text, str) for text in guesses_of(pattern))
