"""Letters spaced apart: `g a m i s`, `b.a.t.i.k`, `k-a_o s`.

A word whose letters stand apart is in no word list, and the eye puts it together without effort. Sellers do it to a
whole title, words then standing further apart than letters, or to the one word that would give the goods away. Strength
is the share of words that are spaced where not the whole title is; every second title is spaced whole.
"""

import unicodedata
from random import Random

# What stands between letters -> what then stands between words. The last has a sign of its own at every place.
STYLES = (
    (" ", ("  ", "   ")),
    (".", (" ", "  ", " . ")),
    ("-", (" ", "  ", " - ")),
    ("_", (" ", "  ", "___")),
    ("*", (" ", "  ")),
    (" .-_", ("   ", "    ")),
)
SHORTEST = 3


def spacing(title: str, cluster: str | None, strength: float, chance: Random) -> str:
    """Space the letters of some words or of all; a word of one or two letters only where all are spaced."""
    between, gaps = chance.choice(STYLES)
    words = title.split()
    whole = chance.random() < 0.5
    apart = [whole or (len(_letters(word)) >= SHORTEST and chance.random() < strength) for word in words]
    written = [_space(word, between, chance) if spaced else word for word, spaced in zip(words, apart, strict=True)]
    gap = chance.choice(gaps) if any(apart) else " "
    return "".join(
        word + ("" if i + 1 == len(words) else gap if spaced or apart[i + 1] else " ")
        for i, (word, spaced) in enumerate(zip(written, apart, strict=True))
    )


def _space(word: str, between: str, chance: Random) -> str:
    first, *rest = _letters(word)
    return first + "".join(chance.choice(between) + letter for letter in rest)


def _letters(word: str) -> list[str]:
    """Give the letters of a word, each with the marks that stand on it."""
    letters: list[str] = []
    for character in word:
        if letters and unicodedata.category(character).startswith("M"):
            letters[-1] += character
        else:
            letters.append(character)
    return letters
