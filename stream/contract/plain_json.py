"""Which of a run's values are plainly RFC 8259 JSON in UTF-8, and where the fields stand that are copied or compared.

In one compiled pass over all bytes; one yes or "not plainly" each comes out.

A yes is certain: the whole value, whatever fields will be ignored, is well-formed, every escape is paired, every number
is short enough to be a finite double, and nesting is shallow. What is not plainly so may still be; the slower reader
decides. Where a field stands is as certain: it is said only where nothing else in the value could be meant by its name.

Numba tests a signed index for being negative at every use, so what counts through the bytes is unsigned here.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.contract.compiled import compiled, in_place

# Deeper values are rare and left to the slower reader, whose limit is 1024.
DEEPEST = 64
# Digits, sign and point of a number that cannot overflow; one with an exponent is left to the slower reader.
LONGEST_NUMBER = 24
# Digits of a whole number that fits 63 bits, whichever they are.
LONGEST_REVISION = 18
# Digits of an amount of money.
LONGEST_AMOUNT = 24

# The fields whose places are told, in the order of `spans`.
EVENT_ID, OCCURRED_AT, MARKET, LISTING_ID, REVISION, SELLER_ID, AMOUNT, CURRENCY = range(8)
FIELDS = 8
# The objects that they stand in, as what their names mean; the record itself, and whatever has no meaning here.
_LISTING, _SELLER, _PRICE, _RECORD, _ELSEWHERE = range(FIELDS, FIELDS + 5)
_NAMES = {
    (_RECORD, b"event_id"): EVENT_ID,
    (_RECORD, b"occurred_at"): OCCURRED_AT,
    (_RECORD, b"market"): MARKET,
    (_RECORD, b"listing"): _LISTING,
    (_RECORD, b"seller"): _SELLER,
    (_LISTING, b"id"): LISTING_ID,
    (_LISTING, b"revision"): REVISION,
    (_LISTING, b"price"): _PRICE,
    (_SELLER, b"id"): SELLER_ID,
    (_PRICE, b"amount"): AMOUNT,
    (_PRICE, b"currency"): CURRENCY,
}
_REQUIRED = np.array([EVENT_ID, OCCURRED_AT, MARKET, LISTING_ID, SELLER_ID])
_LONGEST_NAME = max(len(name) for _, name in _NAMES)
_NAME_OWNERS = np.array([owner for owner, _ in _NAMES], np.uint8)
_NAME_LENGTHS = np.array([len(name) for _, name in _NAMES], np.uintp)
_NAME_BYTES = np.array([list(name.ljust(_LONGEST_NAME)) for _, name in _NAMES], np.uint8)
_MEANINGS = np.array(list(_NAMES.values()), np.uint8)

# What stands behind the last value, so that sixteen bytes can be looked at wherever one is.
_BEHIND = bytes(16)
# Past every end: what a step gives that has found a fault.
_FAULT = np.uintp(2**62)
_0, _1, _2, _3, _4, _5, _6, _7, _8, _11 = (np.uintp(i) for i in (0, 1, 2, 3, 4, 5, 6, 7, 8, 11))
_ONES, _TOPS, _SPACES, _QUOTES, _SLASHES = (
    np.uint64(0x0101010101010101 * byte) for byte in (1, 0x80, 0x20, 0x22, 0x5C)
)


class Scan(NamedTuple):
    """What was found in n values, one after another in `content`.

    `plain[i]`: value i is plainly well-formed. `told[i]`: its fields are also plainly written, the required ones
    there, the price a whole amount; then `spans[i, field]` says where the bytes of a field begin and end in `content`,
    quotes included, and is 0, 0 where there are none.
    """

    content: bytes
    plain: NDArray[np.bool_]
    told: NDArray[np.bool_]
    spans: NDArray[np.int64]


def scan(values: Sequence[bytes]) -> Scan:
    """Go over values once, and say what is certain of each."""
    content = b"".join([*values, _BEHIND])
    ends = np.cumsum(np.fromiter(map(len, values), np.int64, len(values)))
    plain, told = np.empty((2, len(values)), np.bool_)
    spans = np.zeros((len(values), FIELDS, 2), np.int64)
    room = np.empty((2, DEEPEST), np.uint8)
    _scan_all(np.frombuffer(content, np.uint8), ends, *room, plain, told, spans)
    return Scan(content, plain, told, spans)


def plainly_json(values: Sequence[bytes]) -> list[bool]:
    """Say of each value whether it is plainly well-formed."""
    return scan(values).plain.tolist()


@compiled
def _scan_all(content, ends, opened, owners, plain, told, spans):
    start = _0
    for i in range(len(ends)):
        end = np.uintp(ends[i])
        plain[i], sure = _scan(content, start, end, opened, owners, spans[i])
        told[i] = plain[i] and sure and _has_required(spans[i]) and _is_plainly_priced(content, spans[i])
        start = end


@compiled
def _has_required(spans):
    has = True
    for field in _REQUIRED:
        has &= spans[field, 1] != 0
    return has


@compiled
def _is_plainly_priced(content, spans):
    # No price, or a whole amount in letters of ASCII: quotes are counted in its length.
    amount, currency = spans[AMOUNT], spans[CURRENCY]
    if amount[1] == 0 and currency[1] == 0:
        return True
    plainly = 3 <= amount[1] - amount[0] <= LONGEST_AMOUNT + 2 and currency[1] - currency[0] == 5
    for i in range(amount[0] + 1, amount[1] - 1):
        plainly &= 0x30 <= content[i] <= 0x39
    for i in range(currency[0] + 1, currency[1] - 1):
        plainly &= 0x41 <= content[i] <= 0x5A
    return plainly


@compiled
def _scan(content, at, end, opened, owners, spans):
    # A value is wanted first, then whatever its brackets ask for. `opened` holds the brackets that are not closed yet,
    # `owners` what each object is, and `meaning` is that of the latest name. The second answer becomes no where a name
    # comes twice or could be another spelling of one that is known.
    depth, sure, seen, meaning = _0, True, np.uint64(0), np.uint8(_RECORD)
    while True:
        at = _past_space(content, at, end)
        if at >= end:
            return False, sure
        byte, start = content[at], at
        wants_name = False
        if byte == 0x7B or byte == 0x5B:  # { [
            if depth == np.uintp(DEEPEST):
                return False, sure
            opened[depth] = byte
            owners[depth] = meaning if byte == 0x7B and meaning >= _LISTING else _ELSEWHERE
            depth += _1
            at = _past_space(content, at + _1, end)
            if at < end and content[at] == byte + 2:  # } ]
                at, depth = at + _1, depth - _1
            elif byte == 0x5B:
                meaning = np.uint8(_ELSEWHERE)
                continue
            else:
                wants_name = True
        elif byte == 0x22:  # "
            at, escaped = _past_string(content, at + _1, end)
            if meaning < FIELDS and meaning != REVISION:
                sure &= not escaped
                spans[meaning, 0], spans[meaning, 1] = start, at
        elif byte == 0x2D or 0x30 <= byte <= 0x39:
            at = _past_number(content, at, end)
            if meaning == REVISION:
                sure &= at < end and _is_whole(content, start, at)
                spans[meaning, 0], spans[meaning, 1] = start, at
        else:
            at = _past_word(content, at, end)
        # A value has ended: close what closes here, and go on behind a comma.
        while not wants_name:
            at = _past_space(content, at, end)
            if depth == _0:
                return at == end, sure
            if at >= end:
                return False, sure
            if content[at] == opened[depth - _1] + 2:
                at, depth = at + _1, depth - _1
                continue
            if content[at] != 0x2C:  # ,
                return False, sure
            at = at + _1
            if opened[depth - _1] == 0x5B:
                meaning = np.uint8(_ELSEWHERE)
                break
            at, wants_name = _past_space(content, at, end), True
        if wants_name:
            if at >= end or content[at] != 0x22:
                return False, sure
            start = at + _1
            at, escaped = _past_string(content, start, end)
            owner, meaning = owners[depth - _1], np.uint8(_ELSEWHERE)
            if owner != _ELSEWHERE:
                meaning = _meaning_of(content, start, at, owner)
                bit = np.uint64(meaning != _ELSEWHERE) << np.uint64(meaning)
                sure &= not escaped and not seen & bit
                seen |= bit
            at = _past_space(content, at, end)
            if at >= end or content[at] != 0x3A:  # :
                return False, sure
            at += _1


@compiled
def _meaning_of(content, start, behind, owner):
    # What a name means in its object; `behind` is past its closing quote.
    length = behind - _1 - start
    for i in range(len(_MEANINGS)):
        if _NAME_LENGTHS[i] == length and _NAME_OWNERS[i] == owner:
            same = True
            for j in range(length):
                same &= content[start + j] == _NAME_BYTES[i, j]
            if same:
                return _MEANINGS[i]
    return np.uint8(_ELSEWHERE)


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
    if at < end and content[at] == 0x2E:
        first = at + _1
        at = _past_digits(content, first, end)
        if at == first:
            return _FAULT
    exponent = at < end and (content[at] == 0x65 or content[at] == 0x45)
    return _FAULT if exponent or at - start > np.uintp(LONGEST_NUMBER) else at


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
