"""What the compiled passes must give, written once more the plain way: from one title to its symbols and buckets.

It knows the fold table's rules through `fold_code_point` and nothing of how the kernel goes about it.
"""

from functools import cache
from itertools import pairwise

from stream.classify import kernel
from stream.classify.fold_table import fold_code_point, read_lookalikes

WORD, SEPARATOR = 0x84222325CBF29CE4, ord(" ")
GRAM, PRIME = 0xCBF29CE484222325, 0x9E3779B97F4A7C15


def plain_fold(title: str) -> str:
    """Words parted by one space, one at each end; nothing but a space where there is no word."""
    gaps, words, gap = [], [], 0
    for symbol in (symbol for character in title for symbol in _symbols(ord(character))):
        if symbol == SEPARATOR:
            gap += 1
        elif gap or not words:
            words, gaps, gap = [*words, chr(symbol)], [*gaps, gap], 0
        else:
            words[-1] += chr(symbol)
    return "".join(f" {word}" for word in _join_spaced(words, gaps)) + " "


def plain_buckets(symbols: str) -> list[int]:
    """N-grams start after start, then words, then pairs of neighbouring words."""
    n, points = len(symbols), [ord(symbol) for symbol in symbols]
    grams = [points[i:j] for i in range(n) for j in range(i + kernel.SHORTEST, min(n, i + kernel.LONGEST) + 1)]
    words = [_hash(WORD, [ord(letter) for letter in word], alone=_is_han(word)) for word in _words(symbols)]
    pairs = [_times((_times(a ^ a >> 32)) ^ b) for a, b in pairwise(words)]
    hashes = [*(_hash(GRAM, gram, alone=True) for gram in grams), *map(_times, words), *pairs]
    return [h >> 64 - kernel.BUCKET_BITS for h in hashes]


@cache
def _symbols(code_point: int) -> tuple[int, ...]:
    return fold_code_point(code_point, read_lookalikes())


def _join_spaced(words: list[str], gaps: list[int]) -> list[str]:
    joined, i = [], 0
    while i < len(words):
        run = next((j for j, word in enumerate(words[i:]) if not _is_letter(word)), len(words) - i)
        joined += _part(words[i : i + run], gaps[i : i + run]) if run >= 3 else words[i : i + max(run, 1)]
        i += max(run, 1)
    return joined


def _part(letters: list[str], gaps: list[int]) -> list[str]:
    narrow, pieces = min(gaps[1:]), [letters[0]]
    for letter, gap in zip(letters[1:], gaps[1:], strict=True):
        if gap > narrow:
            pieces.append(letter)
        else:
            pieces[-1] += letter
    return pieces if min(map(len, pieces)) > 1 else ["".join(letters)]


def _is_letter(word: str) -> bool:
    return len(word) == 1 and word < "\u0250" and word != "0"


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
