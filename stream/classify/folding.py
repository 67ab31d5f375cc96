"""What titles are read as: the compiled passes from code points through glyphs to symbols. Arrays in, arrays out.

A title goes through one quick pass, `fold`. Where that pass sees letters spaced apart, a letter drawn out, or a digit
or sign amid letters, `mend` reads this title once more with care: one real title in eighteen. Four mends, each of which
a buyer makes without thinking:

1. A sign amid the letters of a word is the letter that it is drawn like: `k@os`, `gam!s`. `|` and `!` also part words
   (`kaos|celana`), so beside them one side has at most two letters, and not both sides one.
2. A digit or two between letters are letters: `k4os`, `b4t1k`; so is one at an end of a word of three letters or more:
   `4yam`. Sizes are not: an `x` between digits counts as a digit (`10x20cm`). Nor is a 2 behind a word: `anak2`.
3. A letter written three times or more is written once: `gaaamis`.
4. Three or more single letters in a row are one word: `b a t i k`. They are parted into words at the gaps that are
   wider than the rest, where that leaves words. White space is twice as wide as anything else.

The first three mend Latin letters alone. Mending glyphs that are mended changes nothing: each mend leaves nothing that
it or another would read otherwise. docs/why/008-disguises.md says what each brings.

All of it stands in one file, with every constant that it is compiled with, because numba keeps what it compiled for as
long as this file does not change. How the quick pass is written and what each habit brings is said in `kernel.py`.
"""

import numpy as np
from numba import njit

# An entry of the fold table is a glyph, or (with this bit) the place of several in `expansions`: offset << 5 | count.
EXPANDED, COUNT_BITS = 1 << 31, 5
# A glyph: bits 0 to 20 the symbol, 21 to 25 the letter (1 is a) that a digit or sign is drawn like, 26 whether a
# separator is white space, 27 and 28 the kind, 29 whether it is of a word.
SYMBOL = (1 << 21) - 1
LETTER_SHIFT, LETTER_MASK = 21, 31
WIDE = 1 << 26
KIND_SHIFT, KIND_MASK = 27, 3
# Letters of other scripts than Latin are, as far as mending goes, like a separator.
APART, LATIN, DIGIT, SIGN = 0, 1, 2, 3
OF_WORD = 1 << 29
# What stands after each title of a batch: a code point that is read as nothing, so that a title can do without it.
MARK = 0
# The longest expansion that Unicode has, U+FDFA, folds to 18 symbols.
LONGEST_EXPANSION = 18
# The kernel's hashing reads this many symbols past a title's last one, and makes nothing of them.
ROOM_BEHIND = 2
# How many letters: a word beside `|` or `!`, at most; one with a digit at its end, drawn out, spaced apart, at least.
SHORT_SIDE, LONG_WORD, DRAWN_OUT, SPACED = 2, 3, 3, 3
# One word in so many may be a single letter where letters spaced apart are parted into words.
FEW = 8
# Gaps wider than this are as wide as this.
WIDEST = 16

_SEPARATOR = np.uint32(32)
_DROPPED, _EXPANDED = np.uint32(0), np.uint32(EXPANDED)
_COUNT_BITS, _COUNT_MASK = np.uint32(COUNT_BITS), np.uint32((1 << COUNT_BITS) - 1)
_SYMBOL = np.uint32(SYMBOL)
_KIND_SHIFT, _KIND_MASK = np.uint64(KIND_SHIFT), np.uint64(KIND_MASK)
_OF_WORD_SHIFT = np.uint64(OF_WORD.bit_length() - 1)
_HALF, _LOW_HALF = np.uint64(32), np.uint64(0xFFFFFFFF)
_0, _1, _3 = (np.uintp(i) for i in (0, 1, 3))
# The kinds of the latest five glyphs, two bits each.
_WINDOW_MASK, _TWO_BITS = np.uint64(0x3FF), np.uint64(2)
_BEFORE_A, _LATIN_LETTER = ord("a") - 1, LATIN << KIND_SHIFT | OF_WORD
_X = ord("x") | _LATIN_LETTER
_L, _I, _Z = ord("l") - _BEFORE_A, ord("i") - _BEFORE_A, ord("z") - _BEFORE_A

_compiled = njit(cache=True, nogil=True, error_model="numpy")
_in_place = njit(inline="always", error_model="numpy")


