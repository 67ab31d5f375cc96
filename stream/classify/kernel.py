"""The compiled passes: symbols -> buckets -> integer sums -> scores. Arrays in, arrays out, nothing else. How titles
become symbols is in `folding.py`.

Training and serving hash the same features, so what is measured is what serves. Every step is exact on
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
FEATURES_VERSION = 2
BUCKET_BITS = 19
BUCKETS = 1 << BUCKET_BITS
# Where an n-gram stands that leaves its word: a bucket more, which says nothing.
NO_FEATURE = BUCKETS
SHORTEST, LONGEST = 3, 5
# A title of n symbols has at most this many features for each: three lengths of n-gram, a word, a pair.
FEATURES_A_SYMBOL = 5
# The weights of so many clusters are added up at a time.
LANES = 4
# So many words at most are left out to see whether another cluster would lead: `lead` keeps as many.
WORDS_LEFT_OUT = 4
# A lane of 16 bits holds the sum of 257 bytes: those of the features of so many symbols. A longer word is several.
SYMBOLS_A_LANE = 50

_SEPARATOR = np.uint32(32)
_HAN = np.uint32(0x3400)
# 64-bit FNV-1a over symbols; the bucket is the top bits, into which the last multiplication mixes all others.
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_GRAM_SEED, _WORD_SEED = np.uint64(0xCBF29CE484222325), np.uint64(0x84222325CBF29CE4)
_SHIFT = np.uint64(64 - BUCKET_BITS)
_NO_FEATURE, _BITS = np.uint32(NO_FEATURE), np.uint64(BUCKET_BITS)
_HALF, _LOW_HALF = np.uint64(32), np.uint64(0xFFFFFFFF)
_EVEN_BYTES, _BYTE = np.uint64(0x00FF00FF), np.uint64(8)
_LANE, _LANE_MASK = np.uint64(16), np.uint64(0xFFFF)
_0, _1, _2, _3, _4, _8 = (np.uintp(i) for i in (0, 1, 2, 3, 4, 8))
# Seven halvings bring -40 above -0.5, and e**-40 is nothing beside a ten-thousandth.
_HALVINGS, _LEAST = 7, -40.0

_compiled = njit(cache=True, nogil=True, error_model="numpy")
# Put in place before LLVM sees it: for steps that have no arrays. LLVM makes vectors of the loop around `_exp` only so.
_in_place = njit(inline="always", error_model="numpy")


@_compiled
def _hash_features(symbols, start, stop, words, ends, lasts, buckets):
    # Write the bucket of every feature of one folded title, repeats included: three n-grams a start, of which those
    # that leave their word are NO_FEATURE; then every word; then every pair. Returns how many stand there, how many of
    # them are features, how many words there are, and how many if separators alone part them.
    grams = _hash_grams(symbols, start, stop, buckets)
    slots = _3 * (max(stop - start, _2) - _2)
    count, parted = _hash_words(symbols, start, stop, words, ends, lasts)
    m = _hash_pairs(words, count, buckets, slots)
    return m, m - slots + grams, count, parted


@_compiled
def _hash_grams(symbols, start, stop, buckets):
    # Three lengths at once, without a branch in the loop: a quarter of the time.
    m, grams = _0, np.uint64(0)
    for i in range(start + _2, stop):
        a, b, c = symbols[i - _1], symbols[i], symbols[i + _1]
        three = _inside(a)
        four = three & _inside(b)
        five = four & _inside(c)
        h = (_GRAM_SEED ^ np.uint64(symbols[i - _2])) * _PRIME
        h = _mix(_mix(h, a), b)
        buckets[m] = _bucket_if(three, h)
        h = _mix(h, c)
        buckets[m + _1] = _bucket_if(four, h)
        buckets[m + _2] = _bucket_if(five, _mix(h, symbols[i + _2]))
        m += _3
        grams += three + four + five
    return np.uintp(grams)


@_compiled
def _hash_pairs(words, count, buckets, m):
    # The words' own buckets from `m` on, then their pairs'.
    for i in range(count):
        buckets[m] = words[i] * _PRIME >> _SHIFT
        m += _1
    for i in range(_1, count):
        buckets[m] = ((words[i - _1] ^ (words[i - _1] >> _HALF)) * _PRIME ^ words[i]) * _PRIME >> _SHIFT
        m += _1
    return m


@_compiled
def _hash_words(symbols, start, stop, words, ends, lasts):
    # Returns how many words, and how many there are if separators alone part them: of those each ends before symbol
    # `ends[j]` of the title, by when `lasts[j]` words were hashed.
    count, parted, i = _0, _0, start + _1
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
        else:
            ends[parted], lasts[parted] = i - start, count
            parted += _1
        i += _1
    return count, parted


@_in_place
def _inside(symbol):
    # 1 for what is no separator, 0 for one: arithmetic, of which LLVM makes no branch.
    return ((np.uint64(symbol) ^ np.uint64(_SEPARATOR)) + _LOW_HALF) >> _HALF


@_in_place
def _bucket_if(one, h):
    return (h >> _SHIFT) & (np.uint64(0) - one) | (np.uint64(1) - one) << _BITS


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

    Features are the n-grams of 3 to 5 symbols of each word, the separators at its ends included, start after start;
    then every word; then every pair of neighbouring words; repeats count. Each Han character counts as a word, since
    Chinese is written without spaces; its n-grams are those of the run of letters that it stands in.
    """
    room = _longest(stops)
    words, ends, lasts = np.empty(room, np.uint64), np.empty(room, np.uintp), np.empty(room, np.uintp)
    own = np.empty(room * FEATURES_A_SYMBOL, np.uint32)
    start, m = _0, _0
    for t in range(len(stops)):
        stop = np.uintp(stops[t])
        slots, count, _, _ = _hash_features(symbols, start, stop, words, ends, lasts, own)
        for i in range(slots):
            if own[i] != _NO_FEATURE:
                buckets[m] = own[i]
                m += _1
        counts[t], start = count, stop
    return m


