"""Characters that draw nothing, between the letters of a word.

Zero-width spaces and joiners, soft hyphens, direction marks, variation selectors, tags and the like come with text
copied from web pages, and from tools made to get a word past a filter. The title looks untouched; the word is no longer
one run of letters. Strength is the share of the places between two letters or digits that receive one.
"""

from itertools import pairwise
from random import Random

# By name of the group: spaces and joiners, soft hyphen and grapheme joiner, direction marks and embeddings and
# isolates, invisible operators, fillers of Hangul and Khmer, variation selectors of Mongolian, of Unicode and of its
# supplement, tags.
INVISIBLE = (
    "\u200b\u200c\u200d\u2060\ufeff"
    "\u00ad\u034f"
    "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    "\u2061\u2062\u2063\u2064\u206a\u206d\u206f"
    "\u115f\u1160\u17b4\u17b5"
    "\u180b\u180e\ufe00\ufe0e\ufe0f\U000e0100\U000e01ef"
    "\U000e0001\U000e0061\U000e007f"
    "\ufff9\ufffa\ufffb\U0001d173\U0001d17a"
)  # fmt: skip


def zero_width(title: str, cluster: str | None, strength: float, chance: Random) -> str:
    """Put invisible characters inside the words."""
    written = [title[:1]]
    for before, letter in pairwise(title):
        if before.isalnum() and letter.isalnum() and chance.random() < strength:
            written.append(chance.choice(INVISIBLE))
        written.append(letter)
    return "".join(written)
