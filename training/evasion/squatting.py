"""Category squatting: the title begins with goods of an open category, `casing hp gamis wanita`.

A listing placed in a category that nobody closed, and named after it first, passes both a category filter and a glance.
Strength is how many such names the title begins with.
"""

from random import Random

from training.evasion.words import language_of, read_words


def squatting(title: str, cluster: str | None, strength: float, chance: Random) -> str:
    """Put names of open categories before the title."""
    names = read_words("open_categories")[language_of(title, chance)]
    return " ".join([*chance.sample(names, min(round(strength), len(names))), title])