@_compiled
def score(symbols, stops, packed, sums, counts, word_lanes, word_stops):
    """Add up a folded batch: `sums[t, c]` of the weights of cluster c, and features `counts[t]` (see `extract`).

    `packed[four, bucket]` holds the weights of four clusters, 128 added to each, as the bytes of one number, and 128
    for NO_FEATURE; `sums` has a column for each byte. `word_lanes[four]` has the same word by word, title t's words
    stopping before `word_stops[t]`: two numbers of two lanes, 128 too much in each for whatever was added. An n-gram
    is of the word that its first symbol is of, a separator being of the word behind it; a pair is of its second word.
    """
    room, start, first = _longest(stops), _0, _0
    words, buckets = np.empty(room, np.uint64), np.empty(room * FEATURES_A_SYMBOL, np.uint32)
    ends, lasts = np.empty(room, np.uintp), np.empty(room, np.uintp)
    evens, wholes = np.empty(room + 1, np.uint64), np.empty(room + 1, np.uint64)
    for t in range(len(stops)):
        stop = np.uintp(stops[t])
        slots, counts[t], count, parted = _hash_features(symbols, start, stop, words, ends, lasts, buckets)
        if _longest(ends[:parted]) > SYMBOLS_A_LANE:
            parted = _part_long(symbols, start, stop, ends, lasts)
        for four in range(len(packed)):
            weights, lanes = packed[four], word_lanes[four]
            _run_grams(buckets, stop - start, weights, evens, wholes)
            own = sums[t, four * LANES : four * LANES + LANES]
            _add_up(buckets, slots, count, weights, evens, wholes, ends, lasts, parted, lanes, first, own)
        first += parted
        word_stops[t], start = first, stop


@_compiled
def _part_long(symbols, start, stop, ends, lasts):
    # Words longer than a lane has room for are taken for several.
    parted, count, before = _0, _0, start
    for i in range(start + _1, stop):
        inside = symbols[i] != _SEPARATOR
        if not inside or i - before == np.uintp(SYMBOLS_A_LANE):
            ends[parted], lasts[parted], before = i - start, count, i
            parted += _1
        count += np.uintp(inside and (is_han(symbols[i]) or is_han(symbols[i + _1]) or symbols[i + _1] == _SEPARATOR))
    return parted


@_compiled
def _longest(stops):
    longest, start = 0, 0
    for stop in stops:
        longest, start = max(longest, stop - start), stop
    return longest


@_compiled
def _run_grams(buckets, length, packed, evens, wholes):
    # Four clusters with one load and three operations: `even` sums the first and third byte in lanes of 16 bits, and
    # what the sum of the whole numbers has beyond it is the second and fourth. Kept as it runs, symbol by symbol: the
    # difference between two places is exact while what lies between fits the lanes, and no branch asks where words end.
    even, whole, m = np.uint64(0), np.uint64(0), _0
    evens[0], wholes[0] = even, whole
    for i in range(_2, length):
        a, b, c = packed[buckets[m]], packed[buckets[m + _1]], packed[buckets[m + _2]]
        even += (a & _EVEN_BYTES) + (b & _EVEN_BYTES) + (c & _EVEN_BYTES)
        whole += np.uint64(a) + np.uint64(b) + np.uint64(c)
        evens[i - _1], wholes[i - _1], m = even, whole, m + _3
    evens[length - _1], wholes[length - _1] = even, whole


