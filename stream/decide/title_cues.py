"""What titles say of where goods are sent from: titles in, one cue each out, None where a title says nothing of it.

The cues are `title_cues.csv`, a file that anybody who reads its languages can extend: a pattern and what it says, a
country, `abroad`, or `long_wait` for a pre-order of ten days or more. All titles of a batch are searched at once, in
time that grows with their length alone. It refuses to know markets and sellers.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import re2

from stream.contract.events import Events
from stream.contract.fields import TITLE
from stream.contract.rows import plain_lines
from stream.decide.countries import COUNTRIES
from stream.decide.csv_tables import read_rows
from stream.problems import BadSetup, Problem

FILE = Path(__file__).with_name("title_cues.csv")
ABROAD, LONG_WAIT = "abroad", "long_wait"
_NEEDED, _OPTIONAL = ("language", "pattern", "says"), ("note",)


class Cue(NamedTuple):
    """One line of the file: what a title that matches says."""

    language: str
    pattern: str
    says: str
    line: int


def load_cues(file: Path = FILE) -> tuple[Cue, ...]:
    """Load the cues; raises BadSetup with every problem of the file."""
    problems: list[Problem] = []
    rows = read_rows(file.read_text(encoding="utf-8"), str(file), _NEEDED, _OPTIONAL, problems) or []
    cues = tuple(Cue(row.texts["language"], row.texts["pattern"], row.texts["says"], row.line) for row in rows)
    problems += [Problem(reason, f"{file}:{cue.line}") for cue in cues if (reason := _wrong(cue))]
    if problems:
        raise BadSetup(problems)
    return cues


def _wrong(cue: Cue) -> str:
    if cue.says not in (ABROAD, LONG_WAIT, *COUNTRIES):
        return f"expected `{ABROAD}`, `{LONG_WAIT}` or a country, found `{cue.says}`"
    if cue.pattern != cue.pattern.casefold():
        return f"expected a pattern in lower case, found `{cue.pattern}`"
    try:
        _compiled(cue.pattern)
    except re2.error as reason:
        return f"the pattern `{cue.pattern}` cannot be read: {reason.args[0].decode(errors='replace')}"
    return ""


def _compiled(pattern: str) -> re2._Regexp:
    options = re2.Options()
    options.never_nl, options.never_capture, options.log_errors = True, True, False  # no match crosses two titles
    return re2.compile(pattern, options)


CUES = load_cues()
_ANY = _compiled("|".join(f"(?:{cue.pattern})" for cue in CUES))
_EACH = [(_compiled(cue.pattern), cue.says) for cue in CUES]


def cues_of(titles: Sequence[str]) -> list[str | None]:
    """Give what each title says: the first place that it names, else `long_wait`, else None.

    >>> cues_of(["Gamis ready stock China", "Gamis PO 14 hari", "Keramik China"])
    ['CN', 'long_wait', None]
    """
    found = cues_found(titles)
    return [found.get(row) for row in range(len(titles))]


def cues_found(titles: Sequence[str]) -> dict[int, str]:
    """Give by row what those titles say that say anything."""
    return _found_in(_lines(titles).encode())


def cues_said(events: Events) -> dict[int, str]:
    """Give the same of events; most titles are ASCII, and these are searched where they stand, without a `str` each."""
    lines, plain = plain_lines(events.content, events.spans[:, TITLE])
    others = np.flatnonzero(~plain)
    found = cues_found(events.rows(others).column(TITLE)) if len(others) else {}
    return _found_in(lines.lower()) | {int(others[at]): cue for at, cue in found.items()}


def _found_in(text: bytes) -> dict[int, str]:
    """Give what lines say, by their number."""
    found: dict[int, str] = {}
    if _ANY.search(text) is None:
        return found
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n"))
    for match in _ANY.finditer(text):
        row = int(np.searchsorted(ends, match.start()))
        if found.get(row) in (None, LONG_WAIT):
            found[row] = _says(match.group())
    return found


def _lines(titles: Sequence[str]) -> str:
    """Give all titles in lower case, one a line."""
    text = "\n".join(titles)
    if text.count("\n") >= len(titles):
        text = "\n".join(title.replace("\n", " ") for title in titles)
    return text.casefold()


@lru_cache(1 << 12)
def _says(words: bytes) -> str:
    """Tell what words say in which a cue was found: what the file's first cue for them says."""
    return next(says for pattern, says in _EACH if pattern.fullmatch(words))
