"""Patterns in texts and category paths: what a policy writes in, something to search with out.

Searching takes time that grows with the text's length alone, whatever the pattern: RE2 never goes back, and a pattern
is bounded in length and in the program that it becomes. It refuses to know facts; texts come as they are compared.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import re2

from stream.decide.unreadable import Unreadable

MAX_CHARACTERS = 256
MAX_PROGRAM = 1_000  # steps; at this size half a million characters that were chosen to be slow take 0.4 s
_MEMORY = 1 << 18  # bytes a pattern may keep of what it has seen; it searches more slowly without, and never wrongly
_END = "\x00"  # ends each step of a path
_STEP, _STEPS = f"[^{_END}]*", f"(?:[^{_END}]*{_END})*"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern as its policy writes it; `found` tells whether it occurs."""

    text: str
    compiled: Any = field(compare=False, repr=False)

    def found(self, text: str) -> bool:
        return self.compiled.search(text.encode()) is not None


def path_text(path: Iterable[str]) -> str:
    """Give a category path as the text that path patterns are searched in."""
    return "".join(f"{step.replace(_END, '')}{_END}" for step in path)


def read_pattern(text: str) -> Pattern:
    """Read a pattern for texts without case; raises Unreadable.

    >>> read_pattern("Batik (tulis|cap)").found("kain batik cap pekalongan")
    True
    """
    return _pattern(text, "".join(_folded(letter, text) for letter in text), exact=False)


def read_exact_pattern(text: str) -> Pattern:
    """Read a pattern for texts whose case counts; raises Unreadable."""
    return _pattern(text, text, exact=True)


def read_path_pattern(text: str) -> Pattern:
    """Read a pattern for a whole path: `*` is any part of a step's name, `**` any steps or none; raises Unreadable.

    >>> read_path_pattern("Fashion > * > Batik*").found(path_text(("fashion", "pria", "batik tulis")))
    True
    """
    steps = [step.strip().casefold() for step in text.split(">")]
    if not all(steps):
        raise Unreadable(f"an empty step in the path pattern `{text}`", "write `Fashion > * > Batik`")
    return _compiled(text, f"^{''.join(_steps(step) for step in steps)}$", exact=True)


def _steps(step: str) -> str:
    """Give the expression for one step of a path pattern, with its end."""
    return _STEPS if step == "**" else _STEP.join(re2.escape(part) for part in re.split(r"\*+", step)) + _END


def _pattern(text: str, expression: str, exact: bool) -> Pattern:
    pattern = _compiled(text, expression, exact)
    if pattern.found("") and pattern.found("\N{SNOWMAN}"):
        raise Unreadable(f"the pattern `{text}` is found in every text", "something in it must be there")
    return pattern


def _folded(letter: str, text: str) -> str:
    """Bring a letter of a pattern to the form that texts are compared in; RE2 itself knows the case of ASCII."""
    folded = letter if letter.isascii() else letter.casefold()
    if len(folded) > 1:
        raise Unreadable(f"the letter `{letter}` cannot stand in the pattern `{text}`", f"write `{folded}`")
    return folded


def _compiled(text: str, expression: str, exact: bool) -> Pattern:
    if len(text) > MAX_CHARACTERS:
        raise Unreadable(f"the pattern has {len(text)} characters, at most {MAX_CHARACTERS} are read", "write several")
    options = re2.Options()
    options.case_sensitive, options.dot_nl, options.never_capture = exact, True, True
    options.max_mem, options.log_errors = _MEMORY, False
    try:
        compiled = re2.compile(expression, options)
    except re2.error as reason:
        told = reason.args[0].decode(errors="replace")
        raise Unreadable(
            f"the pattern `{text}` cannot be read: {told}", "docs/policy.md says what it may hold"
        ) from None
    if compiled.programsize > MAX_PROGRAM:
        hint = f"it becomes {compiled.programsize} steps, at most {MAX_PROGRAM} are taken; shorten its repetitions"
        raise Unreadable(f"the pattern `{text}` is too large", hint)
    return Pattern(text, compiled)
