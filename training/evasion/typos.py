"""Slips of the typing hand: two letters swapped, one dropped, doubled, or hit beside its key.

`gamsi wannita` sells as well as the word does, since buyers mistype too; some sellers list the misspellings on purpose.
Strength is the share of letters that go wrong: 0.1 is one letter in ten.
"""

from random import Random

from training.evasion.letters import count_of, is_latin

NEIGHBOURS = {
    "q": "wa", "w": "qes", "e": "wrd", "r": "etf", "t": "ryg", "y": "tuh", "u": "yij",
    "i": "uok", "o": "ipl", "p": "ol", "a": "qsz", "s": "adwx", "d": "sfec", "f": "dgrv",
    "g": "fhtb", "h": "gjyn", "j": "hkum", "k": "jli", "l": "kop", "z": "xas", "x": "zcsd",
    "c": "xvdf", "v": "cbfg", "b": "vngh", "n": "bmhj", "m": "njk",
}  # fmt: skip


def typos(title: str, cluster: str | None, strength: float, chance: Random) -> str:
    """Let some letters go wrong, each in one of four ways; what is no Latin letter has no neighbouring key."""
    letters = [i for i, character in enumerate(title) if character.isalpha()]
    wrong = chance.sample(letters, count_of(strength, len(letters), chance))
    written = list(title)
    for i in sorted(wrong, reverse=True):
        slip = chance.choice(("swap", "drop", "double", "neighbour"))
        written[i : i + 2] = _slip(slip, written[i : i + 2], chance)
    return "".join(written)


def _slip(slip: str, pair: list[str], chance: Random) -> list[str]:
    letter, *after = pair
    if slip == "swap" and after and after[0].isalpha():
        return [after[0], letter]
    if slip == "drop":
        return after
    if slip == "neighbour" and is_latin(letter):
        key = chance.choice(NEIGHBOURS[letter.lower()])
        return [key.upper() if letter.isupper() else key, *after]
    return [letter, letter, *after]
