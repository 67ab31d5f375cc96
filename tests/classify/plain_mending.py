"""What mending must give, written once more the plain way: text in which each glyph is one character, in and out.

A digit is `DIGITS[k]` and a sign `SIGNS[k]` where it is drawn like the k-th letter of the alphabet, `_` is a narrow
separator and a space a wide one; any other character is itself. It shares no code with `stream.classify.folding`.
"""

import re
from collections.abc import Mapping
from itertools import pairwise
from string import ascii_lowercase

DIGITS = "".join(map(chr, range(0xE000, 0xE01A)))
SIGNS = "".join(map(chr, range(0xE100, 0xE11A)))
D, S, LATIN = f"[{DIGITS}]", f"[{SIGNS}]", "[a-z\u00aa-\u024f]"
LETTERS = str.maketrans(DIGITS + SIGNS, 2 * ascii_lowercase)


def mend(text: str, amid: Mapping[str, str]) -> str:
    """Give the words, parted by single spaces, digits as `0`. `amid` has the letters of other scripts that are read as
    Latin ones amid such."""
    text = _mend_words(text, amid)
    if (joined := _join(text, amid)) != text:
        text = _mend_words(joined, amid)
    return re.sub(D, "0", " ".join(re.split(f"(?:[_ ]|{S})+", text))).strip()


def _mend_words(text: str, amid: Mapping[str, str]) -> str:
    return re.sub(rf"({LATIN})\1\1+", r"\1", _read_edges(_read_between(_read_signs(text, amid))))


def _read_signs(text: str, amid: Mapping[str, str]) -> str:
    signs = re.compile(f"[{SIGNS}{''.join(amid)}]+")
    i = 1
    while i < len(text) - 1:
        found = signs.match(text, i)
        if found and len(found[0]) <= 2 and _is_amid(text, *found.span(), amid):
            text = text[:i] + "".join(_letter(sign, amid) for sign in found[0]) + text[found.end() :]
        i += 1
    return text


def _letter(character: str, amid: Mapping[str, str]) -> str:
    return amid.get(character, character.translate(LETTERS))


def _is_amid(text: str, start: int, end: int, amid: Mapping[str, str]) -> bool:
    word = rf"(?:{LATIN}|{D})*"
    left, right = re.search(f"{word}$", text[:start])[0], re.match(word, text[end:])[0]
    short, long = sorted(map(len, (left, right)))
    parts = {"l", "i"} & {_letter(sign, amid) for sign in text[start:end]}
    latin = bool(left and right and re.search(LATIN, left[-1] + right[0]))
    return latin and (not parts or (short <= 2 and long > 1))


def _read_between(text: str) -> str:
    # Sizes are hidden from the rest: an x between digits counts as one.
    runs = re.compile(f"{D}(?:{D}|(?<={D})x(?={D}))*")
    return runs.sub(lambda run: run[0].translate(LETTERS) if _is_between(text, run) else run[0], text)


def _is_between(text: str, run: re.Match) -> bool:
    around = text[max(run.start() - 1, 0) : run.start()] + text[run.end() : run.end() + 1]
    return len(run[0]) <= 2 and bool(re.fullmatch(f"{LATIN}{{2}}", around))


def _read_edges(text: str) -> str:
    text = re.sub(f"(?<![^_ {SIGNS}]){D}(?={LATIN}{{3}})", lambda digit: digit[0].translate(LETTERS), text)
    return re.sub(
        f"(?<={LATIN}{{3}})(?!{DIGITS[25]}){D}(?![^_ {SIGNS}])", lambda digit: digit[0].translate(LETTERS), text
    )


def _join(text: str, amid: Mapping[str, str]) -> str:
    gap = f"[_ {SIGNS}]"
    alone = f"(?<!(?!{gap}).)(?!{gap}).(?=$|{gap})"
    return re.sub(f"{alone}(?:{gap}+{alone}){{2,}}", lambda run: _close(run[0], gap, amid), text, flags=re.DOTALL)


def _close(run: str, gap: str, amid: Mapping[str, str]) -> str:
    widths = [min(sum(2 if mark == " " else 1 for mark in marks), 16) for marks in re.findall(f"{gap}+", run)]
    alone = re.split(f"{gap}+", run)
    if len(re.sub(D, "", "".join(alone))) < 3:
        return run
    tries = [_parted(alone, widths, width) for width in sorted({1, *widths})]
    return next((words for words in tries if _are_words(words.split(" "), amid)), "".join(alone))


def _are_words(words: list[str], amid: Mapping[str, str]) -> bool:
    single = [_is_single(word, amid) for word in words if not re.fullmatch(D, word)]
    return sum(single) * 8 <= len(words) and not any(a and b for a, b in pairwise(single))


def _is_single(word: str, amid: Mapping[str, str]) -> bool:
    return len(word) != 2 and len({_letter(character, amid) for character in word}) == 1


def _parted(alone: list[str], widths: list[int], width: int) -> str:
    return alone[0] + "".join(" " * (w > width) + letter for letter, w in zip(alone[1:], widths, strict=True))
