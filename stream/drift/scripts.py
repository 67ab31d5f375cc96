"""A title -> the script that most of its letters are of: what stands in for its language.

Nothing in Keran knows languages. Scripts tell Thai, Chinese and Indonesian apart, and not Indonesian, Malay,
Vietnamese and English; a new language in Latin letters shows in unseen n-grams (`stream/classify/unseen.py`).
"""

import unicodedata
from collections import Counter
from functools import lru_cache

# By the first word of a character's Unicode name. Fullwidth and mathematical letters are styles of Latin ones.
_NAMED = {
    "LATIN": "latin",
    "FULLWIDTH": "latin",
    "MATHEMATICAL": "latin",
    "CJK": "han",
    "THAI": "thai",
    "HIRAGANA": "kana",
    "KATAKANA": "kana",
    "HANGUL": "hangul",
    "CYRILLIC": "cyrillic",
    "ARABIC": "arabic",
    "DEVANAGARI": "devanagari",
}
OTHER, NONE = "other", "none"
SCRIPTS = (*dict.fromkeys(_NAMED.values()), OTHER, NONE)
# A megabyte of letters has the script of its beginning.
LETTERS_AT_MOST = 200


def script_of(title: str) -> str:
    """Name the script of most letters, the first of those that have as many; `none` without letters.

    >>> script_of("Gamis 女装 syari"), script_of("เสื้อยืด XL"), script_of("100%")
    ('latin', 'thai', 'none')
    """
    counts = Counter(map(_script, title[:LETTERS_AT_MOST]))
    del counts[NONE]
    return max(counts, key=counts.__getitem__, default=NONE)


@lru_cache(8_192)
def _script(character: str) -> str:
    if not character.isalpha():
        return NONE
    return _NAMED.get(unicodedata.name(character, "").split(" ")[0], OTHER)
