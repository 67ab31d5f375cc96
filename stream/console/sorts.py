"""Sorts of decisions: everything that decisions have in common and people filter by, as one small number.

A decision's value comes in, its listing, its seller and its sort's number go out. There are few sorts however many
decisions there are: that is what makes counting every decision cheap, and finding those of a rule too.
"""

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

import msgspec

# Markets and rules come from events and policies: whoever writes a new one into every event must not fill the memory.
SORTS_AT_MOST = 4_000
OTHER = "…"


class Sort(NamedTuple):
    """What decisions have in common; `outcome` is `allow`, `block` or `removed`, rules are `policy/rule`."""

    market: str
    cluster: str
    outcome: str
    review: bool
    rules: tuple[str, ...] = ()


REMOVED = Sort("", "", "removed", False)


class _Reason(msgspec.Struct):
    policy: str
    rule: str


class _Classification(msgspec.Struct):
    cluster: str


class _Declared(msgspec.Struct):
    seller_type: str
    country: str | None = None


class _Origin(msgspec.Struct):
    declared: _Declared


class _Decision(msgspec.Struct):
    listing_id: str
    seller_id: str
    market: str
    decision: Literal["allow", "block"]
    review: bool
    reasons: list[_Reason]
    advice: list[Any]
    origin: _Origin
    classification: _Classification


class Seen(NamedTuple):
    """Whom a decision is about, its sort's number, what is declared of seller and goods, and what is advised."""

    listing: str
    seller: str
    sort: int
    seller_type: str
    country: str | None
    advice: list[Any]


_decode = msgspec.json.Decoder(_Decision).decode


class Sorts:
    """The sorts that were seen, by number. One thread writes; any may read."""

    def __init__(self) -> None:
        self.all: list[Sort] = []
        self._numbers: dict[tuple, int] = {}

    def read(self, value: bytes) -> Seen | None:
        """Read what is counted of a decision, a fifth of what it says; None where it is no decision.

        >>> Sorts().read(b"[]") is None
        True
        """
        try:
            found = _decode(value)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        rules = tuple([f"{reason.policy}/{reason.rule}" for reason in found.reasons])
        sort = (found.market, found.classification.cluster, found.decision, found.review, rules)
        number = self._numbers.get(sort)
        number = self.number(Sort(*sort)) if number is None else number
        said = found.origin.declared
        return Seen(found.listing_id, found.seller_id, number, said.seller_type, said.country, found.advice)

    def number(self, sort: Sort) -> int:
        """Give a sort's number, a new one where it is new; past the bound, that of its like without market and rules.

        >>> sorts = Sorts()
        >>> sorts.number(REMOVED), sorts.number(Sort("ID", "craft", "block", False)), sorts.number(REMOVED)
        (0, 1, 0)
        """
        if sort not in self._numbers:
            if len(self.all) >= SORTS_AT_MOST and sort.market != OTHER:
                return self.number(sort._replace(market=OTHER, rules=()))
            self.all.append(sort)
            self._numbers[sort] = len(self.all) - 1
        return self._numbers[sort]

    def matching(self, wanted: "Wanted") -> list[int]:
        """Give the numbers of the sorts that a filter lets through."""
        return [number for number, sort in enumerate(self.all) if wanted.takes(sort)]

    def named(self, part: str) -> list[str]:
        """Give what there is of a part, `market` or `cluster`, in order."""
        return sorted({getattr(sort, part) for sort in self.all} - {""})

    def rules(self) -> list[str]:
        """Give every rule that was a reason, in order."""
        return sorted({rule for sort in self.all for rule in sort.rules})


class Wanted(NamedTuple):
    """A filter; what is empty asks nothing. `outcome` may be `review`, which is a flag beside allow or block."""

    outcome: str = ""
    cluster: str = ""
    market: str = ""
    rule: str = ""

    def takes(self, sort: Sort) -> bool:
        """Tell whether it lets a sort through; a rule may be named with its policy or without.

        >>> Wanted(rule="close").takes(Sort("ID", "craft", "block", False, ("akar/close",)))
        True
        """
        return (
            self.outcome in ("", "review" if sort.review else "", sort.outcome)
            and self.cluster in ("", sort.cluster)
            and self.market in ("", sort.market)
            and (not self.rule or _names(self.rule, sort.rules))
        )


def _names(rule: str, rules: Iterable[str]) -> bool:
    return any(rule in (each, each.partition("/")[2]) for each in rules)
