"""The compiled passes: symbols -> buckets -> integer sums -> scores. Arrays in, arrays out, nothing else. How titles
become symbols is in `folding.py`.

Training and serving run the same `hash_features`, so what is measured is what serves. Every step is exact on
every CPU: integers up to the sums, and from there IEEE 754 additions, multiplications, divisions and square roots,
which round alike everywhere; the exponential is built from those (a C library's differs in the last bit from one
machine to the next). Numba compiles without fast-math, so LLVM may neither fuse nor reorder them.

What is written unusually here is written for speed, and says how much it brings (docs/why/007-kernel.md has the whole
account). Two habits of numba stand behind most of it. A signed index is tested for being negative at every use, so what
counts through an array is unsigned; and unsigned with signed makes a float, so it meets only unsigned numbers. A
function that takes arrays counts references to them unless LLVM puts it in place, so no loop over titles calls one
that could raise.
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
# The weights of so many clusters are added up at a time.
LANES = 4

_SEPARATOR = np.uint32(32)
_HAN = np.uint32(0x3400)
# 64-bit FNV-1a over symbols; the bucket is the top bits, into which the last multiplication mixes all others.
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_GRAM_SEED, _WORD_SEED = np.uint64(0xCBF29CE484222325), np.uint64(0x84222325CBF29CE4)
_SHIFT = np.uint64(64 - BUCKET_BITS)
_HALF, _LOW_HALF = np.uint64(32), np.uint64(0xFFFFFFFF)
_EVEN_BYTES, _BYTE = np.uint64(0x00FF00FF), np.uint64(8)
_LANE, _LANE_MASK = np.uint64(16), np.uint64(0xFFFF)
# A lane of 16 bits holds the sum of 257 bytes: it is emptied after 256.
_FLUSH_MASK = np.uintp(255)
_0, _1, _2, _3, _4 = (np.uintp(i) for i in range(5))
# Seven halvings bring -40 above -0.5, and e**-40 is nothing beside a ten-thousandth.
_HALVINGS, _LEAST = 7, -40.0

_compiled = njit(cache=True, nogil=True, error_model="numpy")
# Put in place before LLVM sees it: for steps that have no arrays. LLVM makes vectors of the loop around `_exp` only so.
_in_place = njit(inline="always", error_model="numpy")


@_compiled
def hash_features(symbols, start, stop, words, buckets):
    """Write the bucket of every feature of one folded title, repeats included. Returns how many.

    Features are n-grams of 3 to 5 symbols across the whole title, start after start; then every word; then every pair
    of neighbouring words. Each Han character counts as a word, since Chinese is written without spaces. `words` is room
    for the words' hashes.
    """
    m = _hash_grams(symbols, start, stop, buckets)
    count = _hash_words(symbols, start, stop, words)
    for i in range(count):
        buckets[m] = words[i] * _PRIME >> _SHIFT
        m += _1
    for i in range(_1, count):
        buckets[m] = ((words[i - _1] ^ (words[i - _1] >> _HALF)) * _PRIME ^ words[i]) * _PRIME >> _SHIFT
        m += _1
    return m


@_compiled
def _hash_grams(symbols, start, stop, buckets):
    # Three lengths at once, without a branch in the loop: a quarter of the time. The last two starts have room for two
    # lengths and for one; what is written beyond them is written over.
    m = _0
    for i in range(start + _2, stop):
        h = (_GRAM_SEED ^ np.uint64(symbols[i - _2])) * _PRIME
        h = _mix(_mix(h, symbols[i - _1]), symbols[i])
        buckets[m] = h >> _SHIFT
        h = _mix(h, symbols[i + _1])
        buckets[m + _1] = h >> _SHIFT
        buckets[m + _2] = _mix(h, symbols[i + _2]) >> _SHIFT
        m += _3
    if m <= _3:
        return m // _3
    buckets[m - _4] = buckets[m - _3]
    return m - _3


@_compiled
def _hash_words(symbols, start, stop, words):
    count, i = _0, start + _1
    while i < stop:
        first, word, symbol = i, _WORD_SEED, symbols[i]
        while symbol != _SEPARATOR and (symbol < _HAN or not is_han(symbol)):
            word = _mix(word, symbol)
            i += _1
            symbol = symbols[i]
        if i > first:
            words[count] = word
            count += _1
        if symbol != _SEPARATOR:
            words[count] = (_WORD_SEED ^ np.uint64(symbol)) * _PRIME
            count += _1
        i += _1
    return count


@_in_place
def _mix(h, symbol):
    return (h ^ (h >> _HALF) ^ np.uint64(symbol)) * _PRIME


@_in_place
def is_han(symbol):
    return (0x3400 <= symbol <= 0x9FFF) or (0x20000 <= symbol <= 0x3FFFF)


@_compiled
def extract(symbols, stops, buckets, counts):
    """Give the features of a folded batch: `buckets` is filled title after title, `counts[t]` says how many title t
    has. Returns the total.
    """
    words = np.empty(_longest(stops), np.uint64)
    start, m = _0, _0
    for t in range(len(stops)):
        stop = np.uintp(stops[t])
        count = hash_features(symbols, start, stop, words, buckets[m:])
        counts[t] = count
        start, m = stop, m + count
    return m


@_compiled
def score(symbols, stops, packed, sums, counts):
    """Add up a folded batch: `sums[t, c]` of the weights of cluster c, and features `counts[t]`.

    `packed[part, bucket]` holds the weights of four clusters, 128 added to each, as the bytes of one number; `sums` has
    a column for each byte.
    """
    room, start = _longest(stops), _0
    words, buckets = np.empty(room, np.uint64), np.empty(room * FEATURES_A_SYMBOL, np.uint32)
    for t in range(len(stops)):
        stop = np.uintp(stops[t])
        m = hash_features(symbols, start, stop, words, buckets)
        for part in range(len(packed)):
            _add_up(buckets, m, packed[part], sums[t, part * LANES : part * LANES + LANES])
        counts[t], start = m, stop


@_compiled
def _longest(stops):
    longest, start = 0, 0
    for stop in stops:
        longest, start = max(longest, stop - start), stop
    return longest


@_compiled
def _add_up(buckets, m, packed, sums):
    # Four clusters with one load and three operations. `even` sums the first and third byte in lanes of 16 bits, and
    # what the sum of the whole numbers has beyond it is the second and fourth. The test for flushing in the loop also
    # keeps LLVM from loading with vector gathers, which take four times as long on CPUs mended against Downfall.
    for c in range(LANES):
        sums[c] = -128 * np.int64(m)
    even, whole = np.uint64(0), np.uint64(0)
    for i in range(m):
        weights = packed[buckets[i]]
        even += weights & _EVEN_BYTES
        whole += weights
        if i & _FLUSH_MASK == _FLUSH_MASK:
            _flush(even, (whole - even) >> _BYTE, sums)
            even, whole = np.uint64(0), np.uint64(0)
    _flush(even, (whole - even) >> _BYTE, sums)


@_compiled
def _flush(even, odd, sums):
    sums[0] += even & _LANE_MASK
    sums[1] += odd & _LANE_MASK
    sums[2] += even >> _LANE
    sums[3] += odd >> _LANE


@_compiled
def calibrate(sums, counts, scale, bias, temperature, scores, likeliest):
    """Turn sums into scores: softmax of (sum * scale / sqrt(count) + bias) / temperature, rounded to ten-thousandths.

    `likeliest[t]` is the first cluster with the greatest value, decided before rounding. Columns of `sums` beyond the
    clusters are left alone.
    """
    n, k = scores.shape
    values = np.empty(n * k, np.float64)
    for t in range(n):
        root = np.sqrt(np.float64(max(counts[t], 1)))
        best = 0
        for c in range(k):
            values[t * k + c] = (np.float64(sums[t, c]) * scale / root + bias[c]) / temperature
            if values[t * k + c] > values[t * k + best]:
                best = c
        likeliest[t] = best
        top = values[t * k + best]
        for c in range(k):
            values[t * k + c] -= top
    # A loop of its own, without a branch, so that LLVM makes it one over vectors: a quarter of the time.
    for i in range(n * k):
        values[i] = _exp(values[i])
    for t in range(n):
        total = 0.0
        for c in range(k):
            total += values[t * k + c]
        for c in range(k):
            scores[t, c] = np.int32(values[t * k + c] / total * 10000.0 + 0.5)


@_in_place
def _exp(x):
    # e**x for x <= 0: halved until small, a Taylor polynomial, squared as often. Error below 1e-12, a ten-thousandth
    # needs 1e-5.
    small, halved = x, 0.0
    for _ in range(_HALVINGS):
        halved += 1.0 if small < -0.5 else 0.0
        small = small * 0.5 if small < -0.5 else small
    y = 1.0
    for i in range(14, 0, -1):
        y = 1.0 + small / i * y
    for i in range(_HALVINGS):
        y = y * y if i < halved else y
    return 0.0 if x < _LEAST else y


@_compiled
def abstain(scores, likeliest, counts, abstain_below, abstained):
    """Say of every title whether it abstains: its best score is under its cluster's bound, or it has no feature."""
    for t in range(len(counts)):
        best = likeliest[t]
        abstained[t] = scores[t, best] < abstain_below[best] or counts[t] == 0
