"""Letters of other scripts, and decorated Latin ones, that are drawn like the letters they stand for.

A buyer reads `gаmіѕ` with three Cyrillic letters as gamis; a filter that compares letters does not. Sellers take them
from keyboards of other languages and from the fancy-text makers that abound for profile names. The list,
`look_alikes.yaml`, was written apart from the normaliser's own, so that what the normaliser lacks is seen. Strength is
the share of the Latin letters that are replaced.
"""

from functools import cache
from pathlib import Path
from random import Random

import yaml

from training.evasion.letters import replace_letters

LOOK_ALIKES = Path(__file__).with_name("look_alikes.yaml")


def look_alike(title: str, cluster: str | None, strength: float, chance: Random) -> str:
    """Replace letters by look-alikes, a capital by a capital where there is one."""
    likes = read_look_alikes()

    def replacement(letter: str) -> str | None:
        return chance.choice(likes[letter]) if letter in likes else None

    return replace_letters(title, strength, chance, replacement)


@cache
def read_look_alikes() -> dict[str, str]:
    """Read the list: a Latin letter, capital or small, and every character that passes for it."""
    groups = yaml.load(LOOK_ALIKES.read_text(encoding="utf-8"), yaml.BaseLoader)
    return {letter: "".join(characters.values()) for letter, characters in groups.items()}
