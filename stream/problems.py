"""Bad setup, told whole: every problem has a message, a place and a hint, and all are shown at once.

Settings, the shelf and the policies each return the problems they find; whoever starts something raises `BadSetup` with
all of them. Wording: a lower-case fragment, backticks round symbols, no full stop.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, TypeVar

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the setup: what (expected and found), where, and what to do about it.

    An `error` stops the start; a `warning` is shown by `keran policy check` and stops nothing.
    """

    message: str
    place: str
    hint: str = ""
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        lines = [f"{self.level}: {self.message}", f"  --> {self.place}"]
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(map(_on_its_line, lines))


class BadSetup(Exception):  # noqa: N818 - the design's word, and it is not an error of ours
    """The start is refused; `problems` holds every reason. The command line shows them and exits with 2."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple:
        """Travel between processes with the problems, and not with their text."""
        return BadSetup, (self.problems,)


def _on_its_line(text: str) -> str:
    """Write out what would break a line or steer a terminal: what was found may hold anything.

    >>> print(_on_its_line("unknown field `a\\n\\x1b[2J`"))
    unknown field `a\\n\\x1b[2J`
    """
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def gathered(problems: list[Problem], step: Callable[[], Made]) -> Made | None:
    """Take a step of the start; where it is refused give None, with its problems added to those of the other steps."""
    try:
        return step()
    except BadSetup as bad:
        problems += bad.problems
        return None


def did_you_mean(found: str, known: Iterable[str]) -> str:
    """Give ``, did you mean `x`?`` for the nearest known name, or an empty string.

    >>> did_you_mean("textile-fasion", ["craft", "textile_fashion"])
    ', did you mean `textile_fashion`?'
    >>> did_you_mean("zzz", ["craft"])
    ''
    """
    near = get_close_matches(found, list(known), n=1, cutoff=0.6)
    return f", did you mean `{near[0]}`?" if near else ""
