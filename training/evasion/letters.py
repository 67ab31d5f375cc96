"""What the disguises share: finding a title's letters and writing others in their place."""

import unicodedata
from collections.abc import Callable
from random import Random


def replace_letters(title: str, strength: float, chance: Random, replacement: Callable[[str], str | None]) -> str:
    """Write a replacement for a `strength` share of those letters that have one; accents stay on the letters they were
    on.

    `replacement` is given one letter without its marks, and gives None where there is nothing to put in its place.
    """
    letters = unicodedata.normalize("NFD", title)
    written = [_maybe(letter, strength, chance, replacement) for letter in letters]
    return unicodedata.normalize("NFC", "".join(written)) if any(written) and "".join(written) != letters else title


def is_latin(letter: str) -> bool:
    """Tell whether a letter is one of the 52 of the Latin alphabet.

    >>> is_latin("k"), is_latin("к"), is_latin("7")
    (True, False, False)
    """
    return letter.isascii() and letter.isalpha()


def count_of(share: float, of: int, chance: Random) -> int:
    """Give `share * of` as a whole number, rounded up or down by chance so that it comes right on average.

    >>> count_of(0.1, 30, Random(1))
    3
    """
    exact = share * of
    return int(exact) + (chance.random() < exact % 1)


def _maybe(letter: str, strength: float, chance: Random, replacement: Callable[[str], str | None]) -> str:
    other = replacement(letter)
    return letter if other is None or chance.random() >= strength else other
