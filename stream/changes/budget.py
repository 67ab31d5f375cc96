"""A flip budget: how many changes a policy may bring, as an option says it; whether a tally keeps to it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from stream.changes.change import FLIPS, Change
from stream.changes.tally import Tally
from stream.problems import BadSetup, Problem

MAX_FLIPS, MAX_LOCAL_BLOCKS = "--max-flips", "--max-local-blocks"
_COUNT = re.compile(r"[0-9]{1,12}")
_SHARE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%")


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `count`, or at most `share` of the listing events decided; `text` is how the option said it."""

    option: str
    text: str
    count: int | None = None
    share: Fraction | None = None

    def allows(self, found: int, of: int) -> bool:
        """Tell whether so many keep to it; exactly, a share of 0.5% of 200 is 1."""
        return found <= self.count if self.share is None else found <= self.share * of


@dataclass(frozen=True, slots=True)
class Held:
    """A budget held to a tally; `first` are the first that count against it. With nothing decided it is not kept."""

    budget: Budget
    found: int
    of: int
    kept: bool
    first: Sequence[Change]


def read_budget(option: str, text: str) -> Budget:
    """Read `20`, or `0.5%` for `--max-flips`. Raises BadSetup for anything else.

    >>> read_budget("--max-flips", "0.5%").allows(1, of=200)
    True
    """
    if _COUNT.fullmatch(text):
        return Budget(option, text, count=int(text))
    share = _SHARE.fullmatch(text) if option == MAX_FLIPS else None
    if share and Fraction(share[1]) <= 100:
        return Budget(option, text, share=Fraction(share[1]) / 100)
    expected = "a count or a share up to 100%" if option == MAX_FLIPS else "a count"
    hint = "write `20` or `0.5%`" if option == MAX_FLIPS else "write `0` or `20`"
    raise BadSetup([Problem(f"expected {expected}, got `{text}`", f"command line, `{option}`", hint)])


def hold(budget: Budget, tally: Tally) -> Held:
    """Hold a budget to what was counted."""
    if budget.option == MAX_FLIPS:
        found, first = sum(n for cell, n in tally.cells.items() if cell.effect in FLIPS), tally.flips
    else:
        found, first = tally.local_block_count, tally.local_blocks
    kept = tally.decided > 0 and budget.allows(found, tally.decided)
    return Held(budget, found, tally.decided, kept, first)