def _odd_windows() -> np.ndarray:
    """Tell of each five kinds in a row whether mending may read them otherwise: 1 where it may."""
    inside = (LATIN, DIGIT)
    odd = np.zeros(1024, np.uint64)
    for window in range(1024):
        a, b, c, d, e = (window >> shift & 3 for shift in (8, 6, 4, 2, 0))
        odd[window] = (
            (c, d, e) == (LATIN, DIGIT, LATIN)
            or (b, c, d, e) == (LATIN, DIGIT, DIGIT, LATIN)
            or (c in inside and d == SIGN and e in inside)
            or (b in inside and c == d == SIGN and e in inside)
            or (a in (APART, SIGN) and (b, c, d, e) == (DIGIT, LATIN, LATIN, LATIN))
            or ((a, b, c, d) == (LATIN, LATIN, LATIN, DIGIT) and e in (APART, SIGN))
        )
    return odd


_ODD = _odd_windows()


@_compiled
def fold(points, entries, expansions, symbols, stops):
    """Fold a batch of titles into `symbols`, one after another: words parted by one separator, one at each end.

    `points` holds all titles' code points, a MARK after each; title t's symbols stop before `stops[t]`, where those of
    the next one start. `symbols` needs room for the longest expansion of every point. Gives False where there are more
    marks than titles.
    """
    title, start, first_point = _0, _0, _0
    symbols[0] = _SEPARATOR
    n, inside, before, alone = _1, np.uint64(0), np.uint64(0), np.uint64(0)
    window, drawn, odd, last = np.uint64(0), np.uint64(0), np.uint64(0), np.uint32(0)
    for i in range(np.uintp(len(points))):
        entry = entries[points[i]]
        if _DROPPED < entry < _EXPANDED:
            symbols[n] = entry & _SYMBOL
            n, inside, before, alone = _count(entry, n, inside, before, alone)
            window, drawn, odd, last = _watch(entry, window, drawn, odd, last)
        elif entry != _DROPPED:
            first = (entry & ~_EXPANDED) >> _COUNT_BITS
            for j in range(entry & _COUNT_MASK):
                glyph = expansions[first + j]
                symbols[n] = glyph & _SYMBOL
                n, inside, before, alone = _count(glyph, n, inside, before, alone)
                window, drawn, odd, last = _watch(glyph, window, drawn, odd, last)
        elif points[i] == MARK:
            if title == np.uintp(len(stops)):
                return False
            symbols[n] = _SEPARATOR
            n, inside, before, alone = _count(_SEPARATOR, n, inside, before, alone)
            window, drawn, odd, last = _watch(_SEPARATOR, window, drawn, odd, last)
            if odd or alone >= _3:
                n = start + np.uintp(mend(points[first_point:i], entries, expansions, symbols[start:]))
            stops[title] = n
            title, start, first_point = title + _1, n, i
            symbols[n] = _SEPARATOR
            n, inside, before, alone = n + _1, np.uint64(0), np.uint64(0), np.uint64(0)
            window, drawn, odd, last = np.uint64(0), np.uint64(0), np.uint64(0), np.uint32(0)
    return True


@_in_place
def _count(glyph, n, inside, before, alone):
    # Take the symbol just put at n for good, unless it is a separator after a separator. `inside` is 1 where it is of a
    # word, `before` where the one before it is, `alone` counts the words of one symbol. Arithmetic and no comparison,
    # of which LLVM makes branches: where a word ends cannot be foretold, and a branch foretold wrongly takes as long as
    # five letters. Half of the time of folding.
    of_word = np.uint64(glyph) >> _OF_WORD_SHIFT
    return n + np.uintp(of_word | inside), of_word, inside, alone + (inside & ~(of_word | before))


@_in_place
def _watch(glyph, window, drawn, odd, last):
    # `odd` becomes other than 0 where mending may have to do: the latest five kinds say so, or a letter's third in a
    # row. Arithmetic for the same reason.
    kind = (np.uint64(glyph) >> _KIND_SHIFT) & _KIND_MASK
    window = ((window << _TWO_BITS) | kind) & _WINDOW_MASK
    latin = kind & ~(kind >> np.uint64(1))
    same = np.uint64(1) - (((np.uint64(glyph) ^ np.uint64(last)) + _LOW_HALF) >> _HALF)
    drawn = (drawn + latin) * (same & latin)
    return window, drawn, odd | _ODD[window] | (drawn >> np.uint64(1)), glyph


