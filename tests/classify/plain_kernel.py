"""What the compiled passes must give, written once more the plain way: from one title to its symbols and buckets.

It knows the fold table's rules through `fold_code_point` and nothing of how the kernel goes about it.
"""

from functools import cache
from itertools import pairwise

from stream.classify import kernel
from stream.classify.fold_table import LookAlikes, fold_code_point, read_lookalikes
from stream.classify.folding import DIGIT, KIND_MASK, KIND_SHIFT, LETTER_MASK, LETTER_SHIFT, OF_WORD, SIGN, SYMBOL, WIDE
from tests.classify.plain_mending import DIGITS, SIGNS, mend

WORD, GRAM, PRIME = 0x84222325CBF29CE4, 0xCBF29CE484222325, 0x9E3779B97F4A7C15


def plain_fold(title: str) -> str:
    """Words parted by one space, one at each end; nothing but a space where there is no word."""
    glyphs = "".join(_character(glyph) for character in title for glyph in glyphs_of(ord(character)))
    words = mend(glyphs, _lookalikes().amid)
    return f" {words} " if words else " "


def plain_buckets(symbols: str) -> list[int]:
    """N-grams within words, start after start, then words, then pairs of neighbouring words."""
    grams = [gram for run in symbols.split() for gram in _grams([ord(letter) for letter in f" {run} "])]
    words = [_hash(WORD, [ord(letter) for letter in word], alone=_is_han(word)) for word in _words(symbols)]
    pairs = [_times((_times(a ^ a >> 32)) ^ b) for a, b in pairwise(words)]
    hashes = [*(_hash(GRAM, gram, alone=True) for gram in grams), *map(_times, words), *pairs]
    return [h >> 64 - kernel.BUCKET_BITS for h in hashes]


def _grams(points: list[int]) -> list[list[int]]:
    lengths = range(kernel.SHORTEST, kernel.LONGEST + 1)
    return [points[i : i + n] for i in range(len(points)) for n in lengths if i + n <= len(points)]


@cache
def _lookalikes() -> LookAlikes:
    return read_lookalikes()


@cache
def glyphs_of(code_point: int) -> tuple[int, ...]:
    """Give the glyphs of a code point by the table's rules."""
    return fold_code_point(code_point, _lookalikes())


def _character(glyph: int) -> str:
    letter, kind = glyph >> LETTER_SHIFT & LETTER_MASK, glyph >> KIND_SHIFT & KIND_MASK
    if kind == DIGIT:
        return DIGITS[letter - 1]
    if glyph & OF_WORD:
        return chr(glyph & SYMBOL)
    return SIGNS[letter - 1] if kind == SIGN else " " if glyph & WIDE else "_"


def _words(symbols: str) -> list[str]:
    return "".join(f" {symbol} " if _is_han(symbol) else symbol for symbol in symbols).split()


def _is_han(word: str) -> bool:
    return "\u3400" <= word[:1] <= "\u9fff" or "\U00020000" <= word[:1] <= "\U0003ffff"


def _hash(seed: int, points: list[int], alone: bool) -> int:
    h = _times(seed ^ points[0]) if alone else _times(seed ^ seed >> 32 ^ points[0])
    for point in points[1:]:
        h = _times(h ^ h >> 32 ^ point)
    return h


def _times(h: int) -> int:
    return h * PRIME % 2**64
