"""The word lists that the disguises draw from, and the language that a title asks its words in."""

import unicodedata
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

HERE = Path(__file__).parent
# Letters of Vietnamese that no other language here has.
_VIETNAMESE = set("đăơưĐĂƠƯ")


@cache
def read_words(name: str) -> Any:
    """Read a list that lies beside this module; a word that looks like a number or a truth is a word."""
    return yaml.load((HERE / f"{name}.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)


def language_of(title: str, chance: Random) -> str:
    """Tell the language in which a seller would add words to a title: by its script, else Indonesian or English by
    chance.

    >>> language_of("连衣裙 dress", Random(1)), language_of("áo sơ mi", Random(1)), language_of("เสื้อ", Random(1))
    ('zh', 'vi', 'th')
    """
    scripts = {unicodedata.name(character, "").split(" ")[0] for character in title}
    if "CJK" in scripts:
        return "zh"
    if "THAI" in scripts:
        return "th"
    if _VIETNAMESE & set(unicodedata.normalize("NFC", title)) or _stacked(title):
        return "vi"
    return chance.choice(("id", "en"))


def _stacked(title: str) -> bool:
    # A letter with a dot below, a hook above or two marks at once: ạ, ả, ấ.
    marks = unicodedata.normalize("NFD", title)
    return "\u0323" in marks or "\u0309" in marks
