"""What each code point is read as: the table that the normaliser looks up, built once and kept as `fold.npz`.

In comes Unicode (through `unicodedata`) and `lookalikes.tsv`; out goes a table over all code points. It is
kept as a file because Python versions carry different Unicode versions, and a model must see the same symbols under
each of them.

    python -m stream.classify.fold_table       # writes the file anew; every model must then be trained anew

A code point becomes the glyphs of its folded form. A glyph is a symbol and what must be known to mend a disguised word:
its kind, how wide a separator is, and which letter a digit or sign is drawn like. The symbols:

- NFKD, case folded, NFKD again, and every mark with a canonical combining class dropped. Decomposed and composed
  spellings, in any order of their marks, thereby give the same symbols, without composing anything: full-width,
  ligatures, stacked accents.
- Letters of other scripts that are drawn like Latin ones become those (`lookalikes.tsv`). Those of scripts in which
  listings are written (Thai, Chinese, Devanagari) do so only amid Latin letters.
- Zero-width characters, other format and control characters, soft hyphens and apostrophes vanish.
- Every decimal digit of any script becomes `0`: amounts and sizes carry a shape, not a cluster.
- White space, punctuation, symbols, emoji and what Unicode has not assigned separate words.

What several glyphs together are read as (`k4os`, `b a t i k`, `gaaamis`) is in `folding.py`.
"""

import sys
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.classify.folding import COUNT_BITS, DIGIT, EXPANDED, KIND_SHIFT, LATIN, LETTER_SHIFT, OF_WORD, SIGN, WIDE

FOLD_FILE = Path(__file__).with_name("fold.npz")
LOOKALIKES_FILE = Path(__file__).with_name("lookalikes.tsv")
# Part of every manifest: a model trained under one fold is refused under another.
FOLD_VERSION = 2

PAGE = 256
DROPPED = 0
SEPARATOR = 32
_LATIN_END = 0x250
_ZERO = ord("0")
# What the digits 0 to 9 are drawn like; those of other scripts, and signs, are in the list.
_DIGITS_READ = "oizeasgtbg"
_APOSTROPHES = "'`´ʹʻʼʽˈʾʿ‘’‛＇"
# Format characters by name and not by category alone: fillers and variation selectors draw nothing either.
_INVISIBLE = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800, 0x3164, 0xFFA0}
_WHITE_CONTROLS = {0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1C, 0x1D, 0x1E, 0x1F, 0x85}


class LookAlikes(NamedTuple):
    """Characters, each with the Latin letters that it is drawn like: `always` read as those, or only `amid` others."""

    always: dict[str, str]
    amid: dict[str, str]


class FoldTable(NamedTuple):
    """`entries[c]` is the entry of code point c, for all 1,114,112; `expansions` has the glyphs of the longer ones."""

    entries: NDArray[np.uint32]
    expansions: NDArray[np.uint32]


def build_fold_table() -> FoldTable:
    """Build the table from the running Python's Unicode data and the look-alike list. Takes some seconds."""
    lookalikes = read_lookalikes()
    expansions: list[int] = []
    placed: dict[tuple[int, ...], int] = {}
    entries = [_entry(fold_code_point(c, lookalikes), expansions, placed) for c in range(sys.maxunicode + 1)]
    return FoldTable(np.array(entries, np.uint32), np.array(expansions or [0], np.uint32))


def fold_code_point(code_point: int, lookalikes: LookAlikes) -> tuple[int, ...]:
    """Give the glyphs of one code point: none where it vanishes.

    >>> from stream.classify.folding import SYMBOL
    >>> [chr(glyph & SYMBOL) for glyph in fold_code_point(ord("Ế"), LookAlikes({}, {}))]
    ['e']
    """
    character = chr(code_point)
    character = lookalikes.always.get(character, character)
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    letters = (letter for c in folded for letter in lookalikes.always.get(c, c))
    return tuple(glyph for letter in letters if (glyph := _glyph(letter, lookalikes.amid)) != DROPPED)[:31]


def read_lookalikes() -> LookAlikes:
    """Read `lookalikes.tsv`."""
    lines = LOOKALIKES_FILE.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return LookAlikes(
        *({chr(int(code[2:], 16)): x for code, x, where, _ in rows if where == w} for w in LookAlikes._fields)
    )


@cache
def load_fold_table(file: Path = FOLD_FILE) -> FoldTable:
    """Load the kept table."""
    with np.load(file, allow_pickle=False) as arrays:
        return FoldTable(arrays["pages"][arrays["index"]].ravel(), arrays["expansions"])


def save_fold_table(table: FoldTable, file: Path = FOLD_FILE) -> None:
    """Keep a table as a file: pages of 256 entries, each page once, and the page of every 256 code points."""
    pages, index = np.unique(table.entries.reshape(-1, PAGE), axis=0, return_inverse=True)
    np.savez_compressed(file, index=index.ravel().astype(np.uint16), pages=pages, expansions=table.expansions)


def _glyph(character: str, amid: dict[str, str]) -> int:
    code_point, category = ord(character), unicodedata.category(character)
    if code_point in _WHITE_CONTROLS or category[0] == "Z":
        return SEPARATOR | WIDE
    if unicodedata.combining(character) or code_point in _INVISIBLE or character in _APOSTROPHES:
        return DROPPED
    # Every variation selector and enclosing mark is Mn or Me without a class; vowel signs of Thai and Indic scripts are
    # Mn too and stay.
    if category in ("Cc", "Cf", "Me") or "VARIATION SELECTOR" in unicodedata.name(character, ""):
        return DROPPED
    if category == "Nd":
        digit = _DIGITS_READ[unicodedata.decimal(character)]
        return _ZERO | OF_WORD | _drawn_like(DIGIT, amid.get(character, digit))
    of_word = category[0] in "LM" or category in ("Nl", "No")
    symbol = code_point | OF_WORD if of_word else SEPARATOR
    if character in amid:
        return symbol | _drawn_like(SIGN, amid[character])
    return symbol | LATIN << KIND_SHIFT if of_word and code_point < _LATIN_END else symbol


def _drawn_like(kind: int, letter: str) -> int:
    return kind << KIND_SHIFT | (ord(letter) - ord("a") + 1) << LETTER_SHIFT


def _entry(glyphs: tuple[int, ...], expansions: list[int], placed: dict[tuple[int, ...], int]) -> int:
    if len(glyphs) == 0:
        return DROPPED
    if len(glyphs) == 1:
        return glyphs[0]
    if glyphs not in placed:
        placed[glyphs] = len(expansions)
        expansions.extend(glyphs)
    return EXPANDED | placed[glyphs] << COUNT_BITS | len(glyphs)


if __name__ == "__main__":
    save_fold_table(build_fold_table())