@_compiled
def mend(points, entries, expansions, symbols):
    """Fold one title into `symbols`, as `fold` does, with its disguises undone. Gives how many symbols it has."""
    return trace(points, entries, expansions, symbols, np.empty(_room(points, entries) + 2, np.int64))


@_compiled
def trace(points, entries, expansions, symbols, places):
    """Do as `mend` does, and say in `places[i]` which code point symbol i was read from (-1: a separator)."""
    room = _room(points, entries)
    glyphs, at = np.empty(room, np.int64), np.empty(room, np.int64)
    n = _mend_words(glyphs, at, _lay_out(points, entries, expansions, glyphs, at))
    joined = _join_spaced(glyphs, at, n)
    if joined < n:
        n = _mend_words(glyphs, at, joined)
    return _write_words(glyphs, at, n, symbols, places)


@_compiled
def _mend_words(glyphs, at, n):
    _read_signs(glyphs, n)
    _read_digits(glyphs, n)
    return _write_once(glyphs, at, n)


@_compiled
def _room(points, entries):
    room = 0
    for point in points:
        entry = np.int64(entries[point])
        room += entry & (1 << COUNT_BITS) - 1 if entry & EXPANDED else 1
    return room


@_compiled
def _lay_out(points, entries, expansions, glyphs, at):
    n = 0
    for i in range(len(points)):
        entry = np.int64(entries[points[i]])
        if entry & EXPANDED:
            first = (entry & ~EXPANDED) >> COUNT_BITS
            for j in range(entry & (1 << COUNT_BITS) - 1):
                glyphs[n], at[n] = expansions[first + j], i
                n += 1
        elif entry:
            glyphs[n], at[n] = entry, i
            n += 1
    return n


@_compiled
def _is(kind, glyph):
    return glyph >> KIND_SHIFT & KIND_MASK == kind


@_compiled
def _is_letter_or_digit(glyph):
    return _is(LATIN, glyph) or _is(DIGIT, glyph)


@_compiled
def _drawn_like(glyph):
    return _BEFORE_A + (glyph >> LETTER_SHIFT & LETTER_MASK) | _LATIN_LETTER


@_compiled
def _read_signs(glyphs, n):
    i = 1
    while i < n - 1:
        last = i + 1 if _is(SIGN, glyphs[i + 1]) and i + 2 < n else i
        if _is(SIGN, glyphs[i]) and _amid_letters(glyphs, i, last, n):
            for j in range(i, last + 1):
                glyphs[j] = _drawn_like(glyphs[j])
        i += 1


@_compiled
def _amid_letters(glyphs, first, last, n):
    if not (_is(LATIN, glyphs[first - 1]) or _is(LATIN, glyphs[last + 1])):
        return False
    # No further than a long side reaches: a word of a hundred thousand signs is read in time linear in its length.
    left, right = 0, 0
    while left <= SHORT_SIDE and first - left > 0 and _is_letter_or_digit(glyphs[first - left - 1]):
        left += 1
    while right <= SHORT_SIDE and last + right + 1 < n and _is_letter_or_digit(glyphs[last + right + 1]):
        right += 1
    if left == 0 or right == 0:
        return False
    for i in range(first, last + 1):
        letter = glyphs[i] >> LETTER_SHIFT & LETTER_MASK
        if letter in (_L, _I) and not (max(left, right) > 1 and min(left, right) <= SHORT_SIDE):
            return False
    return True


@_compiled
def _read_digits(glyphs, n):
    # Between letters first, since what becomes a letter there makes the word longer for the digit at its end.
    i = 0
    while i < n:
        last = _last_digit(glyphs, i, n)
        if i < last <= i + 2 and i > 0 and last < n and _is(LATIN, glyphs[i - 1]) and _is(LATIN, glyphs[last]):
            for j in range(i, last):
                glyphs[j] = _drawn_like(glyphs[j])
        i = max(last, i + 1)
    for i in range(n):
        if _is(DIGIT, glyphs[i]) and _ends_a_word(glyphs, i, n):
            glyphs[i] = _drawn_like(glyphs[i])


@_compiled
def _last_digit(glyphs, first, n):
    # Where the run of digits from `first` on has stopped.
    i = first
    while i < n and (_is(DIGIT, glyphs[i]) or (i > first and _is_times(glyphs, i, n))):
        i += 1
    return i


