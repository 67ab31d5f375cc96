"""Every disguise by name: what it is written with, and whether reading it rightly gives the plain title back."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, NamedTuple

from stream.problems import Problem, did_you_mean
from training.evasion.full_width import full_width
from training.evasion.leet import leet
from training.evasion.look_alike import look_alike
from training.evasion.mixed import mixed
from training.evasion.repeats import repeats
from training.evasion.spacing import spacing
from training.evasion.squatting import squatting
from training.evasion.stuffing import stuffing
from training.evasion.typos import typos
from training.evasion.zero_width import zero_width


class Disguise(NamedTuple):
    """`write(title, cluster, strength, chance)` gives the disguised title; `reversible`: a reader can undo it."""

    write: Callable[[str, str | None, float, Random], str]
    reversible: bool


DISGUISES = {
    "look_alike": Disguise(look_alike, reversible=True),
    "zero_width": Disguise(zero_width, reversible=True),
    "spacing": Disguise(spacing, reversible=True),
    "full_width": Disguise(full_width, reversible=True),
    "typos": Disguise(typos, reversible=False),
    "leet": Disguise(leet, reversible=False),
    "repeats": Disguise(repeats, reversible=False),
    "stuffing": Disguise(stuffing, reversible=False),
    "squatting": Disguise(squatting, reversible=False),
    "mixed": Disguise(mixed, reversible=False),
}


def disguise(text: str, name: str, strength: float, chance: Random, cluster: str | None = None) -> str:
    """Disguise a title whose true cluster is `cluster`. The same arguments and state of `chance` give the same title.

    Raises KeyError on an unknown name. What `strength` is a share of is said in the disguise's own file.

    >>> disguise("gamis wanita", "leet", 1.0, Random(1))
    '9@m!5 w@n174'
    """
    return DISGUISES[name].write(text, cluster, strength, chance)


def check_strengths(strengths: Any, place: str) -> list[Problem]:
    """Find what is wrong with the strengths that a gates file gives."""
    if not isinstance(strengths, Mapping):
        return [Problem(f"expected strengths by disguise, got `{strengths}`", place, "such as `typos: 0.1`")]
    problems = [
        Problem(
            f"unknown disguise `{name}`{did_you_mean(str(name), DISGUISES)}", place, f"one of {', '.join(DISGUISES)}"
        )
        for name in strengths
        if name not in DISGUISES
    ]
    return problems + [
        Problem(f"expected a number over 0, got `{strength}`", f"{place}, `{name}`", "a share such as 0.1, or a count")
        for name, strength in strengths.items()
        if not isinstance(strength, int | float) or isinstance(strength, bool) or not strength > 0
    ]
