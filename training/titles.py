"""Entries -> titles: each product phrase bare, and dressed as sellers dress it. The same seed gives the same titles.

The patterns of each language (`training/patterns/<lang>.yaml`) hold what goes before and after a product name: words
that go with every cluster, so that the model learns that they tell nothing, and words of one cluster. A share of the
titles names a second product of the same cluster, as keyword-rich titles do.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import yaml

from training.entries import Entry
from training.rows import Row

PATTERNS = Path(__file__).with_name("patterns")


# What share of a language's titles each cluster counts for, however many entries it has: what a marketplace might hold.
# Without it a language whose `other` is written at greater length than its clothing would call clothing `other`.
SHARES = {"other": 0.36, "culinary": 0.30, "textile_fashion": 0.30, "craft": 0.04}


def write_titles(entries: Sequence[Entry], dressed: int = 1, seed: int = 1) -> list[Row]:
    """Give each entry once bare and `dressed` times dressed, as rows whose source is the entry's subject."""
    chance = random.Random(seed)
    peers = _peers(entries)
    languages = Counter(entry.language for entry in entries)
    rows = []
    for entry in entries:
        own = peers[entry.language, entry.cluster]
        weight = SHARES[entry.cluster] * languages[entry.language] / len(own)
        texts = [entry.text, *(_dress(entry, own, chance) for _ in range(dressed))]
        source = f"corpus/{entry.language}/{entry.cluster}/{entry.subject}"
        rows += [Row(text, entry.cluster, source, entry.language, weight=weight, place=entry.place) for text in texts]
    return rows


def _dress(entry: Entry, peers: Sequence[str], chance: random.Random) -> str:
    patterns = read_patterns(entry.language)
    common, own = patterns["any"], patterns[entry.cluster]
    words = [entry.text]
    if chance.random() < 0.25:
        words.append(chance.choice(peers))
    words += chance.sample(own["after"], chance.choice((0, 1, 1, 2)))
    words += chance.sample(common["after"], chance.choice((0, 1, 1, 2)))
    if chance.random() < 0.3:
        words.insert(0, chance.choice(common["before"]))
    return _spell(words, entry.language, chance)


def _spell(words: list[str], language: str, chance: random.Random) -> str:
    text = ("" if language == "zh" and chance.random() < 0.6 else " ").join(words)
    return text.title() if chance.random() < 0.3 else text


@cache
def read_patterns(language: str) -> dict[str, dict[str, list[str]]]:
    """Read a language's patterns; a word that looks like a number is a word."""
    return yaml.load((PATTERNS / f"{language}.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)


def _peers(entries: Sequence[Entry]) -> dict[tuple[str, str], list[str]]:
    peers = defaultdict(list)
    for entry in entries:
        peers[entry.language, entry.cluster].append(entry.text)
    return peers
