"""Digits and signs for the letters they resemble: `g4m1s`, `k@os`, `b4t!k`.

The oldest disguise of all, typed on any keyboard. Strength is the share of those letters that have such a sign and are
written with it.
"""

from random import Random

from training.evasion.letters import replace_letters

# The first of each is what most would type; it is taken twice in three times.
SIGNS = {
    "a": "4@", "b": "8", "e": "3", "g": "96", "i": "1!", "l": "1|", "o": "0", "s": "5$", "t": "7+", "z": "2",
}  # fmt: skip


def leet(title: str, cluster: str | None, strength: float, chance: Random) -> str:
    """Write letters as digits and signs."""

    def replacement(letter: str) -> str | None:
        signs = SIGNS.get(letter.lower(), "")
        return (signs[0] if chance.random() < 2 / 3 else chance.choice(signs)) if signs else None

    return replace_letters(title, strength, chance, replacement)
