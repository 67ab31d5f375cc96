"""The Latin alphabet in another dress: full-width, mathematical, circled, squared, small capitals, superscript.

Unicode has some twenty more alphabets that any reader takes for Latin letters. Chinese keyboards type the full-width
one; fancy-text makers offer the rest, and sellers use them to stand out as much as to hide. A title is written in one
of them. Strength is the share of its letters and digits that are.
"""

from functools import cache
from random import Random
from string import ascii_lowercase, ascii_uppercase, digits

from training.evasion.letters import replace_letters

# Name -> where its small letters, capitals and digits begin, in Unicode's order; None where it has none of its own.
RUNS: dict[str, tuple[int | None, int | None, int | None]] = {
    "full-width": (0xFF41, 0xFF21, 0xFF10),
    "bold": (0x1D41A, 0x1D400, 0x1D7CE),
    "italic": (0x1D44E, 0x1D434, None),
    "bold italic": (0x1D482, 0x1D468, None),
    "script": (0x1D4B6, 0x1D49C, None),
    "bold script": (0x1D4EA, 0x1D4D0, None),
    "fraktur": (0x1D51E, 0x1D504, None),
    "bold fraktur": (0x1D586, 0x1D56C, None),
    "double-struck": (0x1D552, 0x1D538, 0x1D7D8),
    "sans-serif": (0x1D5BA, 0x1D5A0, 0x1D7E2),
    "sans-serif bold": (0x1D5EE, 0x1D5D4, 0x1D7EC),
    "sans-serif italic": (0x1D622, 0x1D608, None),
    "sans-serif bold italic": (0x1D656, 0x1D63C, None),
    "monospace": (0x1D68A, 0x1D670, 0x1D7F6),
    "circled": (0x24D0, 0x24B6, None),
    "parenthesised": (0x249C, 0x1F110, None),
    "squared": (None, 0x1F130, None),
    "circled dark": (None, 0x1F150, None),
    "squared dark": (None, 0x1F170, None),
}
# Letters that stood in Unicode before their alphabet did.
ELSEWHERE = {
    "italic": {"h": "ℎ"},
    "script": dict(zip("BEFHILMRego", "ℬℰℱℋℐℒℳℛℯℊℴ", strict=True)),
    "fraktur": dict(zip("CHIRZ", "ℭℌℑℜℨ", strict=True)),
    "double-struck": dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True)),
}
LISTED = {
    "small capitals": "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢ",
    "superscript": "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖqʳˢᵗᵘᵛʷˣʸᶻ",
}


def full_width(title: str, cluster: str | None, strength: float, chance: Random) -> str:
    """Write the title in one other alphabet."""
    alphabet = chance.choice(list(alphabets().values()))
    return replace_letters(title, strength, chance, alphabet.get)


@cache
def alphabets() -> dict[str, dict[str, str]]:
    """Give every alphabet by name: a letter or digit, and how it is written there."""
    runs = {
        name: _run(small or capital, capital, zero) | ELSEWHERE.get(name, {})
        for name, (small, capital, zero) in RUNS.items()
    }
    listed = {
        name: dict(zip(ascii_lowercase + ascii_uppercase, 2 * letters, strict=True)) for name, letters in LISTED.items()
    }
    return runs | listed


def _run(small: int, capital: int, zero: int | None) -> dict[str, str]:
    letters = {letter: chr(small + i) for i, letter in enumerate(ascii_lowercase)}
    letters |= {letter: chr(capital + i) for i, letter in enumerate(ascii_uppercase)}
    return letters | ({} if zero is None else {digit: chr(zero + i) for i, digit in enumerate(digits)})
