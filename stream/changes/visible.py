"""Sellers' own text made safe to look at: text in, text that stays on its line and in its cell out."""

import unicodedata

MOST_CHARACTERS = 60
# Control, format (among them the marks that turn text round), surrogate, private, and the ends of lines and paragraphs.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


def visible(text: str, most: int = MOST_CHARACTERS) -> str:
    """Give a title as what can be seen: at most so many characters, the unseen ones and backslashes escaped.

    Letters that are written from the right stay; they can turn what follows on the line, so nothing should follow.

    >>> print(visible("Gamis\\n\\u202esyari"))
    Gamis\\n\\u202esyari
    >>> visible("kopi " * 20, most=9)
    'kopi kop…'
    >>> visible("")
    '(empty)'
    """
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(map(_escaped, cut)) or "(empty)"


def visible_name(name: str, most: int = MOST_CHARACTERS) -> str:
    """The same of an id or a name, with text after it on the line: letters from the right are escaped too.

    >>> print(visible_name("S-9\\u05d0"))
    S-9\\u05d0
    """
    return "".join(_escaped_turning(letter) for letter in visible(name, most))


def _escaped(letter: str) -> str:
    hidden = letter == "\\" or unicodedata.category(letter) in _UNSEEN
    return letter.encode("unicode_escape").decode() if hidden else letter


def _escaped_turning(letter: str) -> str:
    turning = unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT
    return letter.encode("unicode_escape").decode() if turning else letter
