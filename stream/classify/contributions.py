"""Which letters of a title spoke for its cluster: a model and a title in, spans of the title as it was written out.

The classifier adds up one whole number a feature, so a title's sum is told apart exactly into what each n-gram, word
and pair of words gave. Disguised letters are found again where they stand, since folding one title can say where it
read each symbol. Knows no wording and no page; one title at a time, for people, not for the stream.
"""

import math
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.classify import kernel
from stream.classify.classifier import Model, classify, sums_of
from stream.classify.fold_table import SEPARATOR
from stream.classify.folding import ROOM_BEHIND
from stream.classify.normalise import trace

_is_han = kernel.is_han.py_func
# Scripts whose words stand without spaces: Thai and Lao, Myanmar, Khmer, kana, and Han of every plane.
_UNSPACED = ((0xE00, 0xEFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0x20000, 0x3FFFF))


class Contribution(NamedTuple):
    """What the letters of `title[start:end]` gave: above 0 for the cluster, below 0 for its rival."""

    start: int
    end: int
    weight: int


class Evidence(NamedTuple):
    """What a title's letters said for `cluster` rather than `rival`.

    The log odds of the two, ln(score of cluster / score of rival), are `bias` plus `unit` times the sum of the weights.
    """

    cluster: str
    rival: str
    bias: float
    unit: float
    contributions: list[Contribution]


class LeftOut(NamedTuple):
    """The words `title[start:end]` that say most for the likeliest cluster rather than `rival`, the next, and the log
    odds by which the other words say the contrary; at most `kernel.WORDS_LEFT_OUT`.
    """

    rival: str
    lead: float
    words: list[tuple[int, int]]


class Piece(NamedTuple):
    """A word of the title as written, or a part of one where words are not spaced, and the log odds that it gave."""

    start: int
    end: int
    log_odds: float


def contributions(model: Model, title: str, cluster: str | None = None, rival: str | None = None) -> list[Contribution]:
    """Give a contribution a feature, repeats included, in the order of `kernel.extract`; the weights sum to the
    difference of the two clusters' sums. Without names they are the likeliest cluster and the next.

    >>> from pathlib import Path
    >>> from stream.classify.artifact import list_entries, load_model
    >>> model = load_model(Path("models"), list_entries(Path("models"))[-1])
    >>> title = "G a m i s"
    >>> [title[start:end] for start, end, _ in contributions(model, title)][-3:]
    ['m i s', 'i s', 'G a m i s']
    """
    if cluster is None or rival is None:
        cluster, rival = _rivals(model, title)
    symbols, places, buckets = _read(model, title)
    weights = model.weights[buckets].astype(np.int64)
    weights = weights[:, model.clusters.index(cluster)] - weights[:, model.clusters.index(rival)]
    spans = (_span(places[first:last]) for first, last in _features(symbols))
    return [Contribution(*span, weight) for span, weight in zip(spans, weights.tolist(), strict=True)]


def evidence(model: Model, title: str) -> Evidence:
    """Say what spoke for the likeliest cluster rather than for the next."""
    cluster, rival = _rivals(model, title)
    found = contributions(model, title, cluster, rival)
    bias = float(model.bias[model.clusters.index(cluster)] - model.bias[model.clusters.index(rival)])
    unit = model.scale / math.sqrt(max(len(found), 1))
    return Evidence(cluster, rival, bias / model.temperature, unit / model.temperature, found)


def left_out(model: Model, title: str) -> LeftOut:
    """Say by what the next likeliest cluster leads once a few words are left out, and which: `kernel.lead`, told."""
    cluster, rival = _rivals(model, title)
    symbols, places, buckets = _read(model, title)
    weights = model.weights[buckets].astype(np.int64)
    weights = weights[:, model.clusters.index(rival)] - weights[:, model.clusters.index(cluster)]
    word_of, sums = _parted(symbols), Counter[int]()
    for number, weight in zip(_owners(symbols, word_of), weights.tolist(), strict=True):
        sums[number] += weight
    least = sorted((number for number in sums if sums[number] < 0), key=lambda number: sums[number])
    out = sorted(least[: kernel.WORDS_LEFT_OUT])
    lead = (sums.total() - sum(sums[number] for number in out)) * model.scale / math.sqrt(max(len(weights), 1))
    spans = (_span([place for place, own in zip(places, word_of, strict=True) if own == number]) for number in out)
    return LeftOut(rival, lead / model.temperature, list(spans))


