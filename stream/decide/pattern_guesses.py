"""Texts that a pattern may be found in: a pattern as its policy writes it in, short texts out, one for each way.

Each is a guess and no more: whoever asks tries it. Repetitions are as few as they may be, and of what stands in
brackets the first way is taken. It refuses to know facts.
"""

import re
from collections import deque
from functools import lru_cache

import re2

_TOKEN = re.compile(
    r"\\[pPx]\{[^}]*\}|\\x[0-9A-Fa-f]{2}|\\[pP].|\\."  # escapes
    r"|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]"  # classes
    r"|\(\?[a-zA-Z-]+\)|\(\?P?<\w+>|\(\?[a-zA-Z-]*:|[()|]"  # flags, groups
    r"|[*+?]\??|\{[0-9]+(?:,[0-9]*)?\}\??|.",  # repetitions; letters
    re.DOTALL,
)
_FLAGS = re.compile(r"\(\?[a-zA-Z-]+\)")
_TIMES = re.compile(r"([*+?]|\{([0-9]+)(?:,[0-9]*)?\})\??")
_NO_LETTER = ("^", "$", r"\b", r"\B", r"\A", r"\z")
_LETTERS = "ax0 -" + "".join(filter(str.isprintable, map(chr, range(0x20, 0x5000))))
_QUIETLY = re2.Options()
_QUIETLY.log_errors = False


def guesses_of(pattern: str) -> list[str]:
    """Give a text for each way in which a pattern begins.

    >>> guesses_of("^im[0-9]{10}$"), guesses_of(r"po \\d+ hari|(cap|tulis) .")
    (['im0000000000'], ['po 0 hari', 'cap x'])
    """
    return _ways(deque(_TOKEN.findall(pattern)))


def _ways(tokens: deque[str]) -> list[str]:
    """Read up to the end of a group."""
    ways: list[list[str]] = [[]]
    while tokens and (token := tokens.popleft()) != ")":
        if token == "|":
            ways.append([])
        elif token.startswith("(") and not _FLAGS.fullmatch(token):
            ways[-1].append(_ways(tokens)[0])
        elif (times := _TIMES.fullmatch(token)) and ways[-1]:
            ways[-1][-1] *= int(times[2] or times[1] == "+")
        elif not token.startswith("("):
            ways[-1].append(_letter(token))
    return ["".join(way) for way in ways]


@lru_cache
def _letter(token: str) -> str:
    """Give a letter that a token stands for, nothing where it stands for none."""
    if token in _NO_LETTER:
        return ""
    if len(token) == 1:
        return "x" if token == "." else token
    try:
        one = re2.compile(f"(?:{token})", _QUIETLY)
    except re2.error:  # a part that cannot stand alone
        return ""
    near = "" if token.startswith("[^") else token
    return next((letter for letter in near + _LETTERS if one.fullmatch(letter)), "")
