"""The compiled half of `places.py`: its arena of entries and its index, walked and changed. It knows only numbers.

The layout of an entry is in `places.py`. `counts` are the words used, the words of no use and the listings.
"""

import numpy as np

from stream.contract.compiled import compiled

# Words before the key: revision, occurred_at, decision_id (two), sizes.
HEAD = 5
USED, USELESS, LISTINGS = 0, 1, 2
# As the minute of its removal: this entry is of no use.
_LOST = 0xFFFFFFFF
_LOW, _SHORT = 0xFFFFFFFF, 0xFFFF
# FNV-1a, with the last step of murmur3, which spreads what FNV leaves in the low bits.
_PRIME, _MIX, _33 = np.uint64(0x100000001B3), np.uint64(0xFF51AFD7ED558CCD), np.uint64(33)
NEWER, AGAIN, OLDER, REMOVED, DUPLICATE = 0, 1, 2, 3, 4


@compiled
def take(
    words, octets, slots, counts, seed, content, keys, events, placed, revisions, moments, decisions, removals, minutes,
    revive, verdicts, replaced,
):  # fmt: skip
    """Take a run of places; `octets` are the bytes of `words`, `keys` and `events`, (n, 2), are spans over `content`.

    There must be room for all of them. `verdicts` and `replaced`, which are zeros, are filled where one is `placed`.
    """
    for i in range(len(placed)):
        if not placed[i]:
            continue
        key, key_end, event, event_end = keys[i, 0], keys[i, 1], events[i, 0], events[i, 1]
        slot = _slot(words, octets, slots, seed, content, key, key_end)
        at = np.int64(slots[slot]) - 1
        if at >= 0:
            old = words[at + 4]
            after = _compare(octets, words, at, revisions[i], moments[i], content, event, event_end)
            gone = (old & _LOW) != 0
            if after < 0 or (after == 0 and gone and not removals[i] and not revive):
                verdicts[i] = DUPLICATE if after == 0 else REMOVED if gone else OLDER
                continue
            if after == 0 and gone == removals[i]:
                verdicts[i] = AGAIN
            if words[at + 2] != decisions[i, 0] or words[at + 3] != decisions[i, 1]:
                replaced[i, 0], replaced[i, 1] = words[at + 2], words[at + 3]
        at = _place(words, counts, at, key_end - key, event_end - event)
        slots[slot] = at + 1
        words[at], words[at + 1] = revisions[i], moments[i]
        words[at + 2], words[at + 3] = decisions[i, 0], decisions[i, 1]
        words[at + 4] = (minutes[i] if removals[i] else 0) | (key_end - key) << 32 | (event_end - event) << 48
        begin = 8 * (at + HEAD)
        _copy(octets, begin, content, key, key_end)
        _copy(octets, begin + key_end - key, content, event, event_end)


@compiled
def find(words, octets, slots, seed, key):
    """Give the word at which a key's entry begins, -1 where it has none."""
    return np.int64(slots[_slot(words, octets, slots, seed, key, 0, len(key))]) - 1


@compiled
def lose_removed(words, counts, before):
    """Make what was removed before that minute of no use; true where there was any."""
    at, found = 0, False
    while at < counts[USED]:
        size, minute = _size(words[at + 4]), words[at + 4] & _LOW
        if 0 < minute < before:
            _lose(words, counts, at)
            counts[LISTINGS] -= 1
            found = True
        at += size
    return found


@compiled
def move_together(words, counts):
    """Close the gaps that entries of no use leave; the index is void afterwards."""
    at, to = 0, 0
    while at < counts[USED]:
        size = _size(words[at + 4])
        if (words[at + 4] & _LOW) != _LOST:
            # Word by word, upwards: the target lies before the source and they may overlap.
            for word in range(size):
                words[to + word] = words[at + word]
            to += size
        at += size
    counts[USED], counts[USELESS] = to, 0


@compiled
def index(words, octets, slots, counts, seed):
    """Put every entry that is of use into an empty index."""
    mask, at = len(slots) - 1, 0
    while at < counts[USED]:
        sizes = words[at + 4]
        if (sizes & _LOW) != _LOST:
            begin = 8 * (at + HEAD)
            slot = np.int64(_hash(octets, begin, begin + ((sizes >> 32) & _SHORT), seed)) & mask
            while slots[slot]:
                slot = (slot + 1) & mask
            slots[slot] = at + 1
        at += _size(sizes)


@compiled
def _place(words, counts, at, key_length, event_length):
    size = HEAD + (key_length + event_length + 7) // 8
    if at >= 0:
        if _size(words[at + 4]) == size:
            return at
        _lose(words, counts, at)
    else:
        counts[LISTINGS] += 1
    at = counts[USED]
    counts[USED] += size
    return at


@compiled
def _copy(octets, to, content, begin, end):
    # Numbers without a sign, so that no index is looked at from the end.
    to, begin = np.uintp(to), np.uintp(begin)
    for i in range(np.uintp(end) - begin):
        octets[to + i] = content[begin + i]


@compiled
def _lose(words, counts, at):
    words[at + 4] |= _LOST
    counts[USELESS] += _size(words[at + 4])


@compiled
def _size(sizes):
    return HEAD + (((sizes >> 32) & _SHORT) + (sizes >> 48) + 7) // 8


@compiled
def _slot(words, octets, slots, seed, content, begin, end):
    """Give the slot that holds the key's entry, or the empty one where it belongs."""
    mask = len(slots) - 1
    slot = np.int64(_hash(content, begin, end, seed)) & mask
    while slots[slot]:
        at = np.int64(slots[slot]) - 1
        if ((words[at + 4] >> 32) & _SHORT) == end - begin:
            here, same, start = np.uintp(8 * (at + HEAD)), True, np.uintp(begin)
            for i in range(np.uintp(end - begin)):
                same &= octets[here + i] == content[start + i]
            if same:
                return slot
        slot = (slot + 1) & mask
    return slot


@compiled
def _compare(octets, words, at, revision, moment, content, begin, end):
    """Give -1, 0 or 1: the place is before that of the entry, the same or behind it."""
    if revision != words[at]:
        return 1 if revision > words[at] else -1
    if moment != words[at + 1]:
        return 1 if moment > words[at + 1] else -1
    here, length = 8 * (at + HEAD) + ((words[at + 4] >> 32) & _SHORT), words[at + 4] >> 48
    for i in range(min(length, end - begin)):
        if content[begin + i] != octets[here + i]:
            return 1 if content[begin + i] > octets[here + i] else -1
    return np.sign(end - begin - length)


@compiled
def _hash(content, begin, end, seed):
    h = seed
    for i in range(np.uintp(begin), np.uintp(end)):
        h = (h ^ np.uint64(content[i])) * _PRIME
    h = (h ^ (h >> _33)) * _MIX
    return h ^ (h >> _33)