def letters(model: Model, title: str, found: Sequence[Contribution]) -> dict[int, Fraction]:
    """Share each weight evenly among the letters of its span: the place of each letter that was read, and what it gave.

    The shares sum to what the contributions sum to.
    """
    shares = {place: Fraction(0) for place in _read(model, title).places if place is not None}
    for start, end, weight in found:
        inside = [place for place in range(start, end) if place in shares]
        for place in inside:
            shares[place] += Fraction(weight, len(inside))
    return shares


def pieces(model: Model, title: str, told: Evidence) -> list[Piece]:
    """Give the title's words, the strongest first; where words are not spaced, neighbouring letters of one opinion."""
    shares = letters(model, title, told.contributions)
    words = _word_numbers(_read(model, title).places)

    def together(place: int) -> tuple[int, bool, bool]:
        unspaced = any(first <= ord(title[place]) <= last for first, last in _UNSPACED)
        return words[place], unspaced, unspaced and shares[place] > 0

    parts = [list(part) for _, part in groupby(words, together)]
    found = [Piece(part[0], part[-1] + 1, float(sum(shares[p] for p in part)) * told.unit) for part in parts]
    return sorted(found, key=lambda piece: -abs(piece.log_odds))


def _word_numbers(places: Sequence[int | None]) -> dict[int, int]:
    # One character may stand for two words (a half is "0 0"): it goes with the first.
    numbers, word = {}, 0
    for place in places:
        if place is None:
            word += 1
        else:
            numbers.setdefault(place, word)
    return numbers


class _Reading(NamedTuple):
    """A folded title's symbols, the place in the title of each (none for a separator), and its features' buckets."""

    symbols: list[int]
    places: list[int | None]
    buckets: NDArray[np.uint32]


def _read(model: Model, title: str) -> _Reading:
    symbols, places = trace(title, model.fold_table)
    folded = np.array(symbols + [0] * ROOM_BEHIND, np.uint32), np.array([len(symbols)])
    buckets, counts = np.empty(len(symbols) * kernel.FEATURES_A_SYMBOL, np.uint32), np.empty(1, np.int64)
    total = kernel.extract(*folded, buckets, counts)
    return _Reading(symbols, places, buckets[:total])


def _rivals(model: Model, title: str) -> tuple[str, str]:
    likeliest = int(classify(model, [title]).likeliest[0])
    sums, counts = sums_of(model, [title])
    values = sums[0] * model.scale / math.sqrt(max(counts[0], 1)) + model.bias
    values[likeliest] = -math.inf
    return model.clusters[likeliest], model.clusters[int(values.argmax())]


def _features(symbols: Sequence[int]) -> list[tuple[int, int]]:
    # Spans of symbols, in the order of `kernel.extract`.
    words = _words(symbols)
    return [*_grams(symbols), *words, *((first, last) for (first, _), (_, last) in pairwise(words))]


def _grams(symbols: Sequence[int]) -> list[tuple[int, int]]:
    # Those of a word and the separators at its ends.
    n, lengths = len(symbols), range(kernel.SHORTEST, kernel.LONGEST + 1)
    spans = [(i, i + length) for i in range(n) for length in lengths if i + length <= n]
    return [(i, j) for i, j in spans if SEPARATOR not in symbols[i + 1 : j - 1]]


def _parted(symbols: Sequence[int]) -> list[int]:
    # The number of each symbol's word, where separators part words; what is longer than the kernel's lanes is several.
    numbers, start = [0], 0
    for i, symbol in enumerate(symbols[1:], 1):
        new = symbol == SEPARATOR or i - start == kernel.SYMBOLS_A_LANE
        numbers.append(numbers[-1] + new)
        start = i if new else start
    return numbers


def _owners(symbols: Sequence[int], word_of: Sequence[int]) -> list[int]:
    # The word of each feature: of an n-gram where it starts, of a word where it ends, of a pair its second one's.
    ends = [word_of[last - 1] for _, last in _words(symbols)]
    return [*(word_of[first] for first, _ in _grams(symbols)), *ends, *ends[1:]]


def _words(symbols: Sequence[int]) -> list[tuple[int, int]]:
    # A Han character is a word of its own.
    keys = [0 if s == SEPARATOR else -i if _is_han(s) else 1 for i, s in enumerate(symbols)]
    runs = [(key, [i for i, _ in run]) for key, run in groupby(enumerate(keys), lambda pair: pair[1])]
    return [(run[0], run[-1] + 1) for key, run in runs if key]


def _span(places: Sequence[int | None]) -> tuple[int, int]:
    inside = [place for place in places if place is not None]
    return inside[0], inside[-1] + 1
