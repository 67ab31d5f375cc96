"""Bytes that nobody vouches for as text that is safe to print: one line, no control, nothing that turns text round.

What is escaped can be told apart and turned back, so a key that is shown can be asked for.
"""

import unicodedata

_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_SHORT = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def spelled(content: bytes) -> str:
    """Give bytes as one line of text: UTF-8 where it is, `\\xff` for a byte that is none, escapes for what is unseen.

    >>> print(spelled(b"L-1"), spelled(b"a\\n\\xff\\x1b[2J"), spelled("\\u202e".encode()))
    L-1 a\\n\\xff\\x1b[2J \\u202e
    """
    return "".join(map(_escaped, content.decode("utf-8", "surrogateescape")))


def shortened(content: bytes, most: int) -> str:
    """Give the beginning of the same, of at most so many characters.

    >>> shortened(b"kopi gayo", 6)
    'kopi …'
    """
    # More bytes than this can be no shorter, and a megabyte need not be escaped for a line of a table.
    text = spelled(content[: 4 * most])
    return text if len(text) <= most and len(content) <= 4 * most else text[: most - 1] + "…"


def _escaped(letter: str) -> str:
    if letter in _SHORT:
        return _SHORT[letter]
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if letter.isprintable() and unicodedata.bidirectional(letter) not in _RIGHT_TO_LEFT:
        return letter
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