@_compiled
def _is_times(glyphs, i, n):
    return glyphs[i] == _X and 0 < i < n - 1 and _is(DIGIT, glyphs[i - 1]) and _is(DIGIT, glyphs[i + 1])


@_compiled
def _ends_a_word(glyphs, i, n):
    left, right = 0, 0
    while left < LONG_WORD and i - left > 0 and _is(LATIN, glyphs[i - left - 1]):
        left += 1
    while right < LONG_WORD and i + right + 1 < n and _is(LATIN, glyphs[i + right + 1]):
        right += 1
    starts = left == 0 and (i == 0 or not glyphs[i - 1] & OF_WORD)
    ends = right == 0 and (i == n - 1 or not glyphs[i + 1] & OF_WORD)
    # `anak2`, the written reduplication of Indonesian, keeps its digit.
    two = glyphs[i] >> LETTER_SHIFT & LETTER_MASK == _Z
    return (starts and right >= LONG_WORD) or (ends and left >= LONG_WORD and not two)


@_compiled
def _write_once(glyphs, at, n):
    m, first = 0, 0
    while first < n:
        last = first + 1
        while last < n and glyphs[last] == glyphs[first]:
            last += 1
        kept = 1 if last - first >= DRAWN_OUT and _is(LATIN, glyphs[first]) else last - first
        for i in range(first, first + kept):
            glyphs[m], at[m] = glyphs[i], at[i]
            m += 1
        first = last
    return m


@_compiled
def _join_spaced(glyphs, at, n):
    alone, gaps = np.empty(n, np.int64), np.empty(n, np.int64)
    first, count = 0, 0
    while first < n:
        last = first
        while last < n and glyphs[last] & OF_WORD:
            last += 1
        if last - first == 1:
            alone[count] = first
            gaps[count] = _width(glyphs[alone[count - 1] + 1 : first]) if count else 0
            count += 1
        elif last > first:
            _join(glyphs, alone[:count], gaps)
            count = 0
        first = max(last, first + 1)
    _join(glyphs, alone[:count], gaps)
    return _close_up(glyphs, at, n)


@_compiled
def _width(separators):
    width = 0
    for glyph in separators:
        width += 2 if glyph & WIDE else 1
    return min(width, WIDEST)


@_compiled
def _join(glyphs, alone, gaps):
    # What is no wider than `width` is closed: the least that leaves words, or all of it.
    letters = 0
    for place in alone:
        letters += not _is(DIGIT, glyphs[place])
    if letters < SPACED:
        return
    width = 1
    while width < WIDEST and not _leaves_words(glyphs, alone, gaps, width):
        width += 1
    for i in range(1, len(alone)):
        # A sign that parts two words is no letter of the word that they would be.
        glyphs[alone[i - 1] + 1 : alone[i]] = 0 if gaps[i] <= width else 32


@_compiled
def _leaves_words(glyphs, alone, gaps, width):
    # Few words may be single letters, and no two in a row; a word that will be written once counts as one.
    first, alike, words, letters, before = 0, True, 0, 0, False
    for i in range(1, len(alone) + 1):
        if i == len(alone) or gaps[i] > width:
            words += 1
            if not (i - first == 1 and _is(DIGIT, glyphs[alone[first]])):
                letter = alike and i - first != 2
                if letter and before:
                    return False
                letters, before = letters + letter, letter
            first, alike = i, True
        elif _letter(glyphs[alone[i]]) != _letter(glyphs[alone[first]]):
            alike = False
    return letters * FEW <= words


@_compiled
def _letter(glyph):
    return _drawn_like(glyph) if glyph >> LETTER_SHIFT & LETTER_MASK else glyph


@_compiled
def _close_up(glyphs, at, n):
    m = 0
    for i in range(n):
        if glyphs[i]:
            glyphs[m], at[m] = glyphs[i], at[i]
            m += 1
    return m


@_compiled
def _write_words(glyphs, at, n, symbols, places):
    symbols[0], places[0], m = _SEPARATOR, -1, 1
    for i in range(n):
        if glyphs[i] & OF_WORD:
            symbols[m], places[m] = glyphs[i] & SYMBOL, at[i]
            m += 1
        elif symbols[m - 1] != _SEPARATOR:
            symbols[m], places[m] = _SEPARATOR, -1
            m += 1
    if symbols[m - 1] != _SEPARATOR:
        symbols[m], places[m] = _SEPARATOR, -1
        m += 1
    return m
