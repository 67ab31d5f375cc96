"""Keyword stuffing: words of other goods, appended or strewn between the title's own.

Sellers stuff titles so that they come up in more searches; whoever wants a title taken for something else stuffs it
with words of that. Words come from clusters other than the listing's: from open ones for a listing of a closed cluster,
which is where its seller wants to be. Strength is how many.
"""

from random import Random

from training.evasion.words import language_of, read_words

OPEN = "other"


def stuffing(title: str, cluster: str | None, strength: float, chance: Random) -> str:
    """Add `strength` foreign words, half of the time at the end and else anywhere."""
    foreign = foreign_words(language_of(title, chance), cluster)
    added = chance.sample(foreign, min(round(strength), len(foreign)))
    words = title.split()
    appended = chance.random() < 0.5
    for word in added:
        words.insert(len(words) if appended else chance.randint(0, len(words)), word)
    return " ".join(words)


def foreign_words(language: str, cluster: str | None) -> list[str]:
    """Give the words of a language that are foreign to a cluster."""
    clusters = read_words("foreign_words")[language]
    foreign = [name for name in clusters if name != OPEN] if cluster == OPEN else [OPEN]
    return [word for name in foreign for word in clusters[name]]
