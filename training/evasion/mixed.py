"""Half translated titles: `tas women 包包 leather`.

Cross-border sellers write so without any ill will, since a title is pasted together from a translated and an
untranslated one; it also leaves each language's filter with half a title. Product words are swapped for those of
another language, or the translation is appended. Strength is the share of the words known to the list that are swapped.
"""

import re
from functools import cache
from itertools import groupby
from random import Random

from training.evasion.words import read_words

LANGUAGES = ("id", "en", "ms", "vi", "th", "zh")


def mixed(title: str, cluster: str | None, strength: float, chance: Random) -> str:
    """Swap known words, or append their translation; a title with none of them gets the general name of its goods."""
    other = chance.choice(LANGUAGES)
    found = list(_known().finditer(title))
    if not found:
        return " ".join([title, *_general(cluster, other)])
    if chance.random() < 0.5:
        return " ".join([title, *(_translate(match[0], other) for match in found)])
    for match in reversed(found):
        if chance.random() < strength:
            title = title[: match.start()] + _translate(match[0], other) + title[match.end() :]
    return title


def _translate(word: str, language: str) -> str:
    return _meanings()[word.lower()][language]


def _general(cluster: str | None, language: str) -> list[str]:
    return [
        row[language] for row in read_words("aligned_words") if cluster is not None and row.get("cluster") == cluster
    ]


@cache
def _meanings() -> dict[str, dict[str, str]]:
    """Give every word, in small letters, with the first meaning that lists it."""
    rows = [row for row in read_words("aligned_words") if "cluster" not in row]
    return {row[language].lower(): row for row in reversed(rows) for language in LANGUAGES}


@cache
def _known() -> re.Pattern[str]:
    # Longest first, so that `kaos kaki` is not read as `kaos`; parted by first letter, which makes it ten times as
    # fast.
    by_letter = groupby(sorted(_meanings(), key=lambda word: (word[0], -len(word), word)), key=lambda word: word[0])
    branches = (f"{re.escape(letter)}(?:{'|'.join(_rest(word) for word in words)})" for letter, words in by_letter)
    return re.compile("|".join(branches), re.IGNORECASE)


def _rest(word: str) -> str:
    # Chinese and Thai write words together; elsewhere a word ends where its letters do.
    alone = word[0].isalpha() and ord(word[0]) < 0x0E00
    return rf"(?<!\w.){re.escape(word[1:])}\b" if alone else re.escape(word[1:])
