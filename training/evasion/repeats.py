"""Letters written several times over: `gaaamis`, `murahhh`.

Sellers shout so, and a word with a letter drawn out is in no word list. Strength is the share of letters that are drawn
out, to two, three, four or five.
"""

from random import Random

from training.evasion.letters import is_latin


def repeats(title: str, cluster: str | None, strength: float, chance: Random) -> str:
    """Draw out some of the Latin letters."""
    return "".join(
        letter * chance.randint(2, 5) if is_latin(letter) and chance.random() < strength else letter for letter in title
    )