@_compiled
def _add_up(buckets, slots, count, packed, evens, wholes, ends, lasts, parted, word_lanes, first, sums):
    # To the n-grams of a word come the words in it, several where they are Han, and the pairs that those end.
    symbol, word, pairs = _0, _0, max(count, _1) - _1
    a, b, c, d = np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0)
    for j in range(parted):
        end, last = ends[j], lasts[j]
        even, whole = evens[end] - evens[symbol], wholes[end] - wholes[symbol]
        for i in range(word, last):
            weights = packed[buckets[slots - pairs - count + i]]
            even, whole = even + (weights & _EVEN_BYTES), whole + weights
            if i > _0:
                weights = packed[buckets[slots - pairs + i - _1]]
                even, whole = even + (weights & _EVEN_BYTES), whole + weights
        odd = (whole - even) >> _BYTE
        word_lanes[first + j, 0], word_lanes[first + j, 1] = even, odd
        a, b, c, d = a + (even & _LANE_MASK), b + (odd & _LANE_MASK), c + (even >> _LANE), d + (odd >> _LANE)
        symbol, word = end, last
    less = 128 * np.int64(slots)
    sums[0], sums[1], sums[2], sums[3] = np.int64(a) - less, np.int64(b) - less, np.int64(c) - less, np.int64(d) - less


@_compiled
def calibrate(sums, counts, scale, bias, temperature, scores, likeliest, rivals):
    """Turn sums into scores: softmax of (sum * scale / sqrt(count) + bias) / temperature, rounded to ten-thousandths.

    `likeliest[t]` is the first cluster with the greatest value, decided before rounding, and `rivals[t]` the first with
    the next. Columns of `sums` beyond the clusters are left alone.
    """
    n, k = scores.shape
    values = np.empty(n * k, np.float64)
    for t in range(n):
        root = np.sqrt(np.float64(max(counts[t], 1)))
        best, rival = 0, 0
        for c in range(k):
            values[t * k + c] = (np.float64(sums[t, c]) * scale / root + bias[c]) / temperature
            if values[t * k + c] > values[t * k + best]:
                best, rival = c, best
            elif rival == best or values[t * k + c] > values[t * k + rival]:
                rival = c
        likeliest[t], rivals[t] = best, rival
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
def lead(sums, counts, word_lanes, word_stops, likeliest, rivals, scale, temperature, leads):
    """Say of every title by how many log odds its rival leads the likeliest cluster once up to WORDS_LEFT_OUT words are
    left out, those that say most against it.

    What words say is added up, over the root of all the title's features; biases are not. Negative where it would
    not lead.
    """
    first = _0
    for t in range(len(counts)):
        best, rival, last = np.uintp(likeliest[t]), np.uintp(rivals[t]), np.uintp(word_stops[t])
        a_part, a_column, a_shift = _lane_of(best)
        b_part, b_column, b_shift = _lane_of(rival)
        # The four least so far, in order; arithmetic without a branch.
        p, q, r, s = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
        for w in range(first, last):
            own = np.int64(word_lanes[a_part, w, a_column] >> a_shift & _LANE_MASK)
            s = min(s, np.int64(word_lanes[b_part, w, b_column] >> b_shift & _LANE_MASK) - own)
            r, s = min(r, s), max(r, s)
            q, r = min(q, r), max(q, r)
            p, q = min(p, q), max(p, q)
        most = np.float64(sums[t, rival] - sums[t, best] - (p + q + r + s))
        leads[t] = most * scale / np.sqrt(np.float64(max(counts[t], 1))) / temperature
        first = last


@_in_place
def _lane_of(cluster):
    # Its part, the column in it, and how far to the left in that number.
    return cluster // _4, cluster & _1, (cluster & _2) * _8


@_compiled
def abstain(scores, likeliest, counts, abstain_below, abstained):
    """Say of every title whether it abstains: its best score is under its cluster's bound, or it has no feature."""
    for t in range(len(counts)):
        best = likeliest[t]
        abstained[t] = scores[t, best] < abstain_below[best] or counts[t] == 0
