"""What each code point is read as: the table that the normaliser looks up, built once and kept as `fold.npz`.

In comes Unicode (through `unicodedata`) and `lookalikes.tsv`; out goes a table over all code points. It is
kept as a file because Python versions carry different Unicode versions, and a model must see the same symbols under
each of them.

    python -m stream.classify.fold_table       # writes the file anew; every model must then be trained anew

A code point becomes the symbols of its folded form:

- NFKD, case folded, NFKD again, and every mark with a canonical combining class dropped. Decomposed and composed
  spellings, in any order of their marks, thereby give the same symbols, without composing anything: full-width,
  ligatures, stacked accents.
- Letters of other scripts that are drawn like Latin ones become those (`lookalikes.tsv`).
- Zero-width characters, other format and control characters, soft hyphens and apostrophes vanish.
- Every decimal digit of any script becomes `0`: amounts and sizes carry a shape, not a cluster.
- White space, punctuation, symbols, emoji and what Unicode has not assigned separate words.
"""

import sys
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FOLD_FILE = Path(__file__).with_name("fold.npz")
LOOKALIKES_FILE = Path(__file__).with_name("lookalikes.tsv")
# Part of every manifest: a model trained under one fold is refused under another.
FOLD_VERSION = 1

PAGE = 256
DROPPED = 0
SEPARATOR = 32
# An entry is a symbol, or (with this bit) the place of several in `expansions`: offset << 5 | count.
EXPANDED = np.uint32(1 << 31)
_DIGIT = ord("0")
_APOSTROPHES = "'`´ʹʻʼʽˈʾʿ‘’‛＇"
# Format characters by name and not by category alone: fillers and variation selectors draw nothing either.
_INVISIBLE = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800, 0x3164, 0xFFA0}
_WHITE_CONTROLS = {0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1C, 0x1D, 0x1E, 0x1F, 0x85}


class FoldTable(NamedTuple):
    """`entries[c]` is the entry of code point c, for all 1,114,112; `expansions` has the symbols of the longer ones."""

    entries: NDArray[np.uint32]
    expansions: NDArray[np.uint32]


def build_fold_table() -> FoldTable:
    """Build the table from the running Python's Unicode data and the look-alike list. Takes some seconds."""
    lookalikes = read_lookalikes()
    expansions: list[int] = []
    placed: dict[tuple[int, ...], int] = {}
    entries = [_entry(fold_code_point(c, lookalikes), expansions, placed) for c in range(sys.maxunicode + 1)]
    return FoldTable(np.array(entries, np.uint32), np.array(expansions or [0], np.uint32))


def fold_code_point(code_point: int, lookalikes: dict[str, str]) -> tuple[int, ...]:
    """Give the symbols of one code point: none where it vanishes, SEPARATOR where it parts words.

    >>> "".join(map(chr, fold_code_point(ord("Ế"), {})))
    'e'
    """
    character = chr(code_point)
    character = lookalikes.get(character, character)
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    symbols = [s for c in folded for s in _symbols(lookalikes.get(c, c))]
    return tuple(symbols[:31])


def read_lookalikes() -> dict[str, str]:
    """Read `lookalikes.tsv`: a character drawn like a Latin letter, and that letter."""
    lines = LOOKALIKES_FILE.read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return {chr(int(code[2:], 16)): letter for code, letter, _name in rows}


def symbols_of(table: FoldTable, code_point: int) -> list[int]:
    """Give the symbols that a table has for a code point."""
    entry = int(table.entries[code_point])
    if not entry & int(EXPANDED):
        return [entry] if entry else []
    first, count = (entry & ~int(EXPANDED)) >> 5, entry & 31
    return table.expansions[first : first + count].tolist()


@cache
def load_fold_table(file: Path = FOLD_FILE) -> FoldTable:
    """Load the kept table."""
    with np.load(file, allow_pickle=False) as arrays:
        return FoldTable(arrays["pages"][arrays["index"]].ravel(), arrays["expansions"])


def save_fold_table(table: FoldTable, file: Path = FOLD_FILE) -> None:
    """Keep a table as a file: pages of 256 entries, each page once, and the page of every 256 code points."""
    pages, index = np.unique(table.entries.reshape(-1, PAGE), axis=0, return_inverse=True)
    np.savez_compressed(file, index=index.ravel().astype(np.uint16), pages=pages, expansions=table.expansions)


def _symbols(text: str) -> list[int]:
    return [symbol for character in text if (symbol := _symbol(character)) != DROPPED]


def _symbol(character: str) -> int:
    code_point, category = ord(character), unicodedata.category(character)
    if code_point in _WHITE_CONTROLS:
        return SEPARATOR
    if unicodedata.combining(character) or code_point in _INVISIBLE or character in _APOSTROPHES:
        return DROPPED
    # Every variation selector and enclosing mark is Mn or Me without a class; vowel signs of Thai and Indic scripts are
    # Mn too and stay.
    if category in ("Cc", "Cf", "Me") or "VARIATION SELECTOR" in unicodedata.name(character, ""):
        return DROPPED
    if category == "Nd":
        return _DIGIT
    return code_point if category[0] in "LM" or category in ("Nl", "No") else SEPARATOR


def _entry(symbols: tuple[int, ...], expansions: list[int], placed: dict[tuple[int, ...], int]) -> int:
    if len(symbols) == 0:
        return DROPPED
    if len(symbols) == 1:
        return symbols[0]
    if symbols not in placed:
        placed[symbols] = len(expansions)
        expansions.extend(symbols)
    return int(EXPANDED) | placed[symbols] << 5 | len(symbols)


if __name__ == "__main__":
    save_fold_table(build_fold_table())
