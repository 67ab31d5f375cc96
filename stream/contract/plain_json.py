"""Which of a run's values are plainly RFC 8259 JSON in UTF-8 and plainly listing events, and where their fields stand.

In one compiled pass over all bytes; one yes or "not plainly" each comes out.

A yes is certain: the whole value, whatever fields will be ignored, is well-formed, every escape is paired, every number
is short enough to be a finite double, and nesting is shallow. What is not plainly so may still be; the slower reader
decides. That a value is an event is as certain: it is said only where every field is there that must be, is of its
type and within its bounds, and where nothing else in the value could be meant by its name.

Numba tests a signed index for being negative at every use, so what counts through the bytes is unsigned here.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.contract.compiled import compiled, in_place
from stream.contract.fields import FIELDS, TABLE
from stream.contract.records import PADDING
from stream.contract.rows import Spans

# Deeper values are rare and left to the slower reader, whose limit is 1024.
DEEPEST = 64
# Digits, sign and point of a number that cannot overflow; one with an exponent is left to the slower reader.
LONGEST_NUMBER = 24
# Digits and sign of a whole number that fits 64 bits, whichever they are: 19 digits, or 18 below zero.
LONGEST_WHOLE = 19
# Digits of a whole number that fits 63 bits.
LONGEST_REVISION = 18
# Digits of an amount of money, before its point and behind it.
LONGEST_AMOUNT, LONGEST_FRACTION = 24, 12
# Bytes of an id that has no more than 512 characters, however many bytes each takes.
LONGEST_ID = 512

# Numba keeps what it compiled for as long as this file does not change, so what is compiled in of `fields.py` is
# written once more; a test holds the two together.
_RECORD, _SCHEMA, _EVENT_ID, _EVENT_TYPE, _OCCURRED_AT, _MARKET = range(6)
_LISTING_ID, _REVISION, _PRICE, _AMOUNT, _CURRENCY, _SELLER_ID, _SELLER_TYPE = 9, 10, 15, 20, 21, 26, 27
_FIELDS, _ELEMENT, _ELSEWHERE = (np.uint8(number) for number in (30, 30, 31))
_TEXT, _NUMBER, _NULL, _OBJECT, _ARRAY, _FLAG = (np.uint8(1 << kind) for kind in range(6))
_NO_NAME, _LONGEST_NAME, _LAST_SLOT = np.uint8(255), np.uintp(16), np.uintp(127)
_MIX, _HASH_SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(57)
_REQUIRED_BITS, _TEXTS_BITS = 0, 1
# What is copied or compared as it stands, and so may hold no escape.
_AS_WRITTEN = np.uint64(
    sum(1 << f for f in (_SCHEMA, _EVENT_ID, _EVENT_TYPE, _OCCURRED_AT, _MARKET, _LISTING_ID))
    | sum(1 << f for f in (_AMOUNT, _CURRENCY, _SELLER_ID, _SELLER_TYPE))
)

# Past every end: what a step gives that has found a fault.
_FAULT = np.uintp(2**62)
_0, _1, _2, _3, _4, _5, _6, _7, _8, _11 = (np.uintp(i) for i in (0, 1, 2, 3, 4, 5, 6, 7, 8, 11))
_BIT, _ALL_BITS = np.uint64(1), np.uint64(2**64 - 1)
_ONES, _TOPS, _SPACES, _QUOTES, _SLASHES = (
    np.uint64(0x0101010101010101 * byte) for byte in (1, 0x80, 0x20, 0x22, 0x5C)
)


class Scan(NamedTuple):
    """What was found in n values, which stand in `content`.

    `plain[i]`: value i is plainly well-formed. `told[i]`: it is also plainly a listing event, but for its time; then
    `spans[i, field]`, (n, FIELDS, 2), says where the bytes of a field begin and end in `content`, quotes and brackets
    included, and is 0, 0 where it is absent or null.
    """

    content: bytes
    plain: NDArray[np.bool_]
    told: NDArray[np.bool_]
    spans: NDArray[np.int64]


def scan(content: bytes, values: Spans) -> Scan:
    """Go over values once, and say what is certain of each; behind the last one stands `PADDING`."""
    plain, told = np.empty((2, len(values)), np.bool_)
    spans = np.zeros((len(values), FIELDS, 2), np.int64)
    room = np.empty((2, DEEPEST), np.uint8)
    _scan_all(np.frombuffer(content, np.uint8), np.ascontiguousarray(values), *room, *TABLE, plain, told, spans)
    return Scan(content, plain, told, spans)


def plainly_json(values: Sequence[bytes]) -> list[bool]:
    """Say of each value whether it is plainly well-formed."""
    ends = np.cumsum([0, *map(len, values)])
    return scan(b"".join([*values, PADDING]), np.stack([ends[:-1], ends[1:]], axis=1)).plain.tolist()


@compiled
def _scan_all(content, values, opened, owners, slots, words, meanings, allowed, bits, plain, told, spans):
    for i in range(len(values)):
        start, end = np.uintp(values[i, 0]), np.uintp(values[i, 1])
        plain[i], sure = _scan(content, start, end, opened, owners, slots, words, meanings, allowed, bits, spans[i])
        told[i] = plain[i] and sure and _is_an_event(content, spans[i], slots, words, meanings)


@compiled
def _is_an_event(content, spans, slots, words, meanings):
    # What cannot be told of fields one by one, as their types are: enumerations, bounds, the parts of a price.
    is_one = _is_short(spans[_EVENT_ID]) and _is_short(spans[_MARKET])
    is_one &= _is_short(spans[_LISTING_ID]) and _is_short(spans[_SELLER_ID])
    is_one &= _is_a_choice(content, spans, _SCHEMA, slots, words, meanings)
    is_one &= _is_a_choice(content, spans, _EVENT_TYPE, slots, words, meanings)
    is_one &= _is_a_choice(content, spans, _SELLER_TYPE, slots, words, meanings)
    is_one &= _is_whole(content, np.uintp(spans[_REVISION, 0]), np.uintp(spans[_REVISION, 1]))
    return is_one and (spans[_PRICE, 1] == 0 or _is_a_price(content, spans[_AMOUNT], spans[_CURRENCY]))


@compiled
def _is_short(span):
    # Neither empty nor long; quotes are counted in its length.
    return 2 < span[1] - span[0] <= LONGEST_ID + 2


@compiled
def _is_a_choice(content, spans, field, slots, words, meanings):
    begin, end = np.uintp(spans[field, 0]), np.uintp(spans[field, 1])
    return _meaning_of(content, begin + _1, end, np.uint8(field), slots, words, meanings) != _ELSEWHERE


@compiled
def _is_a_price(content, amount, currency):
    # Digits, maybe a point and digits; three letters of ASCII.
    begin, end = np.uintp(amount[0]) + _1, np.uintp(amount[1]) - _1
    if amount[1] == 0 or currency[1] - currency[0] != 5:
        return False
    point = _past_digits(content, begin, end)
    priced = _1 <= point - begin <= np.uintp(LONGEST_AMOUNT)
    if point < end:
        behind = end - point - _1
        priced &= content[point] == 0x2E and _1 <= behind <= np.uintp(LONGEST_FRACTION)
        priced &= _past_digits(content, point + _1, end) == end
    for i in range(np.uintp(currency[0]) + _1, np.uintp(currency[1]) - _1):
        priced &= 0x41 <= content[i] <= 0x5A
    return priced


@compiled
def _scan(content, at, end, opened, owners, slots, words, meanings, allowed, bits, spans):
    # A value is wanted first, then whatever its brackets ask for. `opened` holds the brackets that are not closed yet,
    # `owners` whose they are, and `meaning` is that of the latest name. The second answer becomes no where a value is
    # not of its field's kind, where a name comes twice or could be another spelling of one that is known, and where
    # a field is missing.
    depth, sure, seen, escapes, meaning = _0, True, np.uint64(0), np.uint64(0), np.uint8(_RECORD)
    while True:
        at = _past_space(content, at, end)
        if at >= end:
            return False, False
        byte, start, kind, wants_name = content[at], at, _FLAG, False
        if byte == 0x7B or byte == 0x5B:  # { [
            if depth == np.uintp(DEEPEST):
                return False, False
            opened[depth], owners[depth] = byte, meaning
            depth += _1
            kind = _OBJECT if byte == 0x7B else _ARRAY
            sure &= (allowed[meaning] & kind) != 0
            if meaning < _FIELDS:
                spans[meaning, 0] = start
            at = _past_space(content, at + _1, end)
            if at >= end or content[at] != byte + 2:  # } ]
                if byte == 0x5B:
                    meaning = _element_of(meaning, bits)
                    continue
                wants_name = True
        else:
            if byte == 0x22:  # "
                kind = _TEXT
                at, escaped = _past_string(content, at + _1, end)
                escapes |= np.uint64(escaped) << np.uint64(meaning)
            elif byte == 0x2D or 0x30 <= byte <= 0x39:
                kind = _NUMBER
                at = _past_number(content, at, end)
            else:
                kind = _NULL if byte == 0x6E else _FLAG
                at = _past_word(content, at, end)
            sure &= (allowed[meaning] & kind) != 0
            if meaning < _FIELDS and kind != _NULL:
                spans[meaning, 0], spans[meaning, 1] = start, at
        # A value has ended: close what closes here, and go on behind a comma.
        while not wants_name:
            at = _past_space(content, at, end)
            if depth == _0:
                required = bits[_REQUIRED_BITS]
                return at == end, sure and seen & required == required and not escapes & _AS_WRITTEN
            if at >= end:
                return False, False
            owner = owners[depth - _1]
            if content[at] == opened[depth - _1] + 2:
                at, depth = at + _1, depth - _1
                if owner < _FIELDS:
                    spans[owner, 1] = at
                continue
            if content[at] != 0x2C:  # ,
                return False, False
            at = at + _1
            if opened[depth - _1] == 0x5B:
                meaning = _element_of(owner, bits)
                break
            at, wants_name = _past_space(content, at, end), True
        if wants_name:
            if at >= end or content[at] != 0x22:
                return False, False
            start = at + _1
            at, escaped = _past_string(content, start, end)
            owner, meaning = owners[depth - _1], _ELSEWHERE
            if owner < _FIELDS:
                meaning = _meaning_of(content, start, at, owner, slots, words, meanings)
                bit = np.uint64(meaning != _ELSEWHERE) << np.uint64(meaning)
                sure &= not escaped and not seen & bit
                seen |= bit
            at = _past_space(content, at, end)
            if at >= end or content[at] != 0x3A:  # :
                return False, False
            at += _1


@in_place
def _element_of(owner, bits):
    # What stands in a list.
    texts = owner < _FIELDS and bits[_TEXTS_BITS] >> np.uint64(owner) & _BIT
    return _ELEMENT if texts else _ELSEWHERE


@compiled
def _meaning_of(content, start, behind, owner, slots, words, meanings):
    # What a name means in its object; `behind` is past its closing quote.
    length = behind - _1 - start
    if length - _1 >= _LONGEST_NAME:
        return _ELSEWHERE
    low, high = _eight(content, start), np.uint64(0)
    if length < _8:
        low &= _ALL_BITS >> ((_8 - length) * _8)
    elif length > _8:
        high = _eight(content, start + _8) & _ALL_BITS >> ((_LONGEST_NAME - length) * _8)
    slot = np.uintp((low ^ high * _MIX ^ np.uint64(owner)) * _MIX >> _HASH_SHIFT)
    while slots[slot] != _NO_NAME:
        place = slots[slot]
        if words[place, 0] == low and words[place, 1] == high and words[place, 2] == owner:
            return meanings[place]
        slot = (slot + _1) & _LAST_SLOT
    return _ELSEWHERE


@compiled
def _is_whole(content, start, stop):
    # A number without sign, point and exponent, as a whole number is written anew.
    whole = stop - start <= np.uintp(LONGEST_REVISION)
    for i in range(start, stop):
        whole &= 0x30 <= content[i] <= 0x39
    return whole


@compiled
def _past_space(content, at, end):
    while at < end and (content[at] == 0x20 or content[at] == 0x0A or content[at] == 0x0D or content[at] == 0x09):
        at += _1
    return at


@compiled
def _past_string(content, at, end):
    # Also says whether it holds an escape. Sixteen bytes at a time, so that one step finds the end of nearly every
    # string: where a loop over single bytes ends cannot be foretold, and a branch foretold wrongly costs 5 ns.
    escaped = False
    while True:
        ordinary = _ordinary_before(_eight(content, at))
        at += ordinary + _ordinary_before(_eight(content, at + _8)) * (ordinary >> _3)
        if at >= end:
            return _FAULT, escaped
        byte = content[at]
        if byte == 0x22:
            return at + _1, escaped
        if byte == 0x5C:
            at, escaped = _past_escape(content, at + _1, end), True
        elif byte < 0x20:
            return _FAULT, escaped
        else:
            # Characters beyond ASCII come in rows; what is ordinary here is the end of sixteen bytes that are.
            while at < end and content[at] >= 0x80:
                at = _past_utf8(content, at, end)
        if at >= end:
            return _FAULT, escaped


@in_place
def _eight(content, at):
    # LLVM makes one load of it.
    word = np.uint64(content[at])
    for i in range(_1, _8):
        word |= np.uint64(content[at + i]) << np.uint64(i * _8)
    return word


@in_place
def _ordinary_before(word):
    # How many of eight bytes stand before the first that is a quote, a backslash, a control or not ASCII. Such a byte
    # gets its top bit, and maybe some behind it; those below the lowest are counted.
    quotes, slashes = word ^ _QUOTES, word ^ _SLASHES
    odd = (word | (word - _SPACES) | (quotes - _ONES) | (slashes - _ONES)) & _TOPS
    lowest = (odd & (~odd + np.uint64(1))) >> np.uint64(7)
    return np.uintp(((lowest - np.uint64(1)) & _ONES) * _ONES >> np.uint64(56))


@compiled
def _past_escape(content, at, end):
    if at >= end:
        return _FAULT
    byte = content[at]
    if byte != 0x75:  # u
        short = byte == 0x22 or byte == 0x5C or byte == 0x2F or byte == 0x62 or byte == 0x66 or byte == 0x6E
        return at + _1 if short or byte == 0x72 or byte == 0x74 else _FAULT
    unit = _hex4(content, at + _1, end)
    if unit < 0 or 0xDC00 <= unit <= 0xDFFF:
        return _FAULT
    if 0xD800 <= unit <= 0xDBFF:
        if at + _6 >= end or content[at + _5] != 0x5C or content[at + _6] != 0x75:
            return _FAULT
        low = _hex4(content, at + _7, end)
        return at + _11 if 0xDC00 <= low <= 0xDFFF else _FAULT
    return at + _5


@compiled
def _hex4(content, at, end):
    if at + _4 > end:
        return -1
    unit = 0
    for i in range(at, at + _4):
        byte = np.int64(content[i])
        if 0x30 <= byte <= 0x39:
            unit = unit * 16 + byte - 0x30
        elif 0x41 <= byte <= 0x46 or 0x61 <= byte <= 0x66:
            unit = unit * 16 + (byte & 0xDF) - 0x37
        else:
            return -1
    return unit


@compiled
def _past_utf8(content, at, end):
    # The well-formed sequences of Unicode's table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF.
    byte = content[at]
    low, high, more = 0x80, 0xBF, _1
    if byte < 0xC2 or byte > 0xF4:
        return _FAULT
    if byte >= 0xE0:
        more = _2 if byte < 0xF0 else _3
        if byte == 0xE0:
            low = 0xA0
        elif byte == 0xED:
            high = 0x9F
        elif byte == 0xF0:
            low = 0x90
        elif byte == 0xF4:
            high = 0x8F
    if at + more >= end or content[at + _1] < low or content[at + _1] > high:
        return _FAULT
    for i in range(at + _2, at + _1 + more):
        if content[i] < 0x80 or content[i] > 0xBF:
            return _FAULT
    return at + _1 + more


@compiled
def _past_number(content, at, end):
    start = at
    if content[at] == 0x2D:
        at += _1
        if at >= end:
            return _FAULT
    if content[at] == 0x30:
        at += _1
    else:
        first = at
        at = _past_digits(content, at, end)
        if at == first:
            return _FAULT
    # msgspec reads a whole number beyond 64 bits as it is, and orjson as a double.
    longest = np.uintp(LONGEST_WHOLE)
    if at < end and content[at] == 0x2E:
        first, longest = at + _1, np.uintp(LONGEST_NUMBER)
        at = _past_digits(content, first, end)
        if at == first:
            return _FAULT
    exponent = at < end and (content[at] == 0x65 or content[at] == 0x45)
    return _FAULT if exponent or at - start > longest else at


@compiled
def _past_digits(content, at, end):
    while at < end and 0x30 <= content[at] <= 0x39:
        at += _1
    return at


@compiled
def _past_word(content, at, end):
    if (
        at + _4 <= end
        and content[at] == 0x74
        and content[at + _1] == 0x72
        and content[at + _2] == 0x75
        and content[at + _3] == 0x65
    ):
        return at + _4
    if (
        at + _4 <= end
        and content[at] == 0x6E
        and content[at + _1] == 0x75
        and content[at + _2] == 0x6C
        and content[at + _3] == 0x6C
    ):
        return at + _4
    if (
        at + _5 <= end
        and content[at] == 0x66
        and content[at + _1] == 0x61
        and content[at + _2] == 0x6C
        and content[at + _3] == 0x73
    ):
        return at + _5 if content[at + _4] == 0x65 else _FAULT
    return _FAULT
