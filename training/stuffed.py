"""Titles -> the same titles with words of other goods in them, as sellers write who want one thing taken for another.

What comes in are titles that are learnt from, and the words come from titles as well: single words and short names of
another cluster, in the title's own language. What comes out is what the lead is fitted to at which a listing abstains
(training/lead.py). It knows nothing of the disguises by which models are measured (training/evasion), nor of their
words.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple

from training.rows import Row

# A word or a name longer than this is a whole title; fewer than these of a language are too few to draw from.
LETTERS_A_WORD, WORDS_A_NAME, LETTERS_A_NAME, FEWEST = 14, 3, 24, 10
# How many words a title is stuffed with: one of these.
ADDED = (2, 3, 3, 3, 4)

Texts = Mapping[tuple[str | None, str], Sequence[str]]


class Goods(NamedTuple):
    """Words, and names of up to three words, by language and cluster; under no language those of all."""

    words: Texts
    names: Texts
    clusters: tuple[str, ...]


def goods_of(titles: Sequence[Row]) -> Goods:
    """Gather what goods are called; a cluster whose every title is long lends the words of those."""
    words, names, every = defaultdict(list), defaultdict(list), defaultdict(list)
    for row in titles:
        parts = row.text.split()
        if len(parts) == 1 and len(row.text) <= LETTERS_A_WORD:
            _add(words, row, parts)
        if 0 < len(parts) <= WORDS_A_NAME and len(row.text) <= LETTERS_A_NAME:
            _add(names, row, [row.text])
        every[None, row.cluster] += parts
    return Goods({**every, **words}, {**every, **names}, tuple(sorted({row.cluster for row in titles})))


def stuff(titles: Sequence[Row], goods: Goods, seed: int = 1) -> list[str]:
    """Add two to four words of another cluster to each title, half of the time at its end and else anywhere."""
    return [_stuff(row, goods, Random(f"{seed} stuff {row.text}")) for row in titles]


def squat(titles: Sequence[Row], goods: Goods, seed: int = 1) -> list[str]:
    """Begin each title with the name of goods of another cluster."""
    return [_squat(row, goods, Random(f"{seed} squat {row.text}")) for row in titles]


def _add(texts: dict[tuple[str | None, str], list[str]], row: Row, found: Sequence[str]) -> None:
    for language in {row.language, None}:
        texts[language, row.cluster] += found


def _stuff(row: Row, goods: Goods, chance: Random) -> str:
    foreign, words = _foreign(row, goods.words, goods, chance), row.text.split()
    behind = chance.random() < 0.5
    for _ in range(chance.choice(ADDED)):
        words.insert(len(words) if behind else chance.randint(0, len(words)), chance.choice(foreign))
    return " ".join(words)


def _squat(row: Row, goods: Goods, chance: Random) -> str:
    return f"{chance.choice(_foreign(row, goods.names, goods, chance))} {row.text}"


def _foreign(row: Row, texts: Texts, goods: Goods, chance: Random) -> Sequence[str]:
    cluster = chance.choice([cluster for cluster in goods.clusters if cluster != row.cluster])
    own = texts.get((row.language, cluster), ())
    return own if len(own) >= FEWEST else texts[None, cluster]
