"""The compiled passes: code points -> symbols -> buckets -> integer sums -> scores. Arrays in, arrays out, nothing
else.

Training and serving run the same `fold` and `hash_features`, so what is measured is what serves. Every step is exact on
every CPU: integers up to the sums, and from there IEEE 754 additions, multiplications, divisions and square roots,
which round alike everywhere; the exponential is built from those (a C library's differs in the last bit from one
machine to the next). Numba compiles without fast-math, so LLVM may neither fuse nor reorder them.
"""

import numpy as np
from numba import njit

# Parts of every manifest: another hash, another set of features, is another version.
FEATURES_VERSION = 1
BUCKET_BITS = 18
BUCKETS = 1 << BUCKET_BITS
SHORTEST, LONGEST = 3, 5
# A title of n symbols has at most this many features for each: three lengths of n-gram, a word, a pair.
FEATURES_A_SYMBOL = 5

_SEPARATOR = np.uint32(32)
_DIGIT = np.uint32(48)
_EXPANDED = np.uint32(1 << 31)
_COUNT_BITS, _COUNT_MASK = np.uint32(5), np.uint32(31)
_PAGE_BITS, _PAGE_MASK = np.uint32(8), np.uint32(255)
# A letter of the Latin blocks, after folding: those that sellers space apart. Han and Thai letters stand alone by
# nature.
_LATIN_END = np.uint32(0x250)
# 64-bit FNV-1a over symbols; the bucket is the top bits, into which the last multiplication mixes all others.
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_GRAM_SEED, _WORD_SEED = np.uint64(0xCBF29CE484222325), np.uint64(0x84222325CBF29CE4)
_SHIFT = np.uint64(64 - BUCKET_BITS)
_HALF = np.uint64(32)

_compiled = njit(cache=True, nogil=True, error_model="numpy")


@_compiled
def fold(points, index, pages, expansions, symbols, gaps):
    """Fold one title's code points into `symbols`: words parted by one separator, one at each end. Returns how many.

    `symbols` needs room for the longest expansion of every point, and two more; `gaps` for as many words: it receives
    how many separators stood before each word, which tells letters spaced apart from the gaps between their words.
    """
    symbols[0] = _SEPARATOR
    n, words, length, gap, singles, most_singles = 1, 0, 0, 0, 0, 0
    for point in points:
        entry = pages[index[point >> _PAGE_BITS], point & _PAGE_MASK]
        if entry == 0:
            continue
        first, count = np.uint32(0), np.uint32(1)
        if entry & _EXPANDED:
            first, count = (entry & ~_EXPANDED) >> _COUNT_BITS, entry & _COUNT_MASK
        for i in range(count):
            symbol = expansions[first + i] if entry & _EXPANDED else entry
            if symbol != _SEPARATOR:
                if length == 0:
                    gaps[words] = gap
                    words, gap = words + 1, 0
                symbols[n] = symbol
                n, length = n + 1, length + 1
            else:
                gap += 1
                if length:
                    singles = singles + 1 if length == 1 and _is_latin(symbols[n - 1]) else 0
                    most_singles = max(most_singles, singles)
                    symbols[n] = _SEPARATOR
                    n, length = n + 1, 0
    if length:
        singles = singles + 1 if length == 1 and _is_latin(symbols[n - 1]) else 0
        most_singles = max(most_singles, singles)
        symbols[n] = _SEPARATOR
        n += 1
    return _join_spaced(symbols, n, gaps) if most_singles >= 3 else n


@_compiled
def hash_features(symbols, n, buckets):
    """Write the bucket of every feature of one folded title, repeats included. Returns how many.

    Features are n-grams of 3 to 5 symbols across the whole title, every word, and every pair of neighbouring words.
    Each Han character counts as a word, since Chinese is written without spaces.
    """
    m = 0
    for i in range(n - SHORTEST + 1):
        h = (_GRAM_SEED ^ np.uint64(symbols[i])) * _PRIME
        h = (h ^ (h >> _HALF) ^ np.uint64(symbols[i + 1])) * _PRIME
        for j in range(i + 2, min(i + LONGEST, n)):
            h = (h ^ (h >> _HALF) ^ np.uint64(symbols[j])) * _PRIME
            buckets[m] = h >> _SHIFT
            m += 1
    word, previous, length = _WORD_SEED, np.uint64(0), 0
    for i in range(n):
        symbol = symbols[i]
        alone = _is_han(symbol)
        if length and (symbol == _SEPARATOR or alone):
            m = _emit_word(word, previous, buckets, m)
            word, previous, length = _WORD_SEED, word, 0
        if alone:
            word = (_WORD_SEED ^ np.uint64(symbol)) * _PRIME
            m = _emit_word(word, previous, buckets, m)
            word, previous = _WORD_SEED, word
        elif symbol != _SEPARATOR:
            word = (word ^ (word >> _HALF) ^ np.uint64(symbol)) * _PRIME
            length += 1
    return m


@_compiled
def extract(points, ends, index, pages, expansions, room, buckets, counts):
    """Give the features of a batch: `buckets` is filled title after title, `counts[t]` says how many title t has.
    Returns the total.

    `points` holds all titles' code points, title t's up to `ends[t]`; `room` is the largest number of symbols a title
    can fold to.
    """
    symbols, gaps = np.empty(room, np.uint32), np.empty(room, np.int64)
    start, m = 0, 0
    for t in range(len(ends)):
        n = fold(points[start : ends[t]], index, pages, expansions, symbols, gaps)
        counts[t] = hash_features(symbols, n, buckets[m:])
        m += counts[t]
        start = ends[t]
    return m


@_compiled
def score(points, ends, index, pages, expansions, room, weights, sums, counts):
    """Classify a batch in one pass, up to the exact part: `sums[t, k]` of int8 `weights[bucket, k]`, and features
    `counts[t]`.
    """
    symbols, gaps = np.empty(room, np.uint32), np.empty(room, np.int64)
    buckets = np.empty(room * FEATURES_A_SYMBOL, np.uint32)
    start, k = 0, weights.shape[1]
    for t in range(len(ends)):
        n = fold(points[start : ends[t]], index, pages, expansions, symbols, gaps)
        m = hash_features(symbols, n, buckets)
        counts[t] = m
        for c in range(k):
            sums[t, c] = 0
        for i in range(m):
            row = buckets[i]
            for c in range(k):
                sums[t, c] += weights[row, c]
        start = ends[t]


@_compiled
def calibrate(sums, counts, scale, bias, temperature, scores, likeliest):
    """Turn sums into scores: softmax of (sum * scale / sqrt(count) + bias) / temperature, rounded to ten-thousandths.

    `likeliest[t]` is the first cluster with the greatest value, decided before rounding.
    """
    k = sums.shape[1]
    values = np.empty(k, np.float64)
    for t in range(len(counts)):
        root = np.sqrt(np.float64(max(counts[t], 1)))
        best = 0
        for c in range(k):
            values[c] = (np.float64(sums[t, c]) * scale / root + bias[c]) / temperature
            if values[c] > values[best]:
                best = c
        likeliest[t] = best
        top, total = values[best], 0.0
        for c in range(k):
            values[c] = _exp(values[c] - top)
            total += values[c]
        for c in range(k):
            scores[t, c] = np.int32(values[c] / total * 10000.0 + 0.5)


@_compiled
def _exp(x):
    # e**x for x <= 0: halved until small, a Taylor polynomial, squared as often. Error below 1e-12, a ten-thousandth
    # needs 1e-5.
    if x < -40.0:
        return 0.0
    halvings = 0
    while x < -0.5:
        x *= 0.5
        halvings += 1
    y = 1.0
    for i in range(14, 0, -1):
        y = 1.0 + x / i * y
    for _ in range(halvings):
        y *= y
    return y


@_compiled
def _join_spaced(symbols, n, gaps):
    # "b a t i k  t u l i s": three or more single letters in a row are joined, and parted only where a gap is wider
    # than the narrowest, provided that no letter is left alone: what comes out has no such run, so folding it again
    # changes nothing.
    read, write, word = 1, 1, 0
    while read < n:
        run = 0
        while (
            read + 2 * run + 1 < n and symbols[read + 2 * run + 1] == _SEPARATOR and _is_latin(symbols[read + 2 * run])
        ):
            run += 1
        if run >= 3:
            narrow = gaps[word + 1]
            for i in range(2, run):
                narrow = min(narrow, gaps[word + i])
            parted, piece = True, 1
            for i in range(1, run):
                if gaps[word + i] > narrow:
                    parted, piece = parted and piece > 1, 0
                piece += 1
            parted = parted and piece > 1
            for i in range(run):
                if i and parted and gaps[word + i] > narrow:
                    symbols[write] = _SEPARATOR
                    write += 1
                symbols[write] = symbols[read + 2 * i]
                write += 1
            symbols[write] = _SEPARATOR
            write, read, word = write + 1, read + 2 * run, word + run
        else:
            while symbols[read] != _SEPARATOR:
                symbols[write] = symbols[read]
                write, read = write + 1, read + 1
            symbols[write] = _SEPARATOR
            write, read, word = write + 1, read + 1, word + 1
    return write


@_compiled
def _emit_word(word, previous, buckets, m):
    buckets[m] = (word * _PRIME) >> _SHIFT
    if previous == 0:
        return m + 1
    pair = ((previous ^ (previous >> _HALF)) * _PRIME ^ word) * _PRIME
    buckets[m + 1] = pair >> _SHIFT
    return m + 2


@_compiled
def _is_latin(symbol):
    return symbol < _LATIN_END and symbol != _DIGIT


@_compiled
def _is_han(symbol):
    return (0x3400 <= symbol <= 0x9FFF) or (0x20000 <= symbol <= 0x3FFFF)
